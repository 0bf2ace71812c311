// Events of ONNX Runtime's profiler -> kernels with their times and operations -> rows by kind and width.

export interface Event {
  readonly cat: string;
  /** Of a node's kernel: its name and `_kernel_time`. */
  readonly name: string;
  /** Microseconds. */
  readonly dur: number;
  readonly args: {
    readonly op_name?: string;
    /** One per output, each an element type with its dimensions. */
    readonly output_type_shape?: readonly Readonly<Record<string, readonly number[]>>[];
  };
}

export interface Kernel {
  readonly op: string;
  /** Median over the runs. */
  readonly ms: number;
  readonly convolution?: { readonly filters: number; readonly size: number; readonly gop: number };
}

export interface Row {
  readonly what: string;
  readonly kernels: number;
  readonly ms: number;
  /** At most as many, of convolutions. */
  readonly filters?: number;
  /** Of convolutions only: billions of operations, a multiply-add is two. */
  readonly gop?: number;
  /** More than the same operations take on the roof; of what is no convolution, all of it. */
  readonly beyondRoofMs: number;
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
    const name = event.name.slice(0, -SUFFIX.length);
    runs.set(name, [...(runs.get(name) ?? []), event]);
  }
  return [...runs].map(([name, all]) => {
    const { op_name: op = 'unknown', output_type_shape: outputs } = all[0]!.args;
    const sorted = all.map(({ dur }) => dur).toSorted((a, b) => a - b);
    const ms = sorted[Math.floor(sorted.length / 2)]! / 1000;
    const weights = weightsOf.get(name);
    const values = Object.values(outputs?.[0] ?? {})[0];
    if (!weights || !values) return { op, ms };
    const [filters, ...filter] = weights;
    const gop = (2 * product(values) * product(filter)) / 1e9;
    return { op, ms, convolution: { filters: filters!, size: filter.at(-1)!, gop } };
  });
}

/** Convolutions by size and width, then the others by operator, the longest first. */
export function rowsOf(kernels: readonly Kernel[], roofGops: number): Row[] {
  const groups = new Map<string, Kernel[]>();
  for (const kernel of kernels) {
    const what = kernel.convolution ? classOf(kernel.convolution) : kernel.op;
    groups.set(what, [...(groups.get(what) ?? []), kernel]);
  }
  const rows = [...groups].map(([what, group]): Row => {
    const ms = sum(group.map((kernel) => kernel.ms));
    const convolutions = group.flatMap(({ convolution }) => convolution ?? []);
    if (convolutions.length === 0) return { what, kernels: group.length, ms, beyondRoofMs: ms };
    const gop = sum(convolutions.map((one) => one.gop));
    const filters = Math.max(...convolutions.map((one) => one.filters));
    const beyondRoofMs = ms - (1000 * gop) / roofGops;
    return { what, kernels: group.length, ms, gop, filters, beyondRoofMs };
  });
  const [convolutions, others] = [rows.filter(({ gop }) => gop), rows.filter(({ gop }) => !gop)];
  const first = (row: Row) => row.what.split(',', 1)[0]!;
  return [
    ...convolutions.toSorted((a, b) => first(a).localeCompare(first(b)) || a.filters! - b.filters!),
    ...others.toSorted((a, b) => b.ms - a.ms),
  ];
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
