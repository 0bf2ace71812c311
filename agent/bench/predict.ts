// Model folder + machine -> what the cost model says of it, as the benchmark's yardstick.

import { CspcamError } from '#common/errors.js';
import type { Machine } from '../../models/cost/machine.js';
import { type Prediction, predictWorks } from '../../models/cost/roofline.js';
import type { LayerWork, Precision } from '../../models/cost/work.js';
import type { ModelFolder } from '../../models/folder/folder.js';
import { worksOfFolder } from '../../models/folder/works.js';
import { plannedProvider, targetOf } from '../device/execution-target.js';
import type { ChosenMachine } from '../device/this-machine.js';

export interface Predicted extends Prediction {
  readonly machine: Machine;
  readonly works: readonly LayerWork[];
}

/** @returns nothing for a folder whose layers cannot be read, or a machine whose roof for it is not known */
export async function predictFolder(
  folder: ModelFolder,
  precision: Precision,
  provider: string,
  threads: number,
  { limits, measured }: ChosenMachine,
): Promise<Predicted | undefined> {
  try {
    const works = await worksOfFolder(folder, precision);
    const { machine, engine } = targetOf(limits, plannedProvider(provider), threads, measured);
    return { ...predictWorks(works, precision, machine, engine), machine, works };
  } catch (error) {
    if (error instanceof CspcamError) return undefined;
    throw error;
  }
}
