// Plain values -> YAML as a person would write it: mappings on lines, points and lists within brackets.

export type Value = number | string | readonly Value[] | { readonly [key: string]: Value };

/** What YAML 1.1 or 1.2 would read as something else than text. */
const OTHER_THAN_TEXT = /^(null|true|false|yes|no|on|off|y|n)$/i;

export function keyText(key: string): string {
  return /^[a-z_][a-z0-9_-]*$/i.test(key) && !OTHER_THAN_TEXT.test(key) ? key : JSON.stringify(key);
}

/** On one line, within brackets. */
export function flowText(value: Value): string {
  if (typeof value === 'string') return keyText(value);
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value)) return `[${value.map((one: Value) => flowText(one)).join(', ')}]`;
  const entries = Object.entries(value).map(([key, inner]) => `${keyText(key)}: ${flowText(inner as Value)}`);
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}

/** A key and its value, on lines of their own. */
export function blockLines(key: string, value: Value, indent: number): string[] {
  const lead = `${' '.repeat(indent)}${keyText(key)}:`;
  const isMapping = typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length > 0;
  if (!isMapping) return [`${lead} ${flowText(value)}`];
  return [
    lead,
    ...Object.entries(value).flatMap(([inner, of]) => blockLines(inner, of as Value, indent + 2)),
  ];
}
