// Values over time -> their slope and how far noise alone may bend it: Theil and Sen's median of slopes, with Sen's interval
// (Gilbert, Statistical Methods for Environmental Pollution Monitoring, 1987, 16.5.2).

export interface Trend {
  /** Value per unit of time. */
  readonly slope: number;
  /** The slope lies between them with 95%, where noise of neighbours is independent. */
  readonly low: number;
  readonly high: number;
}

export type Point = readonly [time: number, value: number];

const TWO_SIDED_95 = 1.96;

/**
 * Half of the values may be far off without moving it.
 *
 * @param points at least four, times all different
 */
export function trendOf(points: readonly Point[]): Trend {
  const n = points.length;
  const slopes = points
    .flatMap(([t, v], i) => points.slice(i + 1).map(([later, then]) => (then - v) / (later - t)))
    .toSorted((a, b) => a - b);
  // Variance of Kendall's S; equal values take some of it away.
  const tied = [...grouped(points, ([, value]) => value).values()].map((group) => group.length);
  const of = (m: number) => (m * (m - 1) * (2 * m + 5)) / 18;
  const spread = TWO_SIDED_95 * Math.sqrt(of(n) - tied.reduce((sum, m) => sum + of(m), 0));
  const at = (rank: number) => slopes[Math.min(slopes.length - 1, Math.max(0, Math.round(rank)))]!;
  return {
    slope: middle(slopes),
    low: at((slopes.length - spread) / 2 - 1),
    high: at((slopes.length + spread) / 2),
  };
}

/** Medians of stretches of time, each at its middle: what repeats in each stretch is gone. @param width of a stretch */
export function mediansOf(points: readonly Point[], width: number): Point[] {
  const start = points[0]?.[0] ?? 0;
  const stretches = grouped(points, ([time]) => Math.floor((time - start) / width));
  return [...stretches].map(([stretch, within]) => [
    start + (stretch + 0.5) * width,
    middle(within.map(([, value]) => value).toSorted((a, b) => a - b)),
  ]);
}

/** @param q 0 to 1 @param sorted rising, at least one */
export function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!;
}

function middle(sorted: readonly number[]): number {
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

function grouped(points: readonly Point[], by: (point: Point) => number): Map<number, Point[]> {
  const groups = new Map<number, Point[]>();
  for (const point of points) groups.set(by(point), [...(groups.get(by(point)) ?? []), point]);
  return groups;
}
