// An output of boxes with attributes side by side -> the same with coordinates in pixels and scores as probabilities.

import type { OnnxProgram } from '../onnx/program.js';
import type { Extent } from './cells.js';
import { areProbabilities, areShares, type Observed } from './facts.js';
import { withoutOutput } from './rename-value.js';

export interface Attributes {
  readonly output: string;
  /** Of the attributes: 1 or 2. */
  readonly axis: 1 | 2;
  /** Shape of the output. */
  readonly dims: readonly number[];
  /** Where the coordinates start, all four of them. */
  readonly boxesAt: number;
  /** First and one past the last of the scores. */
  readonly scores: readonly [number, number];
}

/** Values of attributes `from` up to, not including, `to`. */
export function* valuesOf(
  { dims, values }: Observed,
  axis: 1 | 2,
  from: number,
  to: number,
): Generator<number> {
  const [, rows, columns] = dims as [number, number, number];
  for (let row = axis === 1 ? from : 0; row < (axis === 1 ? to : rows); row++)
    for (let column = axis === 2 ? from : 0; column < (axis === 2 ? to : columns); column++)
      yield values[row * columns + column]!;
}

export interface Needed {
  readonly sigmoid: boolean;
  readonly pixels: boolean;
}

/** What is left to do, by what the output looks like; a decoded head has coordinates of 0 to the size. */
export function neededFor(observed: Observed, { axis, boxesAt, scores }: Attributes, decoded = true): Needed {
  return {
    sigmoid: !areProbabilities(valuesOf(observed, axis, ...scores)),
    pixels: decoded && areShares(valuesOf(observed, axis, boxesAt, boxesAt + 4)),
  };
}

/** Adds a sigmoid, the way from shares to pixels, or both; nothing where neither is needed. */
export function completed(attributes: Attributes, { sigmoid, pixels }: Needed, size: Extent) {
  if (!sigmoid && !pixels) return {};
  return { rewrite: (program: OnnxProgram) => complete(program, attributes, { sigmoid, pixels }, size) };
}

export function neededText({ sigmoid, pixels }: Needed): string {
  return `${sigmoid ? ', scores without their sigmoid, which is added' : ''}${pixels ? ', coordinates as shares, which are scaled' : ''}`;
}

function complete(
  program: OnnxProgram,
  { output, axis, dims, boxesAt, scores }: Attributes,
  { sigmoid, pixels }: Needed,
  { width, height }: Extent,
): OnnxProgram {
  const { graph, value } = withoutOutput(program, output);
  const range = (from: number, to: number, name: string) =>
    graph.node(
      'Slice',
      [
        value,
        graph.integers(`${name}_from`, [from]),
        graph.integers(`${name}_to`, [to]),
        graph.integers(`${name}_axis`, [axis]),
      ],
      name,
    );
  const changed: { readonly from: number; readonly to: number; readonly value: string }[] = [];
  if (pixels) {
    const shape = axis === 1 ? [1, 4, 1] : [1, 1, 4];
    const scale = graph.tensor('boxes_scale', shape, Float32Array.of(width, height, width, height));
    const shares = range(boxesAt, boxesAt + 4, 'boxes_as_shares');
    const scaled = graph.node('Mul', [shares, scale], 'boxes_in_pixels');
    changed.push({ from: boxesAt, to: boxesAt + 4, value: scaled });
  }
  if (sigmoid) {
    const [from, to] = scores;
    const logits = range(from, to, 'scores_as_logits');
    changed.push({ from, to, value: graph.node('Sigmoid', [logits], 'scores_as_probabilities') });
  }
  // What stands before, between and after them stays as it is.
  const parts: string[] = [];
  let at = 0;
  const keepUpTo = (next: number) => {
    if (next > at) parts.push(range(at, next, `attributes_from_${at}`));
  };
  for (const part of changed.toSorted((a, b) => a.from - b.from)) {
    keepUpTo(part.from);
    parts.push(part.value);
    at = part.to;
  }
  keepUpTo(dims[axis]!);
  graph.output(graph.node('Concat', parts, 'attributes_completed', { axis }), output, dims);
  return graph.program;
}
