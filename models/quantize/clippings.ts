// A program -> the Relu and Clip nodes that bytes can stand for, as 0 to 255 clip what is beyond their range.

import type { OnnxNode, OnnxProgram } from '../onnx/program.js';
import { type Range, scaleOf } from './range.js';

export interface Clipping {
  /** What the node gives. */
  readonly output: string;
  /** Its upper limit; infinite of a Relu. */
  readonly limit: number;
}

/**
 * By the value that is clipped, which nothing else reads.
 *
 * @param isInIntegers nodes whose results become bytes; `keep` those that stay in floats, by output
 */
export function clippingsOf(
  { nodes, constants, outputs }: OnnxProgram,
  isInIntegers: (output: string) => boolean,
  keep: ReadonlySet<string>,
): ReadonlyMap<string, Clipping> {
  const leaving = new Set(outputs.map(({ value }) => value));
  const timesRead = new Map<string, number>();
  for (const value of nodes.flatMap(({ inputs, captured = [] }) => [...inputs, ...captured]))
    timesRead.set(value, (timesRead.get(value) ?? 0) + 1);
  return new Map(
    nodes.flatMap((node) => {
      const [value = ''] = node.inputs;
      const limit = limitOf(node, constants);
      if (limit === undefined || keep.has(node.output) || !isInIntegers(value)) return [];
      return timesRead.get(value) === 1 && !leaving.has(value)
        ? [[value, { output: node.output, limit }] as const]
        : [];
    }),
  );
}

/** Nothing of a node that does not clip at 0, or at what is known only when it runs. */
function limitOf({ opType, inputs }: OnnxNode, constants: OnnxProgram['constants']): number | undefined {
  if (opType === 'Relu') return Number.POSITIVE_INFINITY;
  const [, least = '', most = ''] = inputs;
  if (opType !== 'Clip' || Number(constants.get(least)?.values[0]) !== 0) return undefined;
  return most === '' ? Number.POSITIVE_INFINITY : numberOf(constants.get(most)?.values[0]);
}

const numberOf = (value: number | bigint | undefined) => (value === undefined ? undefined : Number(value));

/** Whether bytes of this range clip at 0, and at `limit` but for the half step that rounding takes anyway. */
export function clips(range: Range, limit: number): boolean {
  const { scale, zeroPoint } = scaleOf(range);
  return zeroPoint === 0 && 254.5 * scale <= limit;
}
