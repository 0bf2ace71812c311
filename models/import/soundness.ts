// A program that was read -> nothing, or one line that says why no detector can be made of it before anything runs.

import { expected } from '#common/errors.js';
import { elementTypeOf } from '../onnx/element-types.js';
import type { OnnxProgram } from '../onnx/program.js';

/** From here on Resize, Clip, Pad and their kin are what they are today. */
const OLDEST_OPSET = 11;
const HALVES: ReadonlySet<string> = new Set(['float16', 'bfloat16']);

/** @param file as errors name it. @throws CspcamError */
export function expectSound(program: OnnxProgram, file: string): void {
  const { opset = 0, inputs, nodes, constants, outputs } = program;
  if (opset < OLDEST_OPSET)
    throw expected(
      `opset ${OLDEST_OPSET} or newer`,
      file,
      `opset ${opset}: export it again, or convert it (Python: onnx.version_converter.convert_version(model, 13))`,
    );
  if (nodes.length === 0 || outputs.length === 0)
    throw expected(
      'a network',
      file,
      nodes.length === 0 ? 'a graph without nodes' : 'a graph without outputs',
    );
  const half =
    [...inputs, ...outputs].find(({ type }) => HALVES.has(type ?? '')) ??
    halfConstant(program) ??
    halfCast(program);
  if (half !== undefined)
    throw expected('a network in float32', file, `${half.type} at ${half.name}: export it in float32`);
  for (const [name, { values }] of constants) {
    if (!(values instanceof Float32Array)) continue;
    const odd = values.findIndex((value) => Number.isNaN(value));
    if (odd >= 0) throw expected('weights that are numbers', file, `NaN at ${odd} of ${name}`);
  }
}

function halfConstant({ constants }: OnnxProgram): { name: string; type: string } | undefined {
  for (const [name, { type }] of constants) if (type !== undefined && HALVES.has(type)) return { name, type };
  return undefined;
}

function halfCast({ nodes }: OnnxProgram): { name: string; type: string } | undefined {
  for (const { opType, attributes, output } of nodes) {
    const type = opType === 'Cast' ? elementTypeOf(attributes.to as number) : undefined;
    if (type !== undefined && HALVES.has(type)) return { name: output, type };
  }
  return undefined;
}
