// A program in floats + ranges -> the same in QDQ form, which ONNX Runtime turns into integer operators.

import { CspcamError } from '#common/errors.js';
import { OnnxGraph } from '../onnx/onnx-graph.js';
import { type Constant, type OnnxNode, type OnnxProgram, outputsOf } from '../onnx/program.js';
import { type Clipping, clippingsOf, clips } from './clippings.js';
import type { IntegerForm } from './forms/form.js';
import { correctBias, leastScales, quantizeBias } from './kernel.js';
import { type Range, type Scale, scaleOf } from './range.js';
import { shareRanges } from './shared-scales.js';

/** What ONNX Runtime's CPU provider computes in integers between a DequantizeLinear and a QuantizeLinear. */
const integerOperators: ReadonlySet<string> = new Set([
  'Add',
  'AveragePool',
  'Concat',
  'Conv',
  'GlobalAveragePool',
  'LeakyRelu',
  'Mul',
  'Resize',
  'Sigmoid',
]);

/** What moves bytes about, whatever they mean. */
const byteOperators: ReadonlySet<string> = new Set([
  'Flatten',
  'MaxPool',
  'Pad',
  'Reshape',
  'Slice',
  'Split',
  'Squeeze',
  'Transpose',
  'Unsqueeze',
]);

const activations: ReadonlySet<string> = new Set(['LeakyRelu', 'Relu', 'Sigmoid']);

export interface QdqOptions {
  /** Of the values that nodes compute; what reads or gives one without a range stays in floats. */
  readonly ranges: ReadonlyMap<string, Range>;
  /** Nodes that stay in floats, by output; the activation of a convolution stays with it. */
  readonly keep: ReadonlySet<string>;
  /** Means of channels by value, for biases that make up for rounded weights. */
  readonly means?: ReadonlyMap<string, Float32Array>;
  readonly form: IntegerForm;
  /** Told each node that stays in floats. */
  readonly onFloat?: (node: OnnxNode) => void;
}

/** @param program with pixels as its input, cast to floats by one node */
export function toQdq(program: OnnxProgram, options: QdqOptions): OnnxProgram {
  const writer = new QdqWriter(program, options);
  for (const node of program.nodes) writer.write(node);
  return writer.finish();
}

/** Nodes that can be in integers; an activation that belongs to a convolution goes with it. */
export function quantizableLayers(program: OnnxProgram): OnnxNode[] {
  const belonging = new Set([...activationsOf(program).values()].flat().map(({ output }) => output));
  return quantizableNodes(program).filter(({ output }) => !belonging.has(output));
}

function quantizableNodes({ nodes, constants }: OnnxProgram): OnnxNode[] {
  return nodes.filter(
    ({ opType, domain, inputs }) =>
      domain === undefined &&
      integerOperators.has(opType) &&
      (opType === 'Conv'
        ? inputs.length === 3 && inputs.slice(1).every((input) => isFloats(constants.get(input)))
        : // An operand that is a number is left to the float kernels.
          opType === 'Resize' || !inputs.some((input) => constants.has(input))),
  );
}

function isFloats(constant: Constant | undefined): boolean {
  return (
    constant?.values instanceof Float32Array && (constant.dims.length === 4 || constant.dims.length === 1)
  );
}

/** The activation that alone reads a convolution, by the convolution's output; a SiLU is two nodes. */
function activationsOf({ nodes, outputs }: OnnxProgram): Map<string, readonly OnnxNode[]> {
  const readers = readersOf(nodes);
  const found = new Map<string, readonly OnnxNode[]>();
  const leaves = (value: string) => outputs.some((output) => output.value === value);
  for (const { opType, output } of nodes) {
    if (opType !== 'Conv' || leaves(output)) continue;
    const [first, second, ...others] = readers.get(output) ?? [];
    if (first && !second && activations.has(first.opType)) found.set(output, [first]);
    if (!first || !second || others.length > 0) continue;
    const [sigmoid, product] = first.opType === 'Sigmoid' ? [first, second] : [second, first];
    const isSilu =
      sigmoid.opType === 'Sigmoid' && product.opType === 'Mul' && product.inputs.includes(sigmoid.output);
    if (isSilu && readers.get(sigmoid.output)!.length === 1 && !leaves(sigmoid.output))
      found.set(output, [sigmoid, product]);
  }
  return found;
}

