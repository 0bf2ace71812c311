// Name and payload of a request, from anybody -> its checked parameters, or the error that refuses it. Pure.

import type { z } from 'zod';
import { expected } from '#common/errors.js';
import { plainText } from '#common/plain-text.js';
import { type RequestName, requestTable } from './table.js';

export type Transaction = string | number;

export interface ReadRequest {
  readonly name: RequestName;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Who asks, in its own words. */
  readonly by?: string;
}

const MAX_BYTES = 16 * 1024;
const MAX_TRANSACTION = 200;
const MAX_BY = 100;
const MAX_SHOWN = 60;

/**
 * Before any check of the rest, so that a refusal carries it too; nothing where there is none that is valid: a larger number
 * would come back as another one.
 */
export function transactionOf(message: Readonly<Record<string, unknown>>): Transaction | undefined {
  const { transaction } = message;
  const fits =
    (typeof transaction === 'number' && Math.abs(transaction) <= Number.MAX_SAFE_INTEGER) ||
    (typeof transaction === 'string' && transaction.length <= MAX_TRANSACTION);
  return fits ? transaction : undefined;
}

/** @throws ExpectationError for anything but a JSON object of plain values */
export function readObject(payload: Buffer): Record<string, unknown> {
  if (payload.byteLength > MAX_BYTES)
    throw expected(`at most ${MAX_BYTES} bytes`, 'the request', `${payload.byteLength} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch {
    throw expected('a JSON object in UTF-8', 'the request', 'something else');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw expected('a JSON object', 'the request', shown(value));
  const nested = Object.entries(value).find(([, inner]) => typeof inner === 'object' && inner !== null);
  if (nested !== undefined) throw expected('a plain value', shown(nested[0]), shown(nested[1]));
  return value as Record<string, unknown>;
}

/** @throws ExpectationError that names what is wrong, and the known requests or cameras where it is one of them */
export function checkRequest(
  name: string,
  message: Readonly<Record<string, unknown>>,
  cameras: readonly string[],
): ReadRequest {
  if (!isRequestName(name)) {
    const known = Object.keys(requestTable).join(', ');
    throw expected(`one of the requests ${known}`, 'the topic', shown(name));
  }
  const { transaction, by, ...rest } = message;
  if (transaction !== undefined && transactionOf(message) === undefined) {
    const what = `text of up to ${MAX_TRANSACTION} characters or a number up to ${Number.MAX_SAFE_INTEGER}`;
    throw expected(what, 'transaction', shown(transaction));
  }
  if (by !== undefined && (typeof by !== 'string' || by.length > MAX_BY))
    throw expected(`text of up to ${MAX_BY} characters`, 'by', shown(by));
  const checked = requestTable[name].parameters.safeParse(rest);
  if (!checked.success) throw unfit(name, checked.error.issues[0]!, rest);
  const parameters: Record<string, unknown> = checked.data;
  if (parameters.camera !== undefined && !cameras.includes(parameters.camera as string))
    throw expected(`one of the cameras ${cameras.join(', ')}`, 'camera', shown(parameters.camera));
  return { name, parameters, ...(by !== undefined && { by: plainText(by) }) };
}

export function isRequestName(name: string): name is RequestName {
  return Object.hasOwn(requestTable, name);
}

function unfit(name: RequestName, issue: z.core.$ZodIssue, message: Record<string, unknown>): Error {
  if (issue.code === 'unrecognized_keys') {
    const keys = [...Object.keys(requestTable[name].parameters.shape), 'transaction', 'by'].join(', ');
    return expected(`no key but ${keys}`, `the request ${name}`, shown(issue.keys[0]));
  }
  const key = String(issue.path[0]);
  return expected(issue.message, key, shown(Object.hasOwn(message, key) ? message[key] : undefined));
}

/** In one short line, whatever it is: a hostile value must not make a long response. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}...`;
}
