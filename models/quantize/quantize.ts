// A network's program in floats, ranges and a form -> the program in integers.

import { readNetwork } from '../darknet/network.js';
import { readWeights } from '../darknet/weights.js';
import type { OnnxNode, OnnxProgram } from '../onnx/program.js';
import { composeOnnx } from '../onnx/write.js';
import { dropUnused } from '../passes/drop-unused.js';
import { integerForm } from '../passes/optimize-for-cpu.js';
import { shapesOf } from '../passes/shapes.js';
import type { DarknetPair } from '../weights.js';
import type { Calibration } from './calibrate.js';
import type { IntegerForm } from './forms/form.js';
import { matrixHeads } from './matrix-heads.js';
import { quantizableLayers, toQdq } from './qdq.js';
import { type Method, type Range, rangeOf } from './range.js';
import { repeatCells } from './repeat-cells.js';

/** What is known of a network's values from pictures, whatever processor runs it. */
export interface CalibratedRanges {
  /** Of every value that nodes compute in floats. */
  readonly ranges: ReadonlyMap<string, Range>;
  /** Means of the channels that convolutions read, (channels), for biases that make up for rounded weights. */
  readonly means?: ReadonlyMap<string, Float32Array>;
}

export interface RangeOptions {
  readonly method: Method;
  readonly correctBias: boolean;
}

export interface QuantizeOptions {
  /** Nodes that stay in floats, beside the convolutions that give the outputs. */
  readonly keep: ReadonlySet<string>;
  readonly form: IntegerForm;
}

/** The program that is calibrated, and quantized: in the order and form that integer operators run fastest. */
export function quantizableProgram({ cfg, weights }: DarknetPair, name: string): OnnxProgram {
  const graph = readNetwork(cfg, `${name}.cfg`);
  return integerForm(composeOnnx(graph, readWeights(weights, graph, `${name}.weights`), { input: 'uint8' }));
}

export function calibratedRanges(
  { nodes }: OnnxProgram,
  { histograms, means }: Calibration,
  { method, correctBias }: RangeOptions,
): CalibratedRanges {
  const ranges = new Map([...histograms].map(([value, histogram]) => [value, rangeOf(histogram, method)]));
  if (!correctBias) return { ranges };
  const read = new Set(nodes.filter(({ opType }) => opType === 'Conv').map(({ inputs }) => inputs[0]!));
  return { ranges, means: new Map([...means].filter(([value]) => read.has(value))) };
}

export function quantizeProgram(
  program: OnnxProgram,
  { ranges, means }: CalibratedRanges,
  { keep, form }: QuantizeOptions,
): OnnxProgram {
  const outputs = new Set(outputNodes(program));
  const integers = toQdq(program, {
    ranges,
    keep: new Set([...keep, ...outputs]),
    form,
    ...(means && { means }),
  });
  const heads = new Map(
    program.nodes
      .filter(({ output }) => outputs.has(output))
      .map(({ inputs, output }) => [output, means?.get(inputs[0]!)]),
  );
  const shapes = shapesOf(program);
  return dropUnused(matrixHeads(repeatCells(integers, shapes), shapes, heads, form));
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
