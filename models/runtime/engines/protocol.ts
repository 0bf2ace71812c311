// Messages between the agent and an engine <-> lines of text. Pure; what they mean is in README.md.

import { expected } from '#common/errors.js';

/** Whoever speaks another one is not spoken with. */
export const PROTOCOL = 1;

/** Of a line without its end: more is no message. */
export const LONGEST_LINE_BYTES = 8192;

export type Fields = Readonly<Record<string, string | number>>;

export interface Message {
  readonly kind: string;
  readonly fields: ReadonlyMap<string, string>;
}

const WORD = /^[a-z][a-z0-9-]*$/;

/** @returns a line with its end */
export function lineOf(kind: string, fields: Fields = {}): string {
  const words = Object.entries(fields).map(
    ([key, value]) => `${key}=${typeof value === 'number' ? value : escaped(value, '%')}`,
  );
  return `${[kind, ...words].join(' ')}\n`;
}

/** @throws CspcamError for a line that is no message */
export function messageOf(line: string): Message {
  const [kind, ...words] = line.split(' ');
  if (!WORD.test(kind!)) throw noMessage(line);
  const fields = new Map<string, string>();
  for (const word of words) {
    const at = word.indexOf('=');
    const key = word.slice(0, Math.max(0, at));
    if (!WORD.test(key) || fields.has(key)) throw noMessage(line);
    fields.set(key, unescaped(word.slice(at + 1), line));
  }
  return { kind: kind!, fields };
}

/** @throws CspcamError where it is missing */
export function textIn({ kind, fields }: Message, key: string): string {
  const value = fields.get(key);
  if (value === undefined) throw expected(`${key} in "${kind}"`, 'the engine', 'none');
  return value;
}

/** @throws CspcamError where it is missing, or no whole number of at least 0 */
export function countIn(message: Message, key: string): number {
  const text = textIn(message, key);
  if (!/^\d{1,15}$/.test(text)) throw expected('a whole number', `${key} in "${message.kind}"`, text);
  return Number(text);
}

export const TENSOR_TYPES = ['f32', 'u8', 'i32', 'i64'] as const;
export type TensorType = (typeof TENSOR_TYPES)[number];

const BYTES: Readonly<Record<TensorType, number>> = { f32: 4, u8: 1, i32: 4, i64: 8 };

export interface TensorShape {
  readonly name: string;
  readonly type: TensorType;
  readonly dims: readonly number[];
}

/** As `name:type:1x3x416x416`, one after the other with a comma between; a name is escaped as values are, `:` and `,` too. */
export function tensorsText(tensors: readonly TensorShape[]): string {
  return tensors.map(({ name, type, dims }) => `${escaped(name, '%:,')}:${type}:${dims.join('x')}`).join(',');
}

/** @throws CspcamError for what is no list of tensors */
export function tensorsIn(message: Message, key: string): TensorShape[] {
  const text = textIn(message, key);
  return text.split(',').map((one) => {
    const [name, type, dims, ...rest] = one.split(':');
    const sizes = dims?.split('x').map(Number) ?? [];
    const isTensor =
      sizes.length > 0 && TENSOR_TYPES.includes(type as TensorType) && rest.length === 0 && name !== '';
    if (!isTensor || !sizes.every((size) => Number.isSafeInteger(size) && size > 0))
      throw expected('NAME:TYPE:SIZExSIZE', `${key} in "${message.kind}"`, text);
    return { name: unescaped(name!, text), type: type as TensorType, dims: sizes };
  });
}

export function bytesOf({ type, dims }: Pick<TensorShape, 'type' | 'dims'>): number {
  return dims.reduce((product, size) => product * size, BYTES[type]);
}

/** Where the tensors of a slot begin in it: the input first, each aligned. */
export interface SlotLayout {
  readonly offsets: readonly number[];
  readonly bytes: number;
}

/** What CUDA aligns, and more than a cache line: nothing has to be copied for it. */
const ALIGNMENT = 256;
const PAGE = 4096;

/** Both sides reckon it alike. @param tensors input, then outputs in the order of `ready` */
export function slotLayout(tensors: readonly TensorShape[]): SlotLayout {
  const offsets: number[] = [];
  let end = 0;
  for (const tensor of tensors) {
    offsets.push(end);
    end = Math.ceil((end + bytesOf(tensor)) / ALIGNMENT) * ALIGNMENT;
  }
  return { offsets, bytes: Math.ceil(end / PAGE) * PAGE };
}

/** Visible ASCII stays as it is but for `others`; all else as in URLs, so that no value ends a word or a line. */
function escaped(text: string, others: string): string {
  const isPlain = (character: string) => character >= '!' && character <= '~' && !others.includes(character);
  return Array.from(new TextEncoder().encode(text), (byte) => {
    const character = String.fromCharCode(byte);
    return isPlain(character) ? character : `%${byte.toString(16).padStart(2, '0')}`;
  }).join('');
}

function unescaped(text: string, line: string): string {
  if (!/^(?:[!-$&-~]|%[0-9a-f]{2})*$/.test(text)) throw noMessage(line);
  if (!text.includes('%')) return text;
  const bytes = Buffer.from(
    text.replace(/%([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw noMessage(line);
  }
}

function noMessage(line: string) {
  const shown = line.length > 80 ? `${line.slice(0, 80)}…` : line;
  return expected('a message such as "ready key=value"', 'the engine', JSON.stringify(shown));
}
