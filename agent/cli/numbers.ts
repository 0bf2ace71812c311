// Text of an option -> a checked number, or commander's own error in the form of all others.

import { InvalidArgumentError } from 'commander';
import { PICTURE_SIZE } from '../../pipelines/picture-size.js';

type NumberParser = (text: string) => number;

export const zeroToOne = parser('0 to 1', (value) => value >= 0 && value <= 1);
export const percent = parser('0 to 100', (value) => value >= 0 && value <= 100);
export const positiveNumber = parser('a number above 0', (value) => value > 0 && Number.isFinite(value));
/** A timer of Node takes no more than 24 days. */
const WEEK_MINUTES = 10_080;
export const minutes = parser(
  `a number above 0, up to ${WEEK_MINUTES} (a week)`,
  (value) => value > 0 && value <= WEEK_MINUTES,
);
export const wholeNumber = parser('a whole number of 1 or more', (value) => isIntegerWithin(value, 1));
export const inputSize = parser(
  'a multiple of 32 from 32 to 4096',
  (value) => isIntegerWithin(value, 32, 4096) && value % 32 === 0,
);

/** `640` is as wide as high. */
export function widthAndHeight(text: string): { readonly width: number; readonly height: number } {
  const [width, height = width, more] = text.split('x');
  if (more !== undefined) throw notTaken('a size like 640 or 640x384', text);
  return { width: inputSize(width!), height: inputSize(height!) };
}

export function pictureSize(text: string): string {
  if (!PICTURE_SIZE.test(text)) throw notTaken('a size like 7680x4320', text);
  return text;
}

/** One number counts for all three. */
export function threeNumbers(text: string): [number, number, number] {
  const values = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  const [first, second = first, third = first] = values;
  if (![1, 3].includes(values.length) || !values.every(Number.isFinite))
    throw notTaken('one number, or three like 123.7,116.3,103.5', text);
  return [first!, second!, third!];
}

export function integer(least: number, most: number): NumberParser {
  return parser(`an integer from ${least} to ${most}`, (value) => isIntegerWithin(value, least, most));
}

/** Commander puts the name of the option in front. */
export function notTaken(what: string, text: string): InvalidArgumentError {
  return new InvalidArgumentError(`expected ${what}, received ${text === '' ? 'nothing' : text}`);
}

function parser(what: string, isTaken: (value: number) => boolean): NumberParser {
  return (text) => {
    // An empty text would count as 0.
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (!isTaken(value)) throw notTaken(what, text);
    return value;
  };
}

function isIntegerWithin(value: number, least: number, most = Number.MAX_SAFE_INTEGER): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}
