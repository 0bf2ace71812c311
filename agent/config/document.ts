// YAML text -> plain values, with the place of each key, and the environment filled in.

import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml';
import { inFileOrder, type Position, type Problem } from './problem.js';

export type KeyPath = readonly (string | number)[];
export type Environment = Readonly<Record<string, string | undefined>>;

export interface SourceDocument {
  readonly values: unknown;
  readonly problems: Problem[];
  /** Where the value of a key stands; of a missing key, where the mapping it belongs into stands. */
  positionOf(path: KeyPath): Position;
  /** Where the key itself stands. */
  positionOfKey(path: KeyPath): Position;
  /** The text as written, before the environment was filled in; undefined where nothing was. */
  writtenAs(path: KeyPath): string | undefined;
}

export function readDocument(source: string, environment: Environment): SourceDocument {
  const lineCounter = new LineCounter();
  // prettyErrors would quote the faulty line, which may hold a password.
  const document = parseDocument(source, { lineCounter, prettyErrors: false, stringKeys: true });
  const at = (offset: number): Position => {
    const { line, col } = lineCounter.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const written = new Map<Node, string>();
  const broken = [...syntaxProblems(document, source, at), ...misnamed(document, at)];
  const unset = broken.length > 0 ? [] : fillIn(document, environment, written, at);
  const find = (path: KeyPath) => findNode(document, path);
  const place = (node: Node | undefined) => at(node?.range?.[0] ?? 0);
  return {
    values: broken.length > 0 ? undefined : document.toJS(),
    problems: inFileOrder([...broken, ...unset]),
    positionOf: (path) => place(find(path).value ?? find(path).nearest),
    positionOfKey: (path) => place(find(path).key ?? find(path).nearest),
    writtenAs: (path) => {
      const { value } = find(path);
      return value === undefined ? undefined : written.get(value);
    },
  };
}

interface Found {
  key?: Node | undefined;
  value?: Node | undefined;
  /** The deepest key on the way that is in the file. */
  nearest: Node | undefined;
}

function findNode(document: Document, path: KeyPath): Found {
  let value = (document.contents ?? undefined) as Node | undefined;
  let nearest = value;
  let key: Node | undefined;
  for (const step of path) {
    if (isAlias(value)) value = value.resolve(document);
    key = undefined;
    if (isMap(value)) {
      const pair = value.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
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

/** Replaces `${NAME}` in text values; `$${` stands for `${`. */
function fillIn(
  document: Document,
  environment: Environment,
  written: Map<Node, string>,
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
        const value = wellFormed ? environment[name] : undefined;
        if (value !== undefined) return value;
        problems.push({
          ...at(node.range?.[0] ?? 0),
          key: pathOf(ancestors, role),
          expected: wellFormed ? `the environment variable ${name}` : VARIABLE,
          received: wellFormed ? 'an environment without it' : 'something else after ${',
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

/** What parses, and yet cannot be read into values: names without an anchor, and a key JavaScript keeps. */
function misnamed(document: Document, at: (offset: number) => Position): Problem[] {
  const problems: Problem[] = [];
  visit(document, {
    Alias(role, node, ancestors) {
      if (document.errors.length > 0 || node.resolve(document) !== undefined) return;
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
      const key = pathOf(ancestors.slice(0, -1), role);
      problems.push({ ...at(node.range?.[0] ?? 0), key, expected: 'another key', received: node.value });
    },
  });
  return problems;
}

/** Code of the parser -> what was expected, what came. */
const SYNTAX: Partial<Record<string, readonly [expected: string, received: string]>> = {
  TAB_AS_INDENT: ['spaces for indentation', 'a tab'],
  MULTIPLE_DOCS: ['one document in the file', 'a second one'],
  NON_STRING_KEY: ['plain text as a key', 'a list or mapping'],
  BAD_ALIAS: ['quotes around text that begins with *', 'none'],
  TAG_RESOLVE_FAILED: ['quotes around text that begins with !', 'none'],
};

/** Every key given twice, and the first of other errors: what comes after it mostly follows from it. */
function syntaxProblems(document: Document, source: string, at: (offset: number) => Position): Problem[] {
  const errors = [...document.errors, ...document.warnings];
  const twice = errors.filter(({ code }) => code === 'DUPLICATE_KEY');
  const other = errors.filter(({ code }) => code !== 'DUPLICATE_KEY').slice(0, 1);
  return [
    ...twice.map(({ pos }) => {
      const key = /^["']?([\w-]*)/.exec(source.slice(pos[0]))?.[1] ?? 'a key';
      return { ...at(pos[0]), key: '', expected: 'each key once', received: `${key} again` };
    }),
    ...other.map(({ code, message, pos }) => {
      const place = at(pos[0]);
      const line = source.split('\n')[place.line - 1] ?? '';
      const hint = /[{,][^"'#]*:\s*\$\{/.test(line) ? ` (within { }, write "\${NAME}" in quotes)` : '';
      // The parser's own words up to the first colon; after it may come a piece of a password.
      const words = message.replace(/:(\s.*)?$/s, '').replace(/^[A-Z]/, (first) => first.toLowerCase());
      const [expected, received] = SYNTAX[code] ?? ['valid YAML', words];
      return { ...place, key: '', expected: `${expected}${hint}`, received };
    }),
  ];
}
