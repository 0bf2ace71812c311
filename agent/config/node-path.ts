// Where a node of a parsed YAML document stands -> the dotted path of its key.

import { isPair, isScalar, isSeq } from 'yaml';
import type { Position } from './problem.js';

/** Of an offset in the text. */
export type Place = (offset: number) => Position;

export function pathOf(ancestors: readonly unknown[], role: number | string | null): string {
  const steps = ancestors.flatMap((ancestor, i) => {
    if (isPair(ancestor)) return isScalar(ancestor.key) ? String(ancestor.key.value) : [];
    if (!isSeq(ancestor)) return [];
    const child = ancestors[i + 1];
    return String(child === undefined ? role : ancestor.items.indexOf(child));
  });
  return steps.join('.');
}
