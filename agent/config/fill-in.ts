// A parsed YAML document and the environment -> the same with each `${NAME}` filled in, and what has no value.

import { type Document, type Node, visit } from 'yaml';
import { type Place, pathOf } from './node-path.js';
import type { Problem } from './problem.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A `${NAME}` that was filled in. */
export interface FilledIn {
  readonly name: string;
  readonly value: string;
  /** Dotted path of the key. */
  readonly key: string;
}

interface Filling {
  readonly environment: Environment;
  readonly whyNot: (name: string) => string | undefined;
  readonly written: Map<Node, string>;
  readonly filledIn: FilledIn[];
}

const VARIABLE = `\${NAME} with the name of an environment variable ($\${ stands for a plain \${)`;

/** Replaces `${NAME}` in text values; `$${` stands for `${`. @returns what has no value */
export function fillIn(
  document: Document,
  { environment, whyNot, written, filledIn }: Filling,
  at: Place,
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