/** The cast of bytes to floats changes nothing, and neither does what only moves them. */
function withPixels(
  { inputs, nodes }: OnnxProgram,
  ranges: ReadonlyMap<string, Range>,
): ReadonlyMap<string, Range> {
  const bytes = new Set(inputs.filter(({ type }) => type === 'uint8').map(({ name }) => name));
  const casts = nodes.filter(({ opType, inputs: [first] }) => opType === 'Cast' && bytes.has(first!));
  return new Map([...ranges, ...casts.map(({ output }) => [output, { min: 0, max: 255 }] as const)]);
}

function readersOf(nodes: readonly OnnxNode[]): Map<string, OnnxNode[]> {
  const readers = new Map<string, OnnxNode[]>();
  for (const node of nodes)
    for (const input of node.inputs) readers.set(input, [...(readers.get(input) ?? []), node]);
  return readers;
}

class QdqWriter {
  readonly #graph: OnnxGraph;
  readonly #quantizable: ReadonlySet<string>;
  readonly #clippings: ReadonlyMap<string, Clipping>;
  readonly #ranges: ReadonlyMap<string, Range>;
  readonly #keep: Set<string>;
  readonly #scales = new Map<string, Scale>();
  /** Names of bytes by value. */
  readonly #bytes = new Map<string, string>();
  /** Values that exist as bytes only. */
  readonly #integers = new Set<string>();
  readonly #floats = new Map<string, string>();
  /** Relu and Clip nodes that the clipping of bytes replaces. */
  readonly #absorbed = new Set<string>();
  /** Kernels and biases that were written. */
  readonly #shared = new Set<string>();
  /** Values that are bytes before any float is made of them. */
  readonly #pixels: Set<string>;

