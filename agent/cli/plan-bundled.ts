// Rows of a plan + models that come with cspcam -> what was measured of their weights, and which of them keeps up best.

import type { Precision } from '../../models/cost/work.js';
import { readModelFolder } from '../../models/folder/folder.js';
import { type MeasuredAp50, measuredAp50 } from '../../models/folder/measured-ap50.js';
import { worksOfFolder } from '../../models/folder/works.js';
import type { ExecutionTarget } from '../device/execution-target.js';
import { choose, rowOf } from '../device/plan.js';
import type { PlanRow, Requirements } from '../device/plan-row.js';
import type { ChosenMachine } from '../device/this-machine.js';
import { BUNDLED } from '../inference/bundled-models.js';
import { plannedPrecision } from './plan-precision.js';

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

/**
 * A sentence: what `model: auto` would take where there are no other folders of models.
 *
 * @param precision of both; what an agent runs each of them in where absent
 */
export async function whichComesAlong(
  machine: ChosenMachine,
  target: ExecutionTarget,
  requirements: Requirements,
  precision?: Precision,
): Promise<string> {
  const rows: PlanRow[] = [];
  for (const directory of Object.values(BUNDLED)) {
    const folder = await readModelFolder(directory);
    const { description } = folder;
    const planned = plannedPrecision(description, machine, target.provider, precision);
    const ap50 = measuredAp50(description, planned)?.all ?? null;
    const { name: model, input } = description;
    const of = { model, size: input.width, precision: planned, ap50, ap50Source: 'measured' } as const;
    rows.push(rowOf(of, await worksOfFolder(folder, planned), target, requirements));
  }
  const [reason] = choose(rows, machine.limits.memoryGB, requirements).reasons;
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
