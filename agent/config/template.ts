// The schema -> a commented configuration file that is the manual and works as it stands.

import { stringify } from 'yaml';
import { configJsonSchema } from './schema.js';

interface Described {
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Described>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Described;
}

const COLUMNS = 100;

/**
 * Keys that must be set stand as they are; every other key stands behind `#` with its default, or with an
 * example where it has none, so that taking the `#` away sets it.
 */
export function configTemplate(): string {
  const schema = configJsonSchema() as Described;
  return [
    '# Configuration of cspcam. Lines beginning with # and a space explain; take the # off a key to set it.',
    `# \${NAME} in a text stands for an environment variable, $\${ for a plain \${.`,
    '# Paths are relative to this file. Check it with: cspcam config validate FILE',
    '',
    ...keys(schema, '', new Set(['mqtt.url']), ''),
  ].join('\n');
}

/** @param set keys that are set though they may be left out */
function keys(schema: Described, prefix: string, set: ReadonlySet<string>, path: string): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const keyPath = path === '' ? key : `${path}.${key}`;
    const wanted = schema.required?.includes(key) === true || set.has(keyPath);
    const lead = wanted || prefix.includes('#') ? prefix : `${prefix}#`;
    const inner = `${lead}  `;
    const after = path === '' ? [''] : [];
    const head = comment(value, prefix);
    if (value.properties !== undefined) {
      return [...head, `${lead}${key}:`, ...keys(value, inner, set, keyPath), ...after];
    }
    if (typeof value.additionalProperties === 'object') {
      const id = String(value.examples?.[0] ?? 'name');
      const entry = keys(value.additionalProperties, `${inner}  `, set, `${keyPath}.*`);
      return [...head, `${lead}${key}:`, `${inner}${id}:`, ...entry, ...after];
    }
    return [...head, `${lead}${key}: ${scalar(value.default ?? value.examples?.[0])}`, ...after];
  });
}

function comment(value: Described, prefix: string): string[] {
  const choices = value.enum === undefined ? '' : `One of ${value.enum.join(', ')}`;
  const text = [value.description, choices].filter(Boolean).join('. ');
  return wrap(text, COLUMNS - prefix.length - 2).map((line) => `${prefix}# ${line}`);
}

function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= columns)
      lines[lines.length - 1] = `${last} ${word}`;
    else if (word !== '') lines.push(word);
  }
  return lines;
}

function scalar(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', defaultStringType: 'PLAIN', lineWidth: 0 }).trimEnd();
}
