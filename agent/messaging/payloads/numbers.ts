// Numbers as they are measured -> as short as a reader needs them.

/** `digits` after the point; -0 becomes 0. */
export function round(value: number, digits: number): number {
  const factor = 10 ** digits;
  return Math.round(value * factor) / factor + 0;
}
