// Time stamps and GStreamer's count -> sequence numbers whose gaps are drops.

import { expect, test } from 'vitest';
import { DropCount } from '../../../pipelines/capture/child/drop-count.js';

/** As GStreamer prints the statistics of an identity. */
function identity() {
  let looks = 0;
  const state = {
    passed: 0,
    get looks() {
      return looks;
    },
    get stats(): string {
      looks += 1;
      return `application/x-identity-stats, num-bytes=(guint64)0, num-buffers=(guint64)${state.passed};`;
    },
  };
  return state;
}

test('an even stream is never looked at', () => {
  const counter = identity();
  const drops = new DropCount(counter);
  const sequences = Array.from({ length: 1000 }, (_, i) => drops.nextAt(i * 40, i * 40));
  expect(sequences).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  expect([drops.produced, counter.looks]).toEqual([1000, 0]);
});

test('frames that the queue dropped show as a gap', () => {
  const counter = identity();
  const drops = new DropCount(counter);
  drops.nextAt(0, 0);
  drops.nextAt(40, 40);
  // 50 frames went by, three of which may still be on their way.
  counter.passed = 53;
  expect(drops.nextAt(2040, 2040)).toBe(49);
  expect(drops.produced).toBe(50);
});

test('a slow pipeline is looked at each ten seconds, and its count stays within three of the truth', () => {
  const counter = identity();
  const drops = new DropCount(counter);
  let served = 0;
  for (let tick = 0; tick < 25 * 60; tick++) {
    counter.passed = tick + 1;
    // Two frames are served, then two dropped.
    if (tick % 4 >= 2) continue;
    drops.nextAt(tick * 40, tick * 40);
    served++;
  }
  expect(counter.looks).toBeLessThanOrEqual(6);
  const dropped = drops.produced - served;
  // Up to the last look, at most ten seconds ago.
  expect(dropped).toBeGreaterThan(750 - 130);
  expect(dropped).toBeLessThanOrEqual(750);
});

test('a stream that is uneven and drops nothing is looked at ever more rarely, until it does', () => {
  const counter = identity();
  const drops = new DropCount(counter);
  const hour = 3_600_000;
  // Each fourth frame comes late.
  for (let frame = 0; frame * 500 < hour; frame++) {
    counter.passed = frame + 1;
    drops.nextAt(frame * 500 + (frame % 4 === 3 ? 400 : 0), frame * 500);
  }
  expect(counter.looks).toBeLessThan(15);
  // Up to ten minutes later.
  counter.passed = drops.produced + 103;
  drops.nextAt(hour + 600_000, hour + 600_000);
  const { looks } = counter;
  for (let second = 601; second < 640; second++) {
    counter.passed = drops.produced + 13;
    drops.nextAt(hour + 1000 * second + 400 * (second % 2), hour + 1000 * second);
  }
  expect(counter.looks - looks).toBeGreaterThanOrEqual(3);
});

test.each([[undefined], [null], ['']])('without statistics (%j) nothing is invented', (stats) => {
  const drops = new DropCount(stats === undefined ? {} : { stats });
  drops.nextAt(0, 0);
  drops.nextAt(40, 40);
  expect(drops.nextAt(4000, 4000)).toBe(2);
});

test('time stamps that stand still, go back or lack', () => {
  const drops = new DropCount(identity());
  expect([40, 40, 0, undefined, 80].map((ptsMs, i) => drops.nextAt(ptsMs, i * 40))).toEqual([0, 1, 2, 3, 4]);
});
