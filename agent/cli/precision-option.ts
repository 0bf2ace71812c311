// `--precision` of the commands that run a model folder.

import { Option } from 'commander';
import { WANTED_PRECISIONS, type WantedPrecision } from '../../models/runtime/precision.js';

export interface PrecisionChoice {
  readonly precision: WantedPrecision;
}

export function precisionOption(): Option {
  return new Option(
    '--precision <name>',
    'fp32, int8, or auto: int8 where it is faster here and the model loses at most half a point of AP50',
  )
    .choices(WANTED_PRECISIONS)
    .default('auto' satisfies WantedPrecision);
}
