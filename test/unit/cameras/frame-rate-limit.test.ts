// maxFps -> which frames pass.

import { expect, test } from 'vitest';
import { FrameRateLimit } from '../../../agent/cameras/frame-rate-limit.js';

const cases: [name: string, fps: number, sourceFps: number, seconds: number, passed: number][] = [
  ['a third', 10, 30, 10, 100],
  ['two of three', 20, 30, 10, 200],
  ['all, where the source is slower', 50, 25, 10, 250],
  ['one in ten seconds', 0.1, 10, 60, 6],
];

test.each(cases)('%s', (_name, fps, sourceFps, seconds, passed) => {
  const times = Array.from({ length: sourceFps * seconds }, (_, i) => (1000 * i) / sourceFps);
  expect(passing(fps, times).length).toBe(passed);
});

test('after a silence frames do not come in a burst', () => {
  const late = Array.from({ length: 100 }, (_, i) => 60_000 + 10 * i);
  const times = passing(10, [0, ...late]);
  expect(times.filter((time) => time >= 60_000 && time < 61_000).length).toBeLessThanOrEqual(11);
});

function passing(fps: number, timesMs: readonly number[]): number[] {
  const limit = new FrameRateLimit(fps);
  return timesMs.filter((capturedMs) => limit.passes(capturedMs));
}
