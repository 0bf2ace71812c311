// Points, polygons and lines -> what OpenCV says of them, and what topology does.

import { expect, test } from 'vitest';
import {
  contains,
  crossings,
  distanceToLine,
  isSimple,
  type Point,
} from '../../../../agent/analytics/scene/polygons.js';
import { seededRandom } from '../../../../models/networks/random.js';
import { oracle } from '../../../support/oracle.js';
import { points } from './points.js';

// On a grid of 16, so that rays meet corners and points lie on edges.
const polygons: Record<string, Point[]> = {
  square: points('4,4 12,4 12,12 4,12'),
  triangle: points('0,16 8,0 16,16'),
  'an arrow head': points('2,2 14,8 2,14 6,8'),
  'a U': points('2,2 5,2 5,10 11,10 11,2 14,2 14,14 2,14'),
  'the other way round': points('2,14 14,14 14,2 11,2 11,10 5,10 5,2 2,2'),
  'a star': points('8,0 10,6 16,6 11,10 13,16 8,12 3,16 5,10 0,6 6,6'),
  stairs: points('0,0 4,0 4,4 8,4 8,8 12,8 12,12 0,12'),
  'with a corner on an edge': points('2,2 8,2 14,2 14,14 2,14'),
};
const grid = Array.from({ length: 33 * 33 }, (_, i): Point => [(i % 33) / 2, Math.floor(i / 33) / 2]);

test('inside, on an edge, outside and how far: as OpenCV says', () => {
  const job = { polygons: Object.values(polygons), points: grid };
  const distances = oracle<number[][]>(
    'opencv-polygons.json',
    [JSON.stringify(job)],
    'opencv-polygons.py',
    () => job,
  );
  for (const [i, [name, polygon]] of Object.entries(polygons).entries()) {
    const outline = [...polygon, polygon[0]!];
    for (const [j, point] of grid.entries()) {
      const signed = distances[i]![j]!;
      expect(contains(polygon, point), `${name} ${point}`).toBe(signed >= 0);
      expect(distanceToLine(outline, point), `${name} ${point}`).toBeCloseTo(Math.abs(signed), 3);
    }
  }
});

test.each([
  ['on an edge that no binary fraction hits', [0.1, 0.3], true],
  ['a corner', [0.7, 0.3], true],
  ['just outside', [0.4, 0.2999], false],
] as const)('relative coordinates: %s', (_, point, inside) => {
  expect(
    contains(
      [
        [0.1, 0.1 * 3],
        [0.7, 0.3],
        [0.7, 0.9],
      ],
      point,
    ),
  ).toBe(inside);
});

const shapes: [name: string, points: Point[], simple: boolean][] = [
  ...Object.entries(polygons).map(([name, points]): [string, Point[], boolean] => [name, points, true]),
  ['an hourglass', points('0,0 1,1 1,0 0,1'), false],
  ['a pentagram', points('5,0 8,9 0,3 10,3 2,9'), false],
  ['a corner on another edge', points('0,0 4,0 4,4 2,0 0,4'), false],
  ['a corner on another corner', points('0,0 2,2 4,0 4,4 2,2 0,4'), false],
  ['a spike that goes back over itself', points('0,0 4,0 2,0 2,4'), false],
  ['a spike at the last corner', points('2,0 2,4 0,0 4,0'), false],
  ['two edges along each other', points('0,0 4,0 4,4 3,0 1,0 0,4'), false],
  ['a point twice', points('0,0 0,0 1,0 1,1'), false],
  ['the first point again at the end', points('0,0 1,0 1,1 0,0'), false],
  ['all in a row', points('0,0 1,0 2,0'), false],
  ['there and back', points('0,0 1,0'), false],
  ['one place', points('1,1 1,1 1,1'), false],
];

test.each(shapes)('simple or not: %s', (_, points, simple) => {
  const turned = points.map((__, i) => [...points.slice(i), ...points.slice(0, i)]);
  for (const order of [...turned, ...turned.map((of) => of.toReversed())])
    expect(isSimple(order)).toBe(simple);
});

