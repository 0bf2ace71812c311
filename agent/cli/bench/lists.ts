// Texts of options with several values, as `320,416` -> lists, or commander's own error.

import { notTaken } from '../numbers.js';

/** A parser of lists, from one of their items. */
export function listOf<T>(item: (text: string) => T): (text: string) => T[] {
  return (text) => {
    const parts = text.split(',').map((part) => part.trim());
    if (parts.includes('')) throw notTaken('values with commas between', text);
    return parts.map(item);
  };
}

export function oneOf<T extends string>(names: readonly T[]): (text: string) => T {
  return (text) => {
    const found = names.find((name) => name === text);
    if (found === undefined) throw notTaken(`one of ${names.join(', ')}`, text);
    return found;
  };
}
