// OnnxProgram + pixels -> every output, through ONNX Runtime.

import { encodeOnnx } from '../../models/onnx/encode.js';
import type { OnnxProgram } from '../../models/onnx/program.js';
import { openOnnxRuntime } from '../../models/runtime/onnxruntime.js';
import type { Outputs } from '../../models/runtime/session.js';

export async function runProgram(program: OnnxProgram, pixels: Uint8Array): Promise<Outputs> {
  const [{ name, dims }] = program.inputs as [OnnxProgram['inputs'][0]];
  const [, , height, width] = dims as [number, number, number, number];
  const input = { name, width, height };
  const network = encodeOnnx(program, 'program');
  const session = await openOnnxRuntime(network, { name: 'program', input }, { provider: 'cpu', threads: 1 });
  const outputs = await session.run(pixels);
  await session.close();
  return outputs;
}

/** Largest difference of any output, relative to that output's largest value. */
export function worstDifference(outputs: Outputs, reference: Outputs): number {
  const differences = [...reference].map(([name, values]) => {
    const others = outputs.get(name);
    if (others?.length !== values.length) return Number.POSITIVE_INFINITY;
    let [worst, largest] = [0, 0];
    for (const [i, value] of values.entries()) {
      worst = Math.max(worst, Math.abs(value - others[i]!));
      largest = Math.max(largest, Math.abs(value));
    }
    return worst / largest;
  });
  return Math.max(...differences);
}
