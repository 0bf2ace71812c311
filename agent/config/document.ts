// YAML text -> plain values, with the place of each key, and the environment filled in.

import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLMap,
} from 'yaml';
import { type Environment, type FilledIn, fillIn } from './fill-in.js';
import { mergedInto, mergeProblems, type Targets } from './merge-keys.js';
import type { Place } from './node-path.js';
import { inFileOrder, type Position, type Problem } from './problem.js';
import { misnamed, syntaxProblems, tooDeep } from './yaml-problems.js';

export type KeyPath = readonly (string | number)[];

export interface SourceDocument {
  readonly values: unknown;
  readonly problems: Problem[];
  readonly filledIn: readonly FilledIn[];
  /** Where the value of a key stands; of a missing key, where the mapping it belongs into stands. */
  positionOf(path: KeyPath): Position;
  /** Where the key itself stands. */
  positionOfKey(path: KeyPath): Position;
  /** The text as written, before the environment was filled in; undefined where nothing was. */
  writtenAs(path: KeyPath): string | undefined;
}

/** @param whyNot what is there of a variable without a value; default nothing */
export function readDocument(
  source: string,
  environment: Environment,
  whyNot: (name: string) => string | undefined = () => undefined,
): SourceDocument {
  const lineCounter = new LineCounter();
  // prettyErrors would quote the faulty line, which may hold a password.
  const document = parseDocument(source, {
    lineCounter,
    prettyErrors: false,
    stringKeys: true,
    merge: true,
    // `misnamed` does it in one go; the parser would compare each key with each other.
    uniqueKeys: false,
  });
  const at: Place = (offset) => {
    const { line, col } = lineCounter.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const written = new Map<Node, string>();
  const filledIn: FilledIn[] = [];
  const deep = tooDeep(document, at);
  const targets = targetsOf(document);
  const broken =
    deep === undefined
      ? [
          ...syntaxProblems(document, source, at),
          ...misnamed(document, targets, at),
          ...mergeProblems(document, targets, at),
        ]
      : [deep];
  const unset = broken.length > 0 ? [] : fillIn(document, { environment, whyNot, written, filledIn }, at);
  const { values, tooMuch } = broken.length > 0 ? {} : valuesOf(document, at);
  const find = (path: KeyPath) => findNode(document, targets, path);
  const place = (node: Node | undefined) => at(node?.range?.[0] ?? 0);
  return {
    values,
    filledIn,
    problems: inFileOrder([...broken, ...unset, ...(tooMuch ? [tooMuch] : [])]),
    positionOf: (path) => place(find(path).value ?? find(path).nearest),
    positionOfKey: (path) => place(find(path).key ?? find(path).nearest),
    writtenAs: (path) => {
      const { value } = find(path);
      return value === undefined ? undefined : written.get(value);
    },
  };
}

/** Lists of lists of lists by their names (`*a`) grow without end: the parser counts them and gives up. */
function valuesOf(document: Document, at: Place): { values?: unknown; tooMuch?: Problem } {
  try {
    return { values: document.toJS() };
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    let first = 0;
    visit(document, {
      Alias(_, node) {
        first = node.range?.[0] ?? 0;
        return visit.BREAK;
      },
    });
    const expected = 'each *name in at most 100 places, those within it included';
    return { tooMuch: { ...at(first), key: '', expected, received: 'more' } };
  }
}

/** What each *name stands for, in one go: `resolve()` of the parser walks the document for every one. */
function targetsOf(document: Document): Targets {
  const targets = new Map<Alias, Node>();
  const anchors = new Map<string, Node>();
  visit(document, {
    Alias(_, node) {
      const target = anchors.get(node.source);
      if (target !== undefined) targets.set(node, target);
    },
    Value(_, node) {
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return targets;
}

/** The pairs of each mapping by their keys: a file of many keys may have many problems, each of which asks. */
const pairsOf = new WeakMap<YAMLMap, Map<string, Pair>>();

function pairAt(map: YAMLMap, step: string): Pair | undefined {
  let pairs = pairsOf.get(map);
  if (pairs === undefined) {
    pairs = new Map(
      map.items.flatMap((item) => (isScalar(item.key) ? [[String(item.key.value), item]] : [])),
    );
    pairsOf.set(map, pairs);
  }
  return pairs.get(step);
}

/** Of the mapping itself, else of what is merged into it. */
function pairOf(map: YAMLMap, step: string, targets: Targets): Pair | undefined {
  const own = pairAt(map, step);
  if (own !== undefined) return own;
  for (const source of mergedInto(map, targets)) {
    const pair = pairOf(source, step, targets);
    if (pair !== undefined) return pair;
  }
  return undefined;
}

interface Found {
  key?: Node | undefined;
  value?: Node | undefined;
  /** The deepest key on the way that is in the file. */
  nearest: Node | undefined;
}

function findNode(document: Document, targets: Targets, path: KeyPath): Found {
  let value = (document.contents ?? undefined) as Node | undefined;
  let nearest = value;
  let key: Node | undefined;
  for (const step of path) {
    if (isAlias(value)) value = targets.get(value);
    key = undefined;
    if (isMap(value)) {
      const pair = pairOf(value, String(step), targets);
      key = pair?.key as Node | undefined;
      value = (pair?.value ?? undefined) as Node | undefined;
    } else if (isSeq(value)) {
      value = value.items[Number(step)] as Node | undefined;
    } else {
      value = undefined;
    }
    if (key === undefined && value === undefined) return { nearest };
    nearest = key ?? value;
  }
  return { key, value, nearest };
}
