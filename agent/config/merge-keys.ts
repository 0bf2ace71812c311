// `<<: *name` in a YAML document: where merged keys stand, and what cannot be merged.

import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type YAMLMap,
} from 'yaml';
import type { Position, Problem } from './problem.js';

/** What each *name stands for. */
export type Targets = ReadonlyMap<Alias, Node>;

const MERGE = '<<';

/** Values after merging: far more than a file of the greatest size has without. */
const MOST_VALUES = 200_000;
/** Mappings within what is merged into mappings: what reads deeper ones than these would overflow its stack. */
const MOST_LEVELS = 100;

/** The mappings that `<<` of a mapping names, nearest first; nothing where it has none. */
export function mergedInto(map: YAMLMap, targets: Targets): YAMLMap[] {
  return map.items
    .filter(({ key }) => isMergeKey(key))
    .flatMap(({ value }) => sourcesOf(value, targets))
    .filter((source) => isMap(source));
}

/** One problem at most: merging what is no mapping, a mapping into itself, or mappings that grow without end. */
export function mergeProblems(
  document: Document,
  targets: Targets,
  at: (offset: number) => Position,
): Problem[] {
  let found: Problem | undefined;
  const counted = new Map<unknown, number>();
  const within = new Set<unknown>();

  const refuse = (node: unknown, expected: string, received: string) => {
    const place = at((node as Node | null)?.range?.[0] ?? 0);
    found ??= { ...place, key: '', expected, received };
    return 0;
  };
  const count = (node: unknown): number => {
    if (found !== undefined) return 0;
    const known = counted.get(node);
    if (known !== undefined) return known;
    if (within.has(node)) return refuse(node, 'a mapping that is not merged into itself', 'one that is');
    if (within.size > MOST_LEVELS)
      return refuse(node, `at most ${MOST_LEVELS} levels, merged ones included`, 'more');
    within.add(node);
    const values = 1 + parts(node).reduce<number>((sum, part) => sum + count(part), 0);
    within.delete(node);
    if (values > MOST_VALUES) return refuse(node, `at most ${MOST_VALUES} values after merging (<<)`, 'more');
    counted.set(node, values);
    return values;
  };
  const parts = (node: unknown): unknown[] => {
    if (isSeq(node)) return node.items;
    if (!isMap(node)) return [];
    return node.items.flatMap(({ key, value }) => {
      if (!isMergeKey(key)) return [value];
      const sources = sourcesOf(value, targets);
      const other = sources.find((source) => !isMap(source));
      if (other === undefined) return sources;
      refuse(key, 'a *name of a mapping, or a list of them, after <<', 'something else');
      return [];
    });
  };
  count(document.contents);
  return found === undefined ? [] : [found];
}

function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.value === MERGE && key.type === 'PLAIN';
}

/** What a value after `<<` names; `undefined` for a *name without an anchor, which is a problem of its own. */
function sourcesOf(value: unknown, targets: Targets): unknown[] {
  if (isPair(value)) return [];
  if (isAlias(value)) return [targets.get(value)].filter((target) => target !== undefined);
  return isSeq(value)
    ? value.items.flatMap((item) => (isSeq(item) ? [item] : sourcesOf(item, targets)))
    : [value];
}
