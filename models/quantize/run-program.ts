// A program and frames -> what ONNX Runtime computes of them in floats, for calibration and comparison.

import { encodeOnnx } from '../onnx/encode.js';
import type { OnnxProgram } from '../onnx/program.js';
import { openOnnxRuntime, type Runnable } from '../runtime/onnxruntime.js';
import type { Outputs } from '../runtime/session.js';
import { type Calibration, calibrate, withAllOutputs } from './calibrate.js';

/** Planar RGB bytes, (3, H, W). */
export type Pixels = Uint8Array;

/** Of frames as the product makes them. */
export async function* pixelsOf(
  frames: AsyncIterable<{ readonly pixels: ArrayBuffer }>,
): AsyncGenerator<Pixels> {
  for await (const { pixels } of frames) yield new Uint8Array(pixels);
}

export interface Quantizable extends Runnable {
  /** In the form for integers, with bytes as its input. */
  readonly program: OnnxProgram;
}

/** Runs a program in ONNX Runtime on this thread, picture after picture. */
export async function* runProgram(
  { name, input }: Runnable,
  program: OnnxProgram,
  frames: AsyncIterable<Pixels> | Iterable<Pixels>,
): AsyncGenerator<Outputs> {
  const session = await openOnnxRuntime(
    encodeOnnx(program, name),
    { name, input },
    { provider: 'cpu', threads: 0 },
  );
  try {
    for await (const pixels of frames) yield await session.run(pixels);
  } finally {
    await session.close();
  }
}

export function calibrateNetwork(network: Quantizable, frames: AsyncIterable<Pixels>): Promise<Calibration> {
  return calibrate(network.program, runProgram(network, withAllOutputs(network.program), frames));
}
