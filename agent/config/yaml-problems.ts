// A parsed YAML document -> what is wrong with it as YAML: syntax, depth, names and keys.

import { type Document, isCollection, isScalar, visit } from 'yaml';
import type { Targets } from './merge-keys.js';
import { type Place, pathOf } from './node-path.js';
import type { Problem } from './problem.js';

/** Points of a zone are at seven; what reads deeper ones than these would overflow its stack. */
const MOST_LEVELS = 25;

export function tooDeep(document: Document, at: Place): Problem | undefined {
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
export function misnamed(document: Document, targets: Targets, at: Place): Problem[] {
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
export function syntaxProblems(document: Document, source: string, at: Place): Problem[] {
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
