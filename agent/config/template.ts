// The schema, and values where somebody has chosen them -> a commented configuration file that is the manual and works as it stands.

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

/** Values by their keys, mappings within mappings. */
interface Values {
  readonly [key: string]: unknown;
}

/**
 * Keys that must be set, or are given, stand as they are; every other key stands behind `#` with its default, or with an
 * example where it has none, so that taking the `#` away sets it.
 *
 * @param given values in place of examples; of several cameras the first one alone has all keys beside it
 */
export function configTemplate(given: Values = EXAMPLE): string {
  const schema = configJsonSchema() as Described;
  return [
    '# Configuration of cspcam. Lines beginning with # and a space explain; take the # off a key to set it.',
    `# \${NAME} in a text stands for an environment variable, $\${ for a plain \${.`,
    '# Paths are relative to this file. Check it with: cspcam config validate FILE',
    '',
    ...keys(schema, '', given),
  ].join('\n');
}

/** Kept in the file of `config init`, though it may be left out. */
const EXAMPLE = { mqtt: { url: 'mqtt://127.0.0.1:1883' } };

function keys(schema: Described, prefix: string, given: Values): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const own = given[key];
    const wanted = schema.required?.includes(key) === true || own !== undefined;
    const lead = wanted || prefix.includes('#') ? prefix : `${prefix}#`;
    const inner = `${lead}  `;
    const after = prefix === '' ? [''] : [];
    const head = comment(value, prefix);
    if (value.properties !== undefined)
      return [...head, `${lead}${key}:`, ...keys(value, inner, mapping(own)), ...after];
    if (typeof value.additionalProperties === 'object')
      return [...head, `${lead}${key}:`, ...entries(value, inner, mapping(own)), ...after];
    return [...head, `${lead}${key}: ${scalar(own ?? value.default ?? value.examples?.[0])}`, ...after];
  });
}

/** The first, or an example, with all its keys; of the others those that are given. */
function entries({ additionalProperties, examples }: Described, prefix: string, given: Values): string[] {
  const [[id, first] = [String(examples?.[0] ?? 'name'), {}], ...others] = Object.entries(given);
  const entry = keys(additionalProperties as Described, `${prefix}  `, mapping(first));
  const rest = others.flatMap(([key, value]) => [
    `${prefix}${scalar(key)}:`,
    ...Object.entries(mapping(value)).map(([inner, own]) => `${prefix}  ${inner}: ${scalar(own)}`),
  ]);
  return [`${prefix}${scalar(id)}:`, ...entry, ...rest];
}

function mapping(value: unknown): Values {
  return typeof value === 'object' && value !== null ? (value as Values) : {};
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
