// Text of an option -> a checked number.

import { InvalidArgumentError } from 'commander';

export function zeroToOne(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1))
    throw new InvalidArgumentError(`Expected 0 to 1, received ${text}.`);
  return value;
}

/** From 1. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError(`Expected a whole number of 1 or more, received ${text}.`);
  return value;
}

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value)))
    throw new InvalidArgumentError(`Expected a number above 0, received ${text}.`);
  return value;
}

export function percent(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 100))
    throw new InvalidArgumentError(`Expected 0 to 100, received ${text}.`);
  return value;
}
