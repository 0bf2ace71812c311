// Model folders + a device -> what each would do on it, as rows for `cspcam plan --model`.

import type { Precision } from '../../models/cost/work.js';
import { type MeasuredAp50, measuredAp50 } from '../../models/folder/measured-ap50.js';
import { predictFolder } from '../bench/predict.js';
import { type Requirements, rate } from '../device/plan-row.js';
import type { Provider } from '../device/profile.js';
import type { ChosenMachine } from '../device/this-machine.js';
import { chosenModel } from '../inference/bundled-models.js';
import { table } from './models/text.js';
import { measuredJson, measuredText } from './plan-bundled.js';
import { plannedPrecision } from './plan-precision.js';
import { secondLooksPerSecond } from './plan-second-look.js';

export interface FolderRow {
  readonly model: string;
  readonly directory: string;
  /** Width of the input, pixels. */
  readonly size: number;
  readonly precision: Precision;
  /** These are null where nothing is predicted of such a network. */
  readonly fps: number | null;
  readonly latencyMs: number | null;
  /** Weights and feature maps. */
  readonly memoryMB: number | null;
  /** Beside the frames of the cameras. */
  readonly secondLooksPerSecond: number | null;
  readonly keepsUp: boolean | null;
  /** Of its weights, percent. */
  readonly measuredAp50: MeasuredAp50 | null;
}

export interface FolderPlan {
  readonly machine: ChosenMachine;
  readonly provider: Provider;
  /** Of all of them; each folder's own where absent. */
  readonly precision?: Precision;
  readonly threads: number;
  readonly requirements: Requirements;
}

/** @throws CspcamError for what is no model folder */
export async function planFolders(directories: readonly string[], plan: FolderPlan): Promise<FolderRow[]> {
  const { machine, provider, threads, requirements } = plan;
  const rounded = (value: number, digits: number) => Number(value.toFixed(digits));
  const rows: FolderRow[] = [];
  for (const directory of directories) {
    const folder = await chosenModel(directory);
    const { description } = folder;
    const { name, input } = description;
    const precision = plannedPrecision(description, machine, provider, plan.precision);
    const predicted = await predictFolder(folder, precision, provider, threads, machine);
    rows.push({
      ...{ model: name, directory, size: input.width, precision },
      fps: predicted === undefined ? null : rounded(predicted.fps, 2),
      latencyMs: predicted === undefined ? null : rounded(predicted.latencyMs, 2),
      memoryMB: predicted === undefined ? null : rounded(predicted.memoryBytes / 1e6, 1),
      secondLooksPerSecond:
        predicted === undefined ? null : rounded(secondLooksPerSecond(predicted.fps, requirements), 2),
      keepsUp: predicted === undefined ? null : predicted.fps >= rate(requirements),
      measuredAp50: measuredJson(measuredAp50(description, precision)),
    });
  }
  return rows;
}

export function folderPlanText(rows: readonly FolderRow[], { fps, cameras }: Requirements): string {
  const of = (value: number | null, digits: number) => value?.toFixed(digits) ?? '-';
  const cells = rows.map((row) => [
    ...[row.model, `${row.size}`, row.precision],
    ...[of(row.fps, 1), of(row.latencyMs, 1), of(row.memoryMB, 0), of(row.secondLooksPerSecond, 1)],
    row.keepsUp === null ? '-' : row.keepsUp ? 'yes' : 'no',
    measuredText(row.measuredAp50 ?? undefined),
  ]);
  const wish = `${fps} frames/s of ${cameras === 1 ? 'a camera' : `each of ${cameras} cameras`}`;
  return [
    table([
      ['network', 'size', 'precision', 'fps', 'ms', 'MB', 'second looks/s', 'keeps up', 'AP50'],
      ...cells,
    ]),
    `keeps up: with ${wish}; MB: weights and feature maps; second looks/s: what is left for them (secondLook); AP50: measured of its weights, persons/vehicles/all; -: not predicted, cspcam bench measures it`,
  ].join('\n');
}
