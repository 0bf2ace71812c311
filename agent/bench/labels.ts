// Rows of a benchmark -> what tells them apart, for tables and charts. Pure.

import type { BenchResult } from './result.js';

/** What a row is of. */
export const forms = ['model', 'size', 'precision', 'provider', 'sessions', 'threads'] as const;
type Form = (typeof forms)[number];
type Labelled = Pick<BenchResult, Form | 'scenario'>;

/** What all rows share, as `model a, size 416`; empty where they share nothing. */
export function sharedText(rows: readonly Labelled[]): string {
  const shared = forms.filter((form) => rows.every((row) => row[form] === rows[0]![form]));
  return shared.map((form) => `${form} ${rows[0]![form]}`).join(', ');
}

/** Scenarios run a network on threads of their own: rows of one are compared. */
export function isComparison(rows: readonly Labelled[]): boolean {
  return rows.some((row) => rows.some((other) => other !== row && other.scenario === row.scenario));
}

/** Forms in which rows of one scenario differ. */
function differing(rows: readonly Labelled[]): Form[] {
  return forms.filter((form) =>
    rows.some((row) => rows.some((other) => other.scenario === row.scenario && other[form] !== row[form])),
  );
}

/** @param scenario whether to say it where there are several */
export function labelOf(rows: readonly Labelled[], scenario = true): (row: Labelled) => string {
  const found = differing(rows);
  const several = scenario && new Set(rows.map((row) => row.scenario)).size > 1;
  const names: (Form | 'scenario')[] = [
    ...(found.length > 0 || several ? found : (['model', 'size', 'precision'] as const)),
    ...(several ? (['scenario'] as const) : []),
  ];
  return (row) => names.map((name) => word(row, name)).join(' ');
}

function word(row: Labelled, name: Form | 'scenario'): string {
  if (name !== 'threads' && name !== 'sessions') return `${row[name]}`;
  return `${row[name]} ${name.slice(0, row[name] === 1 ? -1 : undefined)}`;
}
