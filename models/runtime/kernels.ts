// Events of ONNX Runtime's profiler and the network that it ran -> kernels with times and operations, and classes of them.

import { decodeModel } from '../onnx/protobuf.js';

export interface Event {
  readonly cat: string;
  /** Of a node's kernel: its name and `_kernel_time`. */
  readonly name: string;
  /** Microseconds. */
  readonly dur: number;
  readonly args: {
    readonly op_name?: string;
    readonly node_index?: string;
    /** One per output, each an element type with its dimensions. */
    readonly output_type_shape?: readonly Readonly<Record<string, readonly number[]>>[];
  };
}

export interface Kernel {
  /** Of its node in the optimized network. */
  readonly name: string;
  readonly op: string;
  /** Median over the runs. */
  readonly ms: number;
  readonly convolution?: { readonly filters: number; readonly size: number; readonly gop: number };
}

export interface KernelClass {
  readonly what: string;
  readonly kernels: number;
  readonly ms: number;
  /** Of convolutions only: billions of operations, a multiply-add is two. */
  readonly gop?: number;
  /** At most as many, of convolutions. */
  readonly filters?: number;
}

/** Upper ends of the classes of width, filters. */
const WIDTHS = [16, 32, 64, 128, Number.POSITIVE_INFINITY];
const SUFFIX = '_kernel_time';

/** @param weightsOf name of a convolution's node -> dimensions of its weights, filters first */
export function kernelsOf(
  events: readonly Event[],
  weightsOf: ReadonlyMap<string, readonly number[]>,
): Kernel[] {
  const runs = new Map<string, Event[]>();
  for (const event of events) {
    if (event.cat !== 'Node' || !event.name.endsWith(SUFFIX)) continue;
    // Nodes of other people's networks need not have a name.
    const name = event.name.slice(0, -SUFFIX.length) || `node ${event.args.node_index}`;
    runs.set(name, [...(runs.get(name) ?? []), event]);
  }
  return [...runs].map(([name, all]) => {
    const { op_name: op = 'unknown', output_type_shape: outputs } = all[0]!.args;
    const sorted = all.map(({ dur }) => dur).toSorted((a, b) => a - b);
    const ms = sorted[Math.floor(sorted.length / 2)]! / 1000;
    const weights = weightsOf.get(name);
    const values = Object.values(outputs?.[0] ?? {})[0];
    if (!weights || !values) return { name, op, ms };
    const [filters, ...filter] = weights;
    const gop = (2 * product(values) * product(filter)) / 1e9;
    return { name, op, ms, convolution: { filters: filters!, size: filter.at(-1)!, gop } };
  });
}

/** Each run of the whole network, milliseconds, in their order. */
export function runsOf(events: readonly Event[]): number[] {
  return events.filter(({ name }) => name === 'model_run').map(({ dur }) => dur / 1000);
}

/** Convolutions by size and width, then the others by operator, the longest first. */
export function classesOf(kernels: readonly Kernel[]): KernelClass[] {
  const groups = new Map<string, Kernel[]>();
  for (const kernel of kernels) {
    const what = kernel.convolution ? classOf(kernel.convolution) : kernel.op;
    groups.set(what, [...(groups.get(what) ?? []), kernel]);
  }
  const rows = [...groups].map(([what, group]): KernelClass => {
    const ms = sum(group.map((kernel) => kernel.ms));
    const convolutions = group.flatMap(({ convolution }) => convolution ?? []);
    if (convolutions.length === 0) return { what, kernels: group.length, ms };
    const gop = sum(convolutions.map((one) => one.gop));
    const filters = Math.max(...convolutions.map((one) => one.filters));
    return { what, kernels: group.length, ms, gop, filters };
  });
  const [convolutions, others] = [rows.filter(({ gop }) => gop), rows.filter(({ gop }) => !gop)];
  const first = (row: KernelClass) => row.what.split(',', 1)[0]!;
  return [
    ...convolutions.toSorted((a, b) => first(a).localeCompare(first(b)) || a.filters! - b.filters!),
    ...others.toSorted((a, b) => b.ms - a.ms),
  ];
}

interface Model {
  readonly graph: {
    readonly node: readonly {
      readonly name: string;
      readonly opType: string;
      readonly input: readonly string[];
    }[];
    readonly initializer: readonly { readonly name: string; readonly dims: readonly number[] }[];
  };
}

const WEIGHTS_AT: Readonly<Record<string, number>> = { Conv: 1, FusedConv: 1, QLinearConv: 3 };

/** By node, filters first: the profiler does not tell the shapes of weights, which are packed by then. */
export function convolutionWeights(optimized: Uint8Array): Map<string, number[]> {
  const { graph } = decodeModel(optimized) as Model;
  const dims = new Map(graph.initializer.map((tensor) => [tensor.name, tensor.dims]));
  return new Map(
    graph.node.flatMap(({ name, opType, input }) => {
      const at = WEIGHTS_AT[opType];
      const weights = at === undefined ? undefined : dims.get(input[at]!);
      return weights ? [[name, [...weights]]] : [];
    }),
  );
}

/** Nodes of the networks that this program writes are called by operator and layer, as `conv_12_relu`. */
export function layerOf(node: string): number | null {
  const found = /^[a-z]+_(\d+)(?:_|$)/.exec(node)?.[1];
  return found === undefined ? null : Number(found);
}

function classOf({ filters, size }: { filters: number; size: number }): string {
  const at = WIDTHS.findIndex((width) => filters <= width);
  const least = at === 0 ? 1 : WIDTHS[at - 1]! + 1;
  const width = at === WIDTHS.length - 1 ? `${least} filters and more` : `${least} to ${WIDTHS[at]} filters`;
  return `${size}x${size}, ${width}`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, number) => all + number, 0);
}

function product(numbers: readonly number[]): number {
  return numbers.reduce((all, number) => all * number, 1);
}
