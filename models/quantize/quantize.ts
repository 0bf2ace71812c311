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
import { outputNodes } from './output-nodes.js';
import { quantizableLayers, toQdq } from './qdq.js';
import { type Method, type Range, rangeOf } from './range.js';
import { repeatCells } from './repeat-cells.js';

/** What is known of a network's values from pictures, whatever processor runs it. */
export interface CalibratedRanges {
  /** Of every value that nodes compute in floats, but for those in `infinite`. */
  readonly ranges: ReadonlyMap<string, Range>;
  /** Values that were an infinity or NaN somewhere: what computes with them stays in floats. */
  readonly infinite?: ReadonlySet<string>;
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
  /** Told each node that stays in floats; heads that become products of bytes as well. */
  readonly onFloat?: (node: OnnxNode) => void;
}

export interface IntegerCover {
  readonly convolutions: number;
  readonly inIntegers: number;
  /** Other operators that stay in floats, how many of each. */
  readonly inFloats: Readonly<Record<string, number>>;
}

/** How much of a network integers are. */
export function integerCover(
  program: OnnxProgram,
  ranges: CalibratedRanges,
  options: Omit<QuantizeOptions, 'onFloat'>,
): IntegerCover {
  const floats: OnnxNode[] = [];
  const quantized = quantizeProgram(program, ranges, { ...options, onFloat: (node) => floats.push(node) });
  const left = new Set(quantized.nodes.filter(({ opType }) => opType === 'Conv').map(({ output }) => output));
  const isConvolution = ({ opType }: OnnxNode) => opType === 'Conv';
  const convolutions = program.nodes.filter(isConvolution).length;
  const inFloats: Record<string, number> = {};
  for (const { opType } of floats) if (opType !== 'Conv') inFloats[opType] = (inFloats[opType] ?? 0) + 1;
  const convolutionsInFloats = floats.filter((node) => isConvolution(node) && left.has(node.output)).length;
  return { convolutions, inIntegers: convolutions - convolutionsInFloats, inFloats };
}

/** The program that is calibrated, and quantized: in the order and form that integer operators run fastest. */
export function quantizableProgram({ cfg, weights }: DarknetPair, name: string): OnnxProgram {
  const graph = readNetwork(cfg, `${name}.cfg`);
  return integerForm(composeOnnx(graph, readWeights(weights, graph, `${name}.weights`), { input: 'uint8' }));
}

/** A sigmoid of less is 0 to 3 parts in 10,000, and what it is multiplied with (SiLU) all but gone. */
const SIGMOID_ENDS = 8;

/** Values that sigmoids read, and besides them only their products: steps are better spent above. */
function readBySigmoids(nodes: readonly OnnxNode[]): ReadonlySet<string> {
  const sigmoids = new Map(
    nodes.filter(({ opType }) => opType === 'Sigmoid').map(({ inputs, output }) => [inputs[0]!, output]),
  );
  const others = nodes.flatMap(({ opType, inputs, captured = [] }) =>
    [...inputs, ...captured].filter(
      (value) => opType !== 'Sigmoid' && !(opType === 'Mul' && inputs.includes(sigmoids.get(value) ?? '')),
    ),
  );
  const read = new Set(others);
  return new Set([...sigmoids.keys()].filter((value) => !read.has(value)));
}

export function calibratedRanges(
  { nodes }: OnnxProgram,
  { histograms, means }: Calibration,
  { method, correctBias }: RangeOptions,
): CalibratedRanges {
  const sigmoids = readBySigmoids(nodes);
  const infinite = new Set([...histograms].filter(([, one]) => !one.isFinite).map(([value]) => value));
  const ranges = new Map(
    [...histograms]
      .filter(([value]) => !infinite.has(value))
      .map(([value, histogram]) => {
        const range = rangeOf(histogram, method);
        return [value, sigmoids.has(value) ? { ...range, min: Math.max(range.min, -SIGMOID_ENDS) } : range];
      }),
  );
  const found = { ranges, ...(infinite.size > 0 && { infinite }) };
  if (!correctBias) return found;
  const read = new Set(nodes.filter(({ opType }) => opType === 'Conv').map(({ inputs }) => inputs[0]!));
  const isOfUse = (value: string) => read.has(value) && !infinite.has(value);
  return { ...found, means: new Map([...means].filter(([value]) => isOfUse(value))) };
}

export function quantizeProgram(
  program: OnnxProgram,
  { ranges, means }: CalibratedRanges,
  { keep, form, onFloat }: QuantizeOptions,
): OnnxProgram {
  const outputs = outputNodes(program);
  const integers = toQdq(program, {
    ranges,
    keep: new Set([...keep, ...outputs]),
    form,
    ...(means && { means }),
    ...(onFloat && { onFloat }),
  });
  const heads = new Map(
    program.nodes
      .filter(({ output }) => outputs.has(output))
      .map(({ inputs, output }) => [output, means?.get(inputs[0]!)]),
  );
  const shapes = shapesOf(program);
  return dropUnused(matrixHeads(repeatCells(integers, shapes), shapes, heads, form));
}

/** Nodes that `keep` can hold, but for those of the outputs. */
export function candidates(program: OnnxProgram): OnnxNode[] {
  const outputs = outputNodes(program);
  return quantizableLayers(program).filter(({ output }) => !outputs.has(output));
}