  constructor(
    private readonly program: OnnxProgram,
    private readonly options: QdqOptions,
  ) {
    this.#graph = OnnxGraph.of({ ...program, nodes: [], outputs: [] });
    const ranges = withPixels(program, options.ranges);
    const isBounded = (value: string) => value === '' || program.constants.has(value) || ranges.has(value);
    this.#quantizable = new Set(
      quantizableNodes(program)
        .filter(({ inputs, output }) => [...inputs, output].every(isBounded))
        .map(({ output }) => output),
    );
    this.#pixels = new Set(program.inputs.filter(({ type }) => type === 'uint8').map(({ name }) => name));
    this.#keep = new Set(options.keep);
    for (const [output, belonging] of activationsOf(program))
      if (options.keep.has(output)) for (const node of belonging) this.#keep.add(node.output);
    const isInIntegers = (output: string) => this.#quantizable.has(output) && !this.#keep.has(output);
    this.#clippings = clippingsOf(program, isInIntegers, this.#keep);
    this.#ranges = shareRanges(program, ranges, {
      keep: options.keep,
      clippings: [...this.#clippings.values()],
    });
  }

  write(node: OnnxNode): void {
    const { opType, inputs, output, attributes } = node;
    if (this.#absorbed.has(output)) return;
    if (this.#pixels.has(inputs[0]!) && opType !== 'Cast') {
      this.#pixels.add(output);
      this.#graph.add(node);
    } else if (opType === 'Cast' && this.#pixels.has(inputs[0]!)) {
      // Pixels are bytes already.
      this.#scales.set(output, { scale: 1, zeroPoint: 0 });
      this.#bytes.set(output, inputs[0]!);
      this.#integers.add(output);
    } else if (this.#movesBytes(node)) {
      const [map, ...constants] = inputs as [string, ...string[]];
      const read = [this.#quantized(map), ...constants];
      if (opType === 'Pad') read[2] = this.#scaleTensors(map)[1]!;
      this.#graph.add({ ...node, inputs: read, attributes });
      for (const moved of outputsOf(node)) {
        this.#bytes.set(moved, moved);
        this.#integers.add(moved);
      }
    } else if (!this.#quantizable.has(output) || this.#keep.has(output)) {
      this.#graph.add({ ...node, inputs: inputs.map((input) => this.#float(input)) });
      this.options.onFloat?.(node);
    } else {
      const result = this.#absorbClipping(output);
      const read =
        opType === 'Conv' ? this.#convolutionInputs(node) : inputs.map((map) => this.#dequantized(map));
      this.#graph.node(opType, read, result, attributes);
      this.#quantized(result);
      this.#integers.add(result);
    }
  }

  /** Of values with a range: what moves pixels about before the cast is as it was. */
  #movesBytes({ opType, domain, inputs, output, furtherOutputs = [] }: OnnxNode): boolean {
    if (domain !== undefined || !byteOperators.has(opType) || this.#keep.has(output)) return false;
    if (opType === 'MaxPool' && furtherOutputs.length > 0) return false;
    const { constants } = this.program;
    const border = constants.get(inputs[2] ?? '');
    if (opType === 'Pad' && border !== undefined && Number(border.values[0]) !== 0) return false;
    return (
      this.#ranges.has(inputs[0]!) && inputs.slice(1).every((input) => input === '' || constants.has(input))
    );
  }

  finish(): OnnxProgram {
    for (const { name, value, dims } of this.program.outputs)
      this.#graph.output(this.#float(value), name, dims);
    return this.#graph.program;
  }

  /** @returns the name under which the result is written: that of what clips it, where its bytes do so as well */
  #absorbClipping(output: string): string {
    const clipping = this.#clippings.get(output);
    const range = clipping && this.#ranges.get(clipping.output);
    if (!range || !clips(range, clipping.limit)) return output;
    this.#absorbed.add(clipping.output);
    return clipping.output;
  }

  #convolutionInputs({ inputs, output, attributes }: OnnxNode): string[] {
    const [map, ...parts] = inputs as [string, string, string];
    const { constants } = this.program;
    const { dims, values: kernel } = constants.get(parts[0])! as { dims: number[]; values: Float32Array };
    const { values: bias } = constants.get(parts[1])! as { values: Float32Array };
    // Heads of some detectors share kernels or biases.
    const [kernelName, biasName] = parts.map((name) => {
      const own = this.#shared.has(name) ? `${name}_of_${output}` : name;
      this.#shared.add(name);
      return own;
    });
    const filters = bias.length;
    const groups = attributes.group as number;
    const { scale } = this.#scaleOf(map);
    const quantized = this.options.form.quantizeConvolution({
      ...{ values: kernel, dims, groups },
      leastScales: leastScales(bias, scale),
    });
    const means = this.options.means?.get(map);
    const corrected = means ? correctBias(bias, kernel, quantized, means, groups) : bias;
    const read = this.#dequantized(map);
    const graph = this.#graph;
    const weights = graph.node(
      'DequantizeLinear',
      [
        graph.tensor(`${kernelName}_int8`, dims, quantized.values),
        graph.tensor(`${kernelName}_scales`, [filters], quantized.scales),
        graph.tensor(`${kernelName}_zeros`, [filters], new Int8Array(filters).fill(quantized.zeroPoint)),
      ],
      `${kernelName}_float`,
      { axis: 0 },
    );
    const biases = graph.node(
      'DequantizeLinear',
      [
        graph.tensor(`${biasName}_int32`, [filters], quantizeBias(corrected, scale, quantized.scales)),
        graph.tensor(
          `${biasName}_scales`,
          [filters],
          quantized.scales.map((one) => one * scale),
        ),
      ],
      `${biasName}_float`,
      { axis: 0 },
    );
    return [read, weights, biases];
  }

  /** A value for a node in floats; a constant is itself. */
  #float(value: string): string {
    return this.#integers.has(value) ? this.#dequantized(value) : value;
  }

  /** A value for a node in integers: floats that come straight from bytes. */
  #dequantized(value: string): string {
    if (value === '' || this.program.constants.has(value)) return value;
    let floats = this.#floats.get(value);
    if (floats === undefined) {
      floats = this.#graph.node(
        'DequantizeLinear',
        [this.#quantized(value), ...this.#scaleTensors(value)],
        `${value}_dequantized`,
      );
      this.#floats.set(value, floats);
    }
    return floats;
  }

  #quantized(value: string): string {
    let bytes = this.#bytes.get(value);
    if (bytes === undefined) {
      bytes = this.#graph.node('QuantizeLinear', [value, ...this.#scaleTensors(value)], `${value}_quantized`);
      this.#bytes.set(value, bytes);
    }
    return bytes;
  }

  #scaleTensors(value: string): string[] {
    const { scale, zeroPoint } = this.#scaleOf(value);
    return [
      this.#graph.tensor(`${value}_scale`, [], Float32Array.of(scale)),
      this.#graph.tensor(`${value}_zero`, [], Uint8Array.of(zeroPoint)),
    ];
  }

  #scaleOf(value: string): Scale {
    const known = this.#scales.get(value);
    if (known) return known;
    const range = this.#ranges.get(value);
    if (!range) throw new CspcamError(`expected a range of ${value}, received nothing`);
    const scale = scaleOf(range);
    this.#scales.set(value, scale);
    return scale;
  }
}
