// Boxes at their capture times -> expected boxes: pace, gaps, and the textbook's filter as oracle.

import { expect, test } from 'vitest';
import { Motion } from '../../../../agent/analytics/tracking/kalman-filter.js';
import type { Box } from '../../../../models/detection.js';

const size = 100;
const at = (x: number, y = 0, width = size, height = size): Box => [
  x - width / 2,
  y - height / 2,
  x + width / 2,
  y + height / 2,
];
const centre = ([x1, , x2]: Box) => (x1 + x2) / 2;

/** 120 pixels per second, seen at these seconds. */
function walk(seconds: readonly number[]): Motion {
  const motion = new Motion(at(120 * seconds[0]!));
  seconds.slice(1).forEach((second, index) => {
    motion.predict(second - seconds[index]!, true);
    motion.correct(at(120 * second));
  });
  return motion;
}

test.each([
  ['even', Array.from({ length: 31 }, (_, index) => index / 15)],
  ['uneven', Array.from({ length: 31 }, (_, index) => index / 15 + (index % 3 === 1 ? 0.04 : 0))],
  ['with a gap', [0, 0.1, 0.2, 0.3, 0.4, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2]],
  ['few', [0, 0.5, 1, 1.5, 2]],
])('speed is learnt in pixels per second: %s frames', (_, seconds) => {
  const motion = walk(seconds);
  motion.predict(1, true);
  expect(centre(motion.box)).toBeGreaterThan(352);
  expect(centre(motion.box)).toBeLessThan(368);
});

test('two short predictions are one long one', () => {
  const [once, twice] = [walk([0, 0.1, 0.2]), walk([0, 0.1, 0.2])];
  once.predict(0.9, true);
  twice.predict(0.2, true);
  twice.predict(0.7, true);
  expect(twice.box).toEqual(once.box.map((edge) => expect.closeTo(edge, 6)));
  expect(twice.spread).toBeCloseTo(once.spread, 9);
});

test('no time, no movement', () => {
  const motion = walk([0, 0.1, 0.2]);
  const { box, spread } = motion;
  motion.predict(0, true);
  expect(motion.box).toEqual(box);
  expect(motion.spread).toBe(spread);
});

test('a hidden object keeps its way and its size', () => {
  const motion = new Motion(at(0));
  for (let frame = 1; frame <= 10; frame++) {
    motion.predict(0.1, true);
    motion.correct(at(12 * frame, 0, size + 4 * frame, size));
  }
  const before = motion.box;
  motion.predict(1, false);
  const after = motion.box;
  expect(centre(after) - centre(before)).toBeGreaterThan(110);
  expect(after[2] - after[0]).toBeCloseTo(before[2] - before[0], 9);
});

test('uncertainty grows while nothing is seen, and a sight of it takes it away', () => {
  const motion = walk([0, 0.1, 0.2]);
  const seen = motion.spread;
  motion.predict(1, false);
  const hidden = motion.spread;
  motion.correct(at(144));
  expect(hidden).toBeGreaterThan(3 * seen);
  expect(motion.spread).toBeLessThan(hidden / 3);
});

test('each coordinate is what the matrix form of the filter gives', () => {
  const steps = [
    [0.07, 9],
    [0.2, 30],
    [0.03, 33],
    [0.5, 97],
  ] as const;
  const motion = new Motion(at(0));
  let [x, v] = [0, 0];
  let p = [
    [25, 0],
    [0, 150 ** 2],
  ];
  for (const [seconds, measured] of steps) {
    const f = [
      [1, seconds],
      [0, 1],
    ];
    const power = size ** 2;
    const q = [
      [(power * seconds ** 3) / 3, (power * seconds ** 2) / 2],
      [(power * seconds ** 2) / 2, power * seconds],
    ];
    [x, v] = [x + seconds * v, v];
    p = plus(times(times(f, p), transposed(f)), q);
    const s = p[0]![0]! + 25;
    const k = [p[0]![0]! / s, p[1]![0]! / s];
    [x, v] = [x + k[0]! * (measured - x), v + k[1]! * (measured - x)];
    p = times(
      [
        [1 - k[0]!, 0],
        [-k[1]!, 1],
      ],
      p,
    );
    motion.predict(seconds, true);
    motion.correct(at(measured));
  }
  expect(centre(motion.box)).toBeCloseTo(x, 6);
  expect(motion.spread).toBeCloseTo(Math.sqrt(p[0]![0]!), 6);
  motion.predict(1, true);
  expect(centre(motion.box)).toBeCloseTo(x + v, 6);
});

type Matrix = readonly (readonly number[])[];

function times(a: Matrix, b: Matrix): number[][] {
  return a.map((row) => b[0]!.map((_, j) => row.reduce((sum, value, k) => sum + value * b[k]![j]!, 0)));
}

function plus(a: Matrix, b: Matrix): number[][] {
  return a.map((row, i) => row.map((value, j) => value + b[i]![j]!));
}

function transposed(a: Matrix): number[][] {
  return a[0]!.map((_, j) => a.map((row) => row[j]!));
}
