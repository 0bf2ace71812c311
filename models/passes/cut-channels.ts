// A program that slices channels -> one whose convolutions give the slices, each from the filters it needs.
//
// A Slice or Split makes ONNX Runtime leave its blocked layout and come back to it. Cuts travel from the slices up, through
// whatever works channel by channel, to the convolutions, whose kernels are cut instead; what reads the whole map reads a
// Concat, which the blocked layout has. Covers [route] with groups, Maxout and partial shortcuts.

import { OnnxGraph } from '../onnx/onnx-graph.js';
import type { Constant, OnnxNode, OnnxProgram } from '../onnx/program.js';
import { shapesOf } from './shapes.js';

/** Output channel c of these depends on channel c of every map they read. */
const CHANNELWISE: ReadonlySet<string> = new Set([
  'Add',
  'AveragePool',
  'Clip',
  'Elu',
  'GlobalAveragePool',
  'LeakyRelu',
  'Max',
  'MaxPool',
  'Mul',
  'Relu',
  'Resize',
  'Sigmoid',
  'Softplus',
  'Tanh',
]);

/** Part of a map's channels, as a value of its own. */
interface Piece {
  readonly name: string;
  readonly channels: number;
}

type Channels = (value: string) => number | undefined;

export function cutChannels(program: OnnxProgram): OnnxProgram {
  const shapes = shapesOf(program);
  const channels: Channels = (value) => shapes.get(value)?.channels;
  const cuts = findCuts(program, channels);
  const writer = new Writer(program, channels);
  for (const node of program.nodes) {
    if (isConcat(node)) writer.join(node);
    else if (node.opType === 'Slice') writer.select(node);
    else writer.write(node, cuts.get(node.output) ?? new Set());
  }
  return writer.finish();
}

const isConcat = ({ opType, attributes }: OnnxNode) => opType === 'Concat' && attributes.axis === 1;

/** Places between 0 and the width of each value at which somebody wants it cut; none where nothing can be done. */
function findCuts(program: OnnxProgram, channels: Channels): Map<string, Set<number>> {
  const cuts = new Map<string, Set<number>>();
  const cut = (value: string, places: Iterable<number>) => {
    const width = channels(value) ?? 0;
    const inside = [...places].filter((place) => place > 0 && place < width);
    if (inside.length > 0) cuts.set(value, new Set([...(cuts.get(value) ?? []), ...inside]));
  };
  for (const node of program.nodes.toReversed()) {
    const places = [...(cuts.get(node.output) ?? [])];
    const [first] = node.inputs as [string];
    if (node.opType === 'Slice') {
      const [start, end] = sliceOf(node, program);
      cut(first, [start, end, ...places.map((place) => start + place)]);
    } else if (isConcat(node)) {
      let start = 0;
      for (const input of node.inputs) {
        const before = start;
        cut(
          input,
          places.map((place) => place - before),
        );
        start += channels(input)!;
      }
    } else if (CHANNELWISE.has(node.opType) || isDepthwise(node, program)) {
      for (const input of node.inputs) if (channels(input) === channels(node.output)) cut(input, places);
    } else if (node.opType !== 'Conv' || node.attributes.group !== 1) {
      cuts.delete(node.output);
    }
  }
  return cuts;
}

function sliceOf({ inputs }: OnnxNode, { constants }: OnnxProgram): [start: number, end: number] {
  return [Number(constants.get(inputs[1]!)!.values[0]), Number(constants.get(inputs[2]!)!.values[0])];
}

function isDepthwise({ opType, inputs, attributes }: OnnxNode, { constants }: OnnxProgram): boolean {
  if (opType !== 'Conv') return false;
  const [filters, perGroup] = constants.get(inputs[1]!)!.dims; // (filters, channels / groups, size, size)
  return filters === attributes.group && perGroup === 1;
}

class Writer {
  readonly #graph = new OnnxGraph();
  readonly #pieces = new Map<string, readonly Piece[]>();
  readonly #joined = new Map<string, string>();

  constructor(
    private readonly program: OnnxProgram,
    private readonly channels: Channels,
  ) {
    for (const { name, type, dims } of program.inputs)
      this.#pieces.set(name, [{ name: this.#graph.input(name, type, dims), channels: dims[1]! }]);
    for (const [name, { dims, values }] of program.constants) this.#graph.tensor(name, dims, values);
  }

  join({ inputs, output }: OnnxNode): void {
    this.#pieces.set(
      output,
      inputs.flatMap((input) => this.#pieces.get(input)!),
    );
  }

  select(node: OnnxNode): void {
    this.#pieces.set(node.output, this.#take(node.inputs[0]!, ...sliceOf(node, this.program)));
  }

  write(node: OnnxNode, cuts: ReadonlySet<number>): void {
    const width = this.channels(node.output)!;
    const places = [0, ...[...cuts].sort((a, b) => a - b), width];
    const pieces = places.slice(1).map((end, i) => {
      const start = places[i]!;
      const name = cuts.size === 0 ? node.output : `${node.output}.${start}`;
      const isConvolution = node.opType === 'Conv';
      const depthwise = isDepthwise(node, this.program);
      const inputs = node.inputs.map((input, at) => {
        if (isConvolution && at > 0) return cuts.size === 0 ? input : this.#filters(input, start, end);
        const parallel = this.channels(input) === width && (!isConvolution || depthwise);
        return parallel ? this.#part(input, start, end) : this.#part(input, 0, this.channels(input) ?? 0);
      });
      const group = depthwise ? { group: end - start } : {};
      this.#graph.node(node.opType, inputs, name, { ...node.attributes, ...group });
      return { name, channels: end - start };
    });
    this.#pieces.set(node.output, pieces);
  }

  finish(): OnnxProgram {
    for (const { name, value, dims } of this.program.outputs)
      this.#graph.output(this.#part(value, 0, dims[1]!), name, dims);
    return this.#graph.program;
  }

  /** Those channels as one value; a constant is itself. */
  #part(value: string, start: number, end: number): string {
    if (!this.#pieces.has(value)) return value;
    const pieces = this.#take(value, start, end);
    if (pieces.length === 1) return pieces[0]!.name;
    const key = pieces.map(({ name }) => name).join();
    let joined = this.#joined.get(key);
    if (joined === undefined) {
      const name = start === 0 && end === this.channels(value) ? value : `${value}.${start}-${end}`;
      const names = pieces.map((piece) => piece.name);
      joined = this.#graph.node('Concat', names, name, { axis: 1 });
      this.#joined.set(key, joined);
    }
    return joined;
  }

  /** What has no convolution above it to cut is sliced as before. */
  #take(value: string, start: number, end: number): readonly Piece[] {
    let at = 0;
    return this.#pieces.get(value)!.flatMap((piece) => {
      const [from, to] = [Math.max(start - at, 0), Math.min(end - at, piece.channels)];
      at += piece.channels;
      if (from >= to) return [];
      if (from === 0 && to === piece.channels) return [piece];
      const key = `${piece.name}.${from}-${to}`;
      const name = this.#joined.get(key) ?? this.#graph.channels(piece.name, from, to, key);
      this.#joined.set(key, name);
      return [{ name, channels: to - from }];
    });
  }

  /** Rows `start` to `end` of a kernel or bias. */
  #filters(constant: string, start: number, end: number): string {
    const { dims, values } = this.program.constants.get(constant) as Constant & { values: Float32Array };
    const row = values.length / dims[0]!;
    const part = values.slice(start * row, end * row);
    return this.#graph.tensor(`${constant}.${start}`, [end - start, ...dims.slice(1)], part);
  }
}
