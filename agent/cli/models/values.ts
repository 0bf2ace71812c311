// Texts of options -> numbers, or commander's own error.

import { InvalidArgumentError } from 'commander';

export function inputSize(text: string): number {
  const size = Number(text);
  if (!Number.isInteger(size) || size < 32 || size > 4096 || size % 32 !== 0)
    throw new InvalidArgumentError(`expected a multiple of 32 from 32 to 4096, received ${text}`);
  return size;
}

/** An option's parser for integers. */
export function integer(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`expected an integer from ${least} to ${most}, received ${text}`);
    return value;
  };
}
