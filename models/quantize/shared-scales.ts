// Ranges of values -> one range for those that are only moved about, so that moving them is a copy.

import { type OnnxProgram, outputsOf } from '../onnx/program.js';
import { type Clipping, clips } from './clippings.js';
import { type Range, union } from './range.js';

/** Output values are input values. */
const movers: ReadonlySet<string> = new Set([
  'Concat',
  'Flatten',
  'MaxPool',
  'Pad',
  'Reshape',
  'Resize',
  'Slice',
  'Split',
  'Squeeze',
  'Transpose',
  'Unsqueeze',
]);

// A value with less than this part of the range keeps its own: it would lose more than two of its eight bits.
const LEAST_PART = 1 / 4;

const width = ({ min, max }: Range) => Math.max(0, max) - Math.min(0, min);

export interface SharingOptions {
  /** Nodes that stay in floats, by output. */
  readonly keep?: ReadonlySet<string>;
  /** A Concat leaves what they give its own range where another one would not clip. */
  readonly clippings?: readonly Clipping[];
}

/** @param ranges by value; those of movers' outputs are ignored */
export function shareRanges(
  { nodes }: OnnxProgram,
  ranges: ReadonlyMap<string, Range>,
  { keep = new Set(), clippings = [] }: SharingOptions = {},
): ReadonlyMap<string, Range> {
  const leaders = new Map<string, string>();
  const find = (value: string): string => {
    const leader = leaders.get(value);
    return leader === undefined || leader === value ? value : find(leader);
  };
  const shared = new Map(ranges);
  const limits = new Map(clippings.map(({ output, limit }) => [output, limit]));
  const join = (a: string, b: string) => {
    const [from, to] = [find(a), find(b)];
    if (from === to) return;
    shared.set(to, union(shared.get(from)!, shared.get(to)!));
    const both = [from, to].flatMap((leader) => limits.get(leader) ?? []);
    if (both.length > 0) limits.set(to, Math.min(...both));
    leaders.set(from, to);
  };
  for (const node of nodes) {
    const { opType, inputs, output } = node;
    if (!movers.has(opType) || keep.has(output)) continue;
    const moved = outputsOf(node).filter((value) => ranges.has(value));
    const maps = inputs.filter((input) => ranges.has(input));
    if (maps.length === 0 || moved.length === 0) continue;
    for (const other of moved.slice(1)) join(other, moved[0]!);
    if (opType !== 'Concat') {
      for (const map of maps) join(map, moved[0]!);
      continue;
    }
    const widest = Math.max(...maps.map((map) => width(ranges.get(map)!)));
    const near = maps.filter((map) => width(ranges.get(map)!) >= LEAST_PART * widest);
    const whole = [...near, moved[0]!].map((value) => shared.get(find(value))!).reduce(union);
    const stillClips = (map: string) => {
      const limit = limits.get(find(map));
      return limit === undefined || clips(whole, limit);
    };
    for (const map of near.filter(stillClips)) join(map, moved[0]!);
  }
  return new Map([...ranges.keys()].map((value) => [value, shared.get(find(value))!]));
}
