// Rows of a plan + models that come with cspcam -> what was measured of their weights, and which of them keeps up best.

import type { Precision } from '../../models/cost/work.js';
import { readModelFolder } from '../../models/folder/folder.js';
import { type MeasuredAp50, measuredAp50 } from '../../models/folder/measured-ap50.js';
import { choose } from '../device/plan.js';
import type { PlanRow, Requirements } from '../device/plan-row.js';
import { BUNDLED } from '../inference/bundled-models.js';

/** Of the networks and sizes whose weights come with cspcam. */
export type MeasuredRows = ReadonlyMap<PlanRow, MeasuredAp50>;

export async function measuredRows(rows: readonly PlanRow[], precision: Precision): Promise<MeasuredRows> {
  const found = new Map<PlanRow, MeasuredAp50>();
  for (const directory of Object.values(BUNDLED)) {
    const { description } = await readModelFolder(directory);
    const { name, input } = description;
    const row = rows.find(({ model, size }) => model === name && size === input.width);
    const measured = measuredAp50(description, precision);
    if (row !== undefined && measured !== undefined) found.set(row, measured);
  }
  return found;
}

/** A sentence: what `model: auto` would take where there are no other folders of models. */
export function whichComesAlong(
  measured: MeasuredRows,
  memoryGB: number,
  { fps, cameras }: Requirements,
): string | undefined {
  const rows = [...measured].map(([row, { all }]) => ({
    ...row,
    ap50: all,
    ap50Source: 'measured' as const,
  }));
  if (rows.length === 0) return undefined;
  const [reason] = choose(rows, memoryGB, { fps, cameras }).reasons;
  return `Of the ${rows.length} whose weights come with cspcam: ${reason}`;
}

/** Persons, vehicles and all, percent. */
export function measuredText(measured: MeasuredAp50 | undefined): string {
  if (measured === undefined) return '-';
  return [measured.person, measured.vehicles, measured.all].map((of) => of?.toFixed(1) ?? '-').join('/');
}

export function measuredJson(measured: MeasuredAp50 | undefined): MeasuredAp50 | null {
  if (measured === undefined) return null;
  const rounded = (value: number) => Number(value.toFixed(1));
  const { person, vehicles, all, data } = measured;
  return {
    person: person === null ? null : rounded(person),
    vehicles: vehicles === null ? null : rounded(vehicles),
    all: rounded(all),
    data,
  };
}
