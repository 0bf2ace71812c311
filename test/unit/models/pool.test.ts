// Detectors that answer when told -> who gets which frame, and what comes of a broken one.

import { expect, test } from 'vitest';
import type { Detector, DetectorResult } from '../../../models/runtime/detector.js';
import { DetectorPool } from '../../../models/runtime/pool.js';

/** Fake: keeps what it was asked until it is told to answer. */
function fakeDetector() {
  const asked: { pixels: ArrayBuffer; resolve(result: DetectorResult): void; reject(error: Error): void }[] =
    [];
  const seen = { closed: 0 };
  const detector: Detector = {
    model: { name: 'fake' } as never,
    provider: 'test',
    network: { precision: 'fp32', reason: 'a test' },
    sessions: 1,
    detect: (pixels) =>
      new Promise((resolve, reject) => {
        asked.push({ pixels, resolve, reject });
      }),
    close: async () => {
      seen.closed++;
    },
  };
  const answer = () => {
    const { pixels, resolve } = asked.shift()!;
    resolve({ pixels, inputBoxes: [], inferenceMs: 1, decodeMs: 1 });
  };
  return { detector, asked, answer, seen };
}

const frame = (bytes: number) => new ArrayBuffer(bytes);

test('is one detector of several sessions', async () => {
  const [a, b, c] = [fakeDetector(), fakeDetector(), fakeDetector()];
  const pool = new DetectorPool([a, b, c].map(({ detector }) => detector));
  expect(pool).toMatchObject({ model: { name: 'fake' }, provider: 'test', sessions: 3 });
  await pool.close();
  expect([a, b, c].map(({ seen }) => seen.closed)).toEqual([1, 1, 1]);
});

test('gives each frame to the one with the fewest in hand, and each answer as it comes', async () => {
  const [a, b] = [fakeDetector(), fakeDetector()];
  const pool = new DetectorPool([a.detector, b.detector]);
  const answered: number[] = [];
  const ask = (bytes: number) =>
    pool.detect(frame(bytes)).then(({ pixels }) => answered.push(pixels.byteLength));
  const waiting = [1, 2, 3, 4].map(ask);
  const inHand = () => [a, b].map(({ asked }) => asked.map(({ pixels }) => pixels.byteLength));
  expect(inHand()).toEqual([
    [1, 3],
    [2, 4],
  ]);
  b.answer();
  await waiting[1];
  expect(answered).toEqual([2]);
  const fifth = ask(5);
  expect(inHand()).toEqual([
    [1, 3],
    [4, 5],
  ]);
  for (const one of [a, a, b, b]) one.answer();
  await Promise.all([...waiting, fifth]);
  expect(answered.toSorted()).toEqual([1, 2, 3, 4, 5]);
});

test('a frame that one fails on is not in its hand any more', async () => {
  const [a, b] = [fakeDetector(), fakeDetector()];
  const pool = new DetectorPool([a.detector, b.detector]);
  const [first, second] = [pool.detect(frame(1)), pool.detect(frame(2))];
  a.asked.shift()!.reject(new Error('boom'));
  await expect(first).rejects.toThrow('boom');
  const third = pool.detect(frame(3));
  expect(a.asked).toHaveLength(1);
  a.answer();
  b.answer();
  expect((await Promise.all([second, third])).map(({ pixels }) => pixels.byteLength)).toEqual([2, 3]);
});
