// Two figures of the same things -> how well one orders them as the other does.

/** Spearman's, -1 to 1; equal values share the mean of their ranks. @param pairs two or more, not all alike */
export function rankCorrelation(pairs: readonly (readonly [number, number])[]): number {
  const a = ranks(pairs.map(([first]) => first));
  const b = ranks(pairs.map(([, second]) => second));
  const mean = (pairs.length - 1) / 2;
  const sum = (of: (i: number) => number) => pairs.reduce((total, _, i) => total + of(i), 0);
  const covariance = sum((i) => (a[i]! - mean) * (b[i]! - mean));
  return covariance / Math.sqrt(sum((i) => (a[i]! - mean) ** 2) * sum((i) => (b[i]! - mean) ** 2));
}

/** From 0. */
function ranks(values: readonly number[]): number[] {
  const sorted = values.toSorted((a, b) => a - b);
  return values.map((value) => (sorted.indexOf(value) + sorted.lastIndexOf(value)) / 2);
}
