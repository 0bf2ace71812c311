// What the schema objects to -> problems in words that a user of the file understands.

import { z } from 'zod';
import { isSecretKey, redactText } from '#common/redact.js';
import { closest } from './closest.js';
import type { KeyPath, SourceDocument } from './document.js';
import type { Problem } from './problem.js';
import { configFile } from './schema.js';
import { LONGEST_TEXT } from './values.js';

type Issue = z.core.$ZodIssue;

export function problemsOf(issues: readonly Issue[], document: SourceDocument): Problem[] {
  return issues.flatMap((issue) => problemsOfOne(issue, document));
}

function problemsOfOne(issue: Issue, document: SourceDocument): Problem[] {
  const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
  const key = path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(path);
    return issue.keys.map((unknown) => {
      const meant = closest(unknown, known);
      return {
        ...document.positionOfKey([...path, unknown]),
        key,
        expected: `one of the keys ${known.join(', ')}`,
        received: `${unknown}${meant === undefined ? '' : `, did you mean ${meant}?`}`,
      };
    });
  }
  if (issue.code === 'invalid_key') {
    const expected = issue.issues[0]?.message ?? 'another key';
    const parent = path.slice(0, -1).join('.');
    return [{ ...document.positionOfKey(path), key: parent, expected, received: String(path.at(-1)) }];
  }
  const received = show(valueAt(document.values, path), path, document);
  return [{ ...document.positionOf(path), key, expected: expectation(issue, path), received }];
}

const TYPES: Partial<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'keys and values',
  record: 'keys and values',
};

const SIZES: Partial<Record<string, string>> = { string: 'text', array: 'a list' };

function expectation(issue: Issue, path: KeyPath): string {
  const schema = schemaAt(path)?.plain;
  if (schema instanceof z.ZodTuple) return `a list of ${schema.def.items.length} numbers`;
  switch (issue.code) {
    case 'invalid_type':
      return TYPES[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return issue.values.length === 1 ? String(issue.values[0]) : `one of ${issue.values.join(', ')}`;
    case 'too_small':
      return issue.origin === 'string'
        ? 'text that is not empty'
        : issue.origin === 'array'
          ? issue.minimum === 1
            ? 'a list that is not empty'
            : `a list of at least ${issue.minimum}`
          : `a number ${issue.inclusive ? 'of at least' : 'above'} ${issue.minimum}`;
    case 'too_big':
      return `${SIZES[issue.origin] ?? 'a number'} of at most ${issue.maximum}`;
    default:
      return issue.message;
  }
}

function show(value: unknown, path: KeyPath, document: SourceDocument): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'an empty value';
  if (Array.isArray(value)) return showList(value);
  // Another file, given by mistake, may be a secret from its first line to its last.
  if (path.length === 0) return 'text without keys';
  if (typeof value === 'object') return Object.keys(value).length === 0 ? 'none' : 'keys and values';
  if (isSecret(path)) return typeof value === 'string' ? 'other text' : 'a value without quotes';
  const written = document.writtenAs(path);
  if (written !== undefined) return `what ${written} stands for`;
  if (value === '') return 'empty text';
  if (typeof value === 'string' && value.length > LONGEST_TEXT) return `text of ${value.length}`;
  const shown = redactText(String(value));
  return typeof value === 'string' ? shown : `${shown}${wantsText(path) ? ' without quotes' : ''}`;
}

/** Numbers hold no secret. */
function showList(list: readonly unknown[]): string {
  if (list.length === 0) return 'an empty list';
  return list.flat().every((value) => typeof value === 'number') ? JSON.stringify(list) : 'a list';
}

function valueAt(value: unknown, path: KeyPath): unknown {
  let at = value;
  for (const step of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined;
    at = (at as Record<string | number, unknown>)[step];
  }
  return at;
}

/** The schema marks secrets; where one slipped to a place that the schema does not know, its name tells. */
function isSecret(path: KeyPath): boolean {
  const schema = schemaAt(path);
  if (isSecretKey(String(path.at(-1)))) return true;
  return schema !== undefined && z.globalRegistry.get(schema.marked)?.writeOnly === true;
}

function wantsText(path: KeyPath): boolean {
  const schema = schemaAt(path)?.plain;
  return schema instanceof z.ZodString || schema instanceof z.ZodEnum;
}

function keysAt(path: KeyPath): string[] {
  const schema = schemaAt(path)?.plain;
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

/** The schema of a key: with its marks, and without its wrappers (optional, default). */
function schemaAt(path: KeyPath): { marked: z.ZodType; plain: z.ZodType } | undefined {
  let marked: z.ZodType = configFile;
  for (const step of path) {
    const plain = unwrapped(marked);
    if (plain instanceof z.ZodObject && Object.hasOwn(plain.shape, step))
      marked = plain.shape[step] as z.ZodType;
    else if (plain instanceof z.ZodRecord) marked = plain.valueType as z.ZodType;
    else if (plain instanceof z.ZodArray) marked = plain.element as z.ZodType;
    else return undefined;
  }
  return { marked, plain: unwrapped(marked) };
}

function unwrapped(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault
    ? unwrapped(schema.unwrap() as z.ZodType)
    : schema instanceof z.ZodPipe
      ? unwrapped(schema.out as z.ZodType)
      : schema;
}
