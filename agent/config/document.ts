// YAML text -> plain values, with the place of each key, and the environment filled in.

import {
  type Alias,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLMap,
} from 'yaml';
import { mergedInto, mergeProblems, type Targets } from './merge-keys.js';
import { inFileOrder, type Position, type Problem } from './problem.js';

export type KeyPath = readonly (string | number)[];
export type Environment = Readonly<Record<string, string | undefined>>;

/** A `${NAME}` that was filled in. */
export interface FilledIn {
  readonly name: string;
  readonly value: string;
  /** Dotted path of the key. */
  readonly key: string;
}

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
  const at = (offset: number): Position => {
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
function valuesOf(
  document: Document,
  at: (offset: number) => Position,
): { values?: unknown; tooMuch?: Problem } {
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

interface Filling {
  readonly environment: Environment;
  readonly whyNot: (name: string) => string | undefined;
  readonly written: Map<Node, string>;
  readonly filledIn: FilledIn[];
}

/** Replaces `${NAME}` in text values; `$${` stands for `${`. */
function fillIn(
  document: Document,
  { environment, whyNot, written, filledIn }: Filling,
  at: (offset: number) => Position,
): Problem[] {
  const problems: Problem[] = [];
  visit(document, {
    Scalar(role, node, ancestors) {
      if (role === 'key' || typeof node.value !== 'string' || !node.value.includes('${')) return;
      written.set(node, node.value);
      node.value = node.value.replace(/\$\$\{|\$\{([^}]*)(\}|$)/g, (match, name: string | undefined, end) => {
        if (name === undefined) return '${';
        const wellFormed = end === '}' && /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
        // Of what an object inherits nothing is a variable.
        const value = wellFormed && Object.hasOwn(environment, name) ? environment[name] : undefined;
        if (value !== undefined) {
          filledIn.push({ name, value, key: pathOf(ancestors, role) });
          return value;
        }
        problems.push({
          ...at(node.range?.[0] ?? 0),
          key: pathOf(ancestors, role),
          expected: wellFormed ? `the environment variable ${name}` : VARIABLE,
          received: wellFormed ? (whyNot(name) ?? 'an environment without it') : 'something else after ${',
        });
        return match;
      });
    },
  });
  return problems;
}

const VARIABLE = `\${NAME} with the name of an environment variable ($\${ stands for a plain \${)`;

function pathOf(ancestors: readonly unknown[], role: number | string | null): string {
  const steps = ancestors.flatMap((ancestor, i) => {
    if (isPair(ancestor)) return isScalar(ancestor.key) ? String(ancestor.key.value) : [];
    if (!isSeq(ancestor)) return [];
    const child = ancestors[i + 1];
    return String(child === undefined ? role : ancestor.items.indexOf(child));
  });
  return steps.join('.');
}

/** Points of a zone are at seven; what reads deeper ones than these would overflow its stack. */
const MOST_LEVELS = 25;

function tooDeep(document: Document, at: (offset: number) => Position): Problem | undefined {
  let problem: Problem | undefined;
  visit(document, {
    Collection(_, node, ancestors) {
      if (ancestors.filter(isCollection).length < MOST_LEVELS) return undefined;
      const expected = `at most ${MOST_LEVELS} levels`;
      problem = { ...at(node.range?.[0] ?? 0), key: '', expected, received: 'more' };
      return visit.BREAK;
    },
  });
  return problem;
}

/** What parses, and yet cannot be read into values: names without an anchor, keys given twice, `__proto__`. */
function misnamed(document: Document, targets: Targets, at: (offset: number) => Position): Problem[] {
  const problems: Problem[] = [];
  visit(document, {
    Alias(role, node, ancestors) {
      if (document.errors.length > 0 || targets.has(node)) return;
      const place = at(node.range?.[0] ?? 0);
      problems.push({
        ...place,
        key: pathOf(ancestors, role),
        expected: SYNTAX.BAD_ALIAS![0],
        received: 'none',
      });
    },
    Scalar(role, node, ancestors) {
      if (role !== 'key' || node.value !== '__proto__') return;
      // In broken YAML a value, and with it a password, may have become a part of the path.
      const key = document.errors.length > 0 ? '' : pathOf(ancestors.slice(0, -1), role);
      problems.push({ ...at(node.range?.[0] ?? 0), key, expected: 'another key', received: node.value });
    },
    Map(_, node) {
      const keys = new Set<string>();
      for (const { key } of node.items) {
        if (!isScalar(key)) continue;
        const name = String(key.value);
        if (keys.has(name)) {
          const place = at(key.range?.[0] ?? 0);
          problems.push({ ...place, key: '', expected: 'each key once', received: `${name} again` });
        }
        keys.add(name);
      }
    },
  });
  return problems;
}

/** Longer ones are not searched for a hint, which would take the square of their length. */
const LONGEST_LINE = 1000;

/** Code of the parser -> what was expected, what came. */
const SYNTAX: Partial<Record<string, readonly [expected: string, received: string]>> = {
  TAB_AS_INDENT: ['spaces for indentation', 'a tab'],
  MULTIPLE_DOCS: ['one document in the file', 'a second one'],
  NON_STRING_KEY: ['plain text as a key', 'a list or mapping'],
  KEY_OVER_1024_CHARS: ['a key of at most 1024 characters', 'a longer one'],
  BAD_ALIAS: ['quotes around text that begins with *', 'none'],
  TAG_RESOLVE_FAILED: ['quotes around text that begins with !', 'none'],
};

/** The first error: what comes after it mostly follows from it. */
function syntaxProblems(document: Document, source: string, at: (offset: number) => Position): Problem[] {
  const errors = [...document.errors, ...document.warnings].slice(0, 1);
  return errors.map(({ code, message, pos }) => {
    const place = at(pos[0]);
    const line = source.split('\n')[place.line - 1] ?? '';
    const hint =
      line.length <= LONGEST_LINE && /[{,][^"'#]*:\s*\$\{/.test(line)
        ? ` (within { }, write "\${NAME}" in quotes)`
        : '';
    // The parser's own words up to the first colon; after it may come a piece of a password.
    const words = message.replace(/:(\s.*)?$/s, '').replace(/^[A-Z]/, (first) => first.toLowerCase());
    const [expected, received] = SYNTAX[code] ?? ['valid YAML', words];
    return { ...place, key: '', expected: `${expected}${hint}`, received };
  });
}
