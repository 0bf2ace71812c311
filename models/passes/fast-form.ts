// The plain program of a network -> the form of the same function that ONNX Runtime's CPU kernels run fastest.

import type { OnnxProgram } from '../onnx/program.js';
import { cutChannels } from './cut-channels.js';
import { dropUnused } from './drop-unused.js';
import { maxByRelu } from './max-by-relu.js';

/** In the order in which they help each other. */
const passes = [cutChannels, maxByRelu, dropUnused] as const;

export function fastForm(program: OnnxProgram): OnnxProgram {
  return passes.reduce((rewritten, pass) => pass(rewritten), program);
}
