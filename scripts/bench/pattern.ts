// Text of an option -> a regular expression, or commander's own error.

import { InvalidArgumentError } from 'commander';

export function pattern(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}
