// Measurements, predictions and fitted costs -> MEASURED.md. Pure.

import { type Agreement, agreementOf } from '../../../models/cost/agreement.js';
import type { Measurements, Run } from '../../../models/cost/measurements.js';
import { markdownTable } from '../../../models/networks/figures.js';

/** By precision, then by name of the cost. */
export type Costs = Readonly<Record<string, Readonly<Record<string, number>>>>;

export interface FittedRow extends Run {
  readonly measuredMs: number;
  /** By a fit without the network. */
  readonly predictedMs: number;
  /** By a fit without the network's whole family. */
  readonly byFamilyMs: number;
}

interface Group {
  readonly name: string;
  readonly has: (row: FittedRow) => boolean;
}

export const SUMMARY = ['', 'runs', 'median error', '90% within', 'median ratio', 'rank correlation'];

const GROUPS: readonly Group[] = [
  { name: 'all', has: () => true },
  ...(['fp32', 'int8'] as const).flatMap((precision) =>
    [1, 2].map((threads) => ({
      name: `${precision}, ${threadsText(threads)}`,
      has: (row: FittedRow) => row.precision === precision && row.threads === threads,
    })),
  ),
];

/** Below SUMMARY, but for its first column. */
export function agreementCells(agreement: Agreement): string[] {
  const { count, medianError, p90Error, medianRatio, rankCorrelation } = agreement;
  return [
    ...[`${count}`, percent(medianError), percent(p90Error)],
    ...[medianRatio.toFixed(3), rankCorrelation.toFixed(4)],
  ];
}

export function fitReport(measurements: Measurements, rows: readonly FittedRow[], costs: Costs): string {
  const { machine, onnxruntime, commit, measuredAt, roofs } = measurements;
  const summary = GROUPS.map(({ name, has }) => {
    const of = rows.filter(has);
    const family = agreementOf(of.map((row) => ({ ...row, predictedMs: row.byFamilyMs })));
    const familyCells = [percent(family.medianError), family.rankCorrelation.toFixed(4)];
    return [name, ...agreementCells(agreementOf(of)), ...familyCells];
  });
  const names = Object.keys(Object.values(costs)[0]!);
  const ofRoofs = roofs.map(
    ({ threads, fp32Gops, int8Gops, bandwidthGBs }) =>
      `${threadsText(threads)} ${fp32Gops} GFLOP/s, int8 ${int8Gops} GOP/s, ${bandwidthGBs} GB/s`,
  );
  return [
    '# Predicted and measured\n',
    'Written by `npm run bench -- cost-fit --write` from [measured.json](measured.json), which `npm run bench -- cost-measure` measured frame by frame with random weights, round after round of all networks. Every prediction is by a fit that has not seen the network, nor another size of it.\n',
    `${machine}; ONNX Runtime ${onnxruntime}; ${commit}, ${measuredAt}. Roofs in the same minutes: ${ofRoofs.join('; ')}.\n`,
    '![predicted over measured](measured.svg)\n',
    markdownTable([[...SUMMARY, 'a backbone held out', 'rank correlation'], ...summary]),
    'Median error is of |predicted / measured - 1|.\n',
    '## Costs\n',
    'As they stand in `engines.ts`, rounded; `machine.ts` says what they are.\n',
    markdownTable([
      ['', ...names],
      ...Object.entries(costs).map(([precision, of]) => [
        precision,
        ...names.map((name) => of[name]!.toFixed(2)),
      ]),
    ]),
    '## Networks\n',
    'Predicted / measured, median, ms.\n',
    networkTable(rows),
  ].join('\n');
}

function networkTable(rows: readonly FittedRow[]): string {
  const keyOf = ({ network, size }: FittedRow) => `${network} ${size}`;
  const groups = GROUPS.slice(1);
  const cells = [...new Set(rows.map(keyOf))].map((key) => [
    key,
    ...groups.map(({ has }) => {
      const row = rows.find((one) => has(one) && keyOf(one) === key);
      return row === undefined ? '' : `${row.predictedMs.toFixed(1)} / ${row.measuredMs.toFixed(1)}`;
    }),
  ]);
  return markdownTable([['network', ...groups.map(({ name }) => name)], ...cells]);
}

function threadsText(threads: number): string {
  return threads === 1 ? '1 thread' : `${threads} threads`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}
