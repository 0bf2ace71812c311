// Text of an option -> a checked number, or commander's own error in the form of all others.

import { InvalidArgumentError } from 'commander';

type NumberParser = (text: string) => number;

export const zeroToOne = parser('0 to 1', (value) => value >= 0 && value <= 1);
export const percent = parser('0 to 100', (value) => value >= 0 && value <= 100);
export const positiveNumber = parser('a number above 0', (value) => value > 0 && Number.isFinite(value));
export const wholeNumber = parser('a whole number of 1 or more', (value) => isIntegerWithin(value, 1));
export const inputSize = parser(
  'a multiple of 32 from 32 to 4096',
  (value) => isIntegerWithin(value, 32, 4096) && value % 32 === 0,
);

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
