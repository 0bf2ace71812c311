// Model folder + machine -> what the cost model says of it, as the benchmark's yardstick.

import { CspcamError } from '#common/errors.js';
import type { Machine } from '../../models/cost/machine.js';
import { type Prediction, predict } from '../../models/cost/roofline.js';
import { type LayerWork, type Precision, workOf } from '../../models/cost/work.js';
import { readNetwork } from '../../models/darknet/network.js';
import { type ModelFolder, readDarknetPair } from '../../models/folder/folder.js';
import { targetOf } from '../device/execution-target.js';
import type { Provider } from '../device/profile.js';
import type { ChosenMachine } from '../device/this-machine.js';

export interface Predicted extends Prediction {
  readonly machine: Machine;
  readonly works: readonly LayerWork[];
}

/** @returns nothing for a folder without its Darknet files, or a machine whose roof for it is not known */
export async function predictFolder(
  folder: ModelFolder,
  precision: Precision,
  provider: string,
  threads: number,
  { limits, measured }: ChosenMachine,
): Promise<Predicted | undefined> {
  try {
    const { cfg } = await readDarknetPair(folder);
    const graph = readNetwork(cfg, folder.description.name);
    const { machine, engine } = targetOf(limits, provider as Provider, threads, measured);
    return { ...predict(graph, precision, machine, engine), machine, works: workOf(graph, precision) };
  } catch (error) {
    if (error instanceof CspcamError) return undefined;
    throw error;
  }
}
