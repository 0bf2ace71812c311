// Points, polygons and lines of a picture -> inside or outside, which side, how far. Pure.

/** Right and down from the top left corner; 0..1 of the picture where the name says relative. */
export type Point = readonly [x: number, y: number];

/** Points this near an edge of a polygon lie on it: what 1e-9 of a picture is, no camera can tell. */
const TOLERANCE = 1e-9;

/** Whether a point lies within a polygon or on an edge of it. */
export function contains(polygon: readonly Point[], point: Point): boolean {
  const [x, y] = point;
  let inside = false;
  for (const [a, b] of edgesOf(polygon)) {
    if (distanceToSegment(point, a, b) <= TOLERANCE) return true;
    // A ray to the right; of an edge the upper end counts and the lower one does not, so that it meets a corner once.
    const meets = a[1] > y !== b[1] > y && x < a[0] + ((y - a[1]) / (b[1] - a[1])) * (b[0] - a[0]);
    if (meets) inside = !inside;
  }
  return inside;
}

/** Whether the edges of a polygon meet at its corners only, each point stands once, and it has an area. */
export function isSimple(polygon: readonly Point[]): boolean {
  const edges = edgesOf(polygon);
  return edges.every(([a, b], i) =>
    edges.slice(i + 1).every(([c, d], gap) => {
      if (equal(a, b) || equal(c, d)) return false;
      if (gap === 0 && equal(b, c)) return !foldsBack(a, b, d);
      if (equal(d, a) && i === 0 && gap === edges.length - 2) return !foldsBack(c, d, b);
      return !meet(a, b, c, d);
    }),
  );
}

/**
 * How often a step crosses a line of two or more points: to the right of the line's direction 1, to the left -1,
 * summed up. Both ends of the step are taken to lie a hair further right and a hair of a hair further down, so that
 * steps which meet on the line or pass through a corner of it are counted once.
 */
export function crossings(line: readonly Point[], from: Point, to: Point): number {
  const step: Point = [to[0] - from[0], to[1] - from[1]];
  const isRightOfStep = (corner: Point) => isAbove0(turn(from, to, corner), step[1], -step[0]);
  let sum = 0;
  for (const [a, b] of pairs(line)) {
    const isRight = (p: Point) => isAbove0(turn(a, b, p), a[1] - b[1], b[0] - a[0]);
    if (isRight(from) !== isRight(to) && isRightOfStep(a) !== isRightOfStep(b)) sum += isRight(to) ? 1 : -1;
  }
  return sum;
}

/** From a point to the nearest of a line of two or more points, in the unit of the coordinates. */
export function distanceToLine(line: readonly Point[], point: Point): number {
  return Math.min(...pairs(line).map(([a, b]) => distanceToSegment(point, a, b)));
}

export function distance([x1, y1]: Point, [x2, y2]: Point): number {
  return Math.hypot(x2 - x1, y2 - y1);
}

/** Twice the area of the triangle; above 0 where p is to the right of a -> b, as y points down. */
function turn(a: Point, b: Point, p: Point): number {
  return (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]);
}

/** The sign of the first number that is not 0. */
function isAbove0(...numbers: readonly number[]): boolean {
  return (numbers.find((number) => number !== 0) ?? 0) > 0;
}

function distanceToSegment(p: Point, a: Point, b: Point): number {
  const length = distance(a, b);
  if (length === 0) return distance(p, a);
  const along = ((p[0] - a[0]) * (b[0] - a[0]) + (p[1] - a[1]) * (b[1] - a[1])) / length ** 2;
  const part = Math.max(0, Math.min(1, along));
  return distance(p, [a[0] + part * (b[0] - a[0]), a[1] + part * (b[1] - a[1])]);
}

/** Whether two segments have a point in common. */
function meet(a: Point, b: Point, c: Point, d: Point): boolean {
  const sides = [turn(a, b, c), turn(a, b, d), turn(c, d, a), turn(c, d, b)].map(Math.sign);
  if (sides[0]! * sides[1]! < 0 && sides[2]! * sides[3]! < 0) return true;
  return (
    (sides[0] === 0 && isWithin(a, b, c)) ||
    (sides[1] === 0 && isWithin(a, b, d)) ||
    (sides[2] === 0 && isWithin(c, d, a)) ||
    (sides[3] === 0 && isWithin(c, d, b))
  );
}

/** Whether a point in line with a and b is between them. */
function isWithin(a: Point, b: Point, p: Point): boolean {
  return (p[0] - a[0]) * (p[0] - b[0]) <= 0 && (p[1] - a[1]) * (p[1] - b[1]) <= 0;
}

/** Whether b -> c goes back over a -> b. */
function foldsBack(a: Point, b: Point, c: Point): boolean {
  const dot = (b[0] - a[0]) * (c[0] - b[0]) + (b[1] - a[1]) * (c[1] - b[1]);
  return turn(a, b, c) === 0 && dot < 0;
}

function equal([x1, y1]: Point, [x2, y2]: Point): boolean {
  return x1 === x2 && y1 === y2;
}

function edgesOf(polygon: readonly Point[]): [Point, Point][] {
  return polygon.map((point, i) => [point, polygon[(i + 1) % polygon.length]!]);
}

function pairs(line: readonly Point[]): [Point, Point][] {
  return line.slice(1).map((point, i) => [line[i]!, point]);
}
