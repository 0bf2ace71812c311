// The plain program of a network -> the form of the same function that ONNX Runtime's CPU kernels run fastest.

import type { OnnxProgram } from '../onnx/program.js';
import { cutChannels } from './cut-channels.js';
import { dropUnused } from './drop-unused.js';
import { maxByPool } from './max-by-pool.js';
import { maxByRelu } from './max-by-relu.js';
import { padPixels } from './pad-pixels.js';
import { pixelColumns } from './pixel-columns.js';
import { poolBeforeConcat } from './pool-before-concat.js';
import { shareConcats } from './share-concats.js';

/** In the order in which they help each other. */
const FOR_FLOATS = [cutChannels, maxByRelu, poolBeforeConcat, dropUnused] as const;
const FOR_INTEGERS = [
  maxByPool,
  cutChannels,
  poolBeforeConcat,
  shareConcats,
  pixelColumns,
  padPixels,
  dropUnused,
] as const;

export function optimizeForCpu(program: OnnxProgram): OnnxProgram {
  return FOR_FLOATS.reduce((rewritten, pass) => pass(rewritten), program);
}

/** Of operators that have a form in integers, for the quantizer. */
export function integerForm(program: OnnxProgram): OnnxProgram {
  return FOR_INTEGERS.reduce((rewritten, pass) => pass(rewritten), program);
}
