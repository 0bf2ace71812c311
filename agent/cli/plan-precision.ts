// Model folder + a device -> the precision that it is planned in: the one that an agent there runs it in. Pure.

import type { Precision } from '../../models/cost/work.js';
import type { ModelDescription } from '../../models/folder/description.js';
import { choosePrecision } from '../../models/runtime/precision.js';
import { processorOf } from '../device/processor.js';
import type { Provider } from '../device/profile.js';
import type { ChosenMachine } from '../device/this-machine.js';

/** @param wanted of `--precision` */
export function plannedPrecision(
  description: ModelDescription,
  machine: ChosenMachine,
  provider: Provider,
  wanted?: Precision,
): Precision {
  if (wanted !== undefined) return wanted;
  // What a folder has for int8 was measured on processors: it says nothing of a GPU.
  if (provider !== 'cpu') return machine.limits.profile.inference.precisions[provider]![0]!;
  return choosePrecision(description, provider, processorOf(machine), 'auto').precision;
}
