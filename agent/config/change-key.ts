// YAML text, a key of its first level and a value -> the same text with that value; comments and all else stay as they are.

import { isDeepStrictEqual } from 'node:util';
import { isMap, isScalar, type Pair, parseDocument, type Scalar } from 'yaml';
import { expected } from '#common/errors.js';

/**
 * @param where the file, for the message
 * @throws CspcamError for a text in which that cannot be done without changing anything else
 */
export function withKey(text: string, key: string, value: string, where: string): string {
  const changed = changedText(text, key, value);
  const [before, after] = [text, changed ?? ''].map(valuesOf);
  const isRight =
    before !== undefined && after !== undefined && isDeepStrictEqual({ ...before, [key]: value }, after);
  if (isRight) return changed!;
  throw expected(
    `a file in which ${key} can be changed`,
    where,
    `another; set ${key}: ${JSON.stringify(value)} by hand`,
  );
}

function changedText(text: string, key: string, value: string): string | undefined {
  const { contents } = parseDocument(text);
  if (!isMap(contents)) return undefined;
  // JSON is YAML, and needs no other quotes.
  const scalar = JSON.stringify(value);
  const pairs = contents.items as Pair<Scalar, Scalar>[];
  const present = pairs.find((pair) => isScalar(pair.key) && pair.key.value === key);
  const [start, end] = present?.value?.range ?? [];
  if (start !== undefined && end !== undefined) return `${text.slice(0, start)}${scalar}${text.slice(end)}`;
  const first = pairs[0]?.key.range?.[0];
  if (present !== undefined || first === undefined) return undefined;
  if (contents.flow) return `${text.slice(0, first)}${key}: ${scalar}, ${text.slice(first)}`;
  // On a line of its own before the first key, whose comments stand above both then; the last may be a text of many lines.
  const lead = text.slice(text.lastIndexOf('\n', first - 1) + 1, first);
  return /^ *$/.test(lead)
    ? `${text.slice(0, first)}${key}: ${scalar}\n${lead}${text.slice(first)}`
    : undefined;
}

function valuesOf(text: string): Record<string, unknown> | undefined {
  const document = parseDocument(text, { merge: true });
  if (document.errors.length > 0) return undefined;
  const values: unknown = document.toJS();
  return typeof values === 'object' && values !== null ? (values as Record<string, unknown>) : undefined;
}