test('corners in the order of their direction are simple; two of a convex polygon swapped are not', () => {
  const next = seededRandom(1);
  for (let round = 0; round < 200; round++) {
    const count = 4 + Math.floor(next() * 8);
    const corner = (i: number, radius: number): Point => {
      const angle = ((i + 0.8 * next()) / count) * 2 * Math.PI;
      return [0.5 + radius * Math.cos(angle), 0.5 + radius * Math.sin(angle)];
    };
    const star = Array.from({ length: count }, (_, i) => corner(i, 0.1 + 0.4 * next()));
    expect(isSimple(star)).toBe(true);
    const convex = Array.from({ length: count }, (_, i) => corner(i, 0.5));
    expect(isSimple(convex)).toBe(true);
    const [a, b] = [convex[1]!, convex[2]!];
    expect(isSimple(convex.with(1, b).with(2, a))).toBe(false);
  }
});

// To the right of a line that points right is below it.
const right: Point[] = points('0.2,0.5 0.8,0.5');
const corner: Point[] = points('0.2,0.2 0.8,0.2 0.8,0.8');

test.each<[name: string, line: Point[], path: Point[], sum: number]>([
  ['down over a line to the right: in', right, points('0.5,0.4 0.5,0.6'), 1],
  ['up: out', right, points('0.5,0.6 0.5,0.4'), -1],
  ['the line turned round', right.toReversed(), points('0.5,0.4 0.5,0.6'), -1],
  ['beside its end', right, points('0.9,0.4 0.9,0.6'), 0],
  ['along it', right, points('0.1,0.5 0.9,0.5'), 0],
  ['up to it and back', right, points('0.5,0.4 0.5,0.5 0.5,0.4'), 0],
  ['with a stop on it', right, points('0.5,0.4 0.5,0.5 0.5,0.5 0.5,0.6'), 1],
  ['with a walk on it', right, points('0.3,0.4 0.4,0.5 0.6,0.5 0.6,0.6'), 1],
  ['on it, off its end and back below', right, points('0.6,0.4 0.7,0.5 0.9,0.5 0.7,0.6'), 1],
  ['trembling on it', right, points('0.5,0.49 0.5,0.51 0.5,0.49 0.5,0.51 0.5,0.49'), 0],
  ['through the corner of a line', corner, points('0.9,0.1 0.7,0.3'), 1],
  ['with a stop on the corner', corner, points('0.9,0.1 0.8,0.2 0.7,0.3'), 1],
  ['over both parts of it', corner, points('0.5,0.1 0.5,0.5 0.9,0.5'), 0],
  ['to the corner and back', corner, points('0.7,0.3 0.8,0.2 0.6,0.3'), 0],
])('crossings: %s', (_, line, path, sum) => {
  expect(sumOf(line, path)).toBe(sum);
});

test('into a ring is one crossing in more than out, by whatever way over grid points, edges and corners', () => {
  const next = seededRandom(2);
  const off = (): Point => [16 * next(), 16 * next()];
  for (const [name, polygon] of Object.entries(polygons)) {
    const ring = clockwise(polygon);
    for (let round = 0; round < 400; round++) {
      const steps = Array.from(
        { length: 6 },
        (): Point => [Math.floor(next() * 17), Math.floor(next() * 17)],
      );
      const path = [off(), ...steps, off()];
      const inside = (point: Point) => Number(contains(polygon, point));
      expect(sumOf([...ring, ring[0]!], path), `${name} ${JSON.stringify(path)}`).toBe(
        inside(path.at(-1)!) - inside(path[0]!),
      );
    }
  }
});

function sumOf(line: readonly Point[], path: readonly Point[]): number {
  return path.slice(1).reduce((sum, to, i) => sum + crossings(line, path[i]!, to), 0);
}

/** Inside is to the right, as y points down. */
function clockwise(polygon: readonly Point[]): readonly Point[] {
  const area = polygon.reduce((sum, [x, y], i) => {
    const [nextX, nextY] = polygon[(i + 1) % polygon.length]!;
    return sum + x * nextY - nextX * y;
  }, 0);
  return area > 0 ? polygon : polygon.toReversed();
}
