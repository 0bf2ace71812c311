// A network and frames -> its program in integers: calibration, then QDQ form.

import type { ModelDescription } from '../folder/description.js';
import { encodeOnnx } from '../onnx/encode.js';
import type { OnnxNode, OnnxProgram } from '../onnx/program.js';
import { dropUnused } from '../passes/drop-unused.js';
import { shapesOf } from '../passes/shapes.js';
import { openOnnxRuntime } from '../runtime/onnxruntime.js';
import type { Outputs } from '../runtime/session.js';
import { type Calibration, calibrate, withAllOutputs } from './calibrate.js';
import { matrixHeads } from './matrix-heads.js';
import { quantizableLayers, toQdq } from './qdq.js';
import { type Method, rangeOf } from './range.js';
import { repeatCells } from './repeat-cells.js';

/** Planar RGB bytes, (3, H, W). */
export type Pixels = Uint8Array;

export interface Quantizable {
  readonly name: string;
  readonly input: ModelDescription['input'];
  /** In the form for integers, with bytes as its input. */
  readonly program: OnnxProgram;
}

/** Runs a program in ONNX Runtime on this thread, picture after picture. */
export async function* runProgram(
  { name, input }: Omit<Quantizable, 'program'>,
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

export interface QuantizeOptions {
  readonly method: Method;
  /** Nodes that stay in floats, beside the convolutions that give the outputs. */
  readonly keep: ReadonlySet<string>;
  readonly correctBias: boolean;
  /** Large kernels in the form that x86 processors with AMX run faster, and others slower. */
  readonly forAmx?: boolean;
}

export function quantizeProgram(
  program: OnnxProgram,
  { histograms, means }: Calibration,
  { method, keep, correctBias, forAmx = false }: QuantizeOptions,
): OnnxProgram {
  const ranges = new Map([...histograms].map(([value, histogram]) => [value, rangeOf(histogram, method)]));
  const outputs = new Set(outputNodes(program));
  const integers = toQdq(program, {
    ranges,
    keep: new Set([...keep, ...outputs]),
    forAmx,
    ...(correctBias && { means }),
  });
  const heads = new Map(
    program.nodes
      .filter(({ output }) => outputs.has(output))
      .map(({ inputs, output }) => [output, correctBias ? means.get(inputs[0]!) : undefined]),
  );
  const shapes = shapesOf(program);
  return dropUnused(matrixHeads(repeatCells(integers, shapes), shapes, heads));
}

/** The convolutions that give the outputs, and the activations after them: decoding magnifies their errors. */
function outputNodes(program: OnnxProgram): string[] {
  const producers = new Map(program.nodes.map((node) => [node.output, node]));
  return program.outputs.flatMap(({ value }) => {
    const last = producers.get(value);
    if (last?.opType === 'Conv' || last === undefined) return [value];
    const before = producers.get(last.inputs[0]!);
    return before?.opType === 'Conv' ? [before.output, value] : [value];
  });
}

/** Nodes that `keep` can hold, but for those of the outputs. */
export function candidates(program: OnnxProgram): OnnxNode[] {
  const outputs = new Set(outputNodes(program));
  return quantizableLayers(program).filter(({ output }) => !outputs.has(output));
}
