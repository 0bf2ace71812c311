// maxFps -> which frames pass.

import { expect, test } from 'vitest';
import { atMost } from '../../../agent/cameras/cameras.js';
import type { Frame } from '../../../pipelines/frame.js';
import { FramePool } from '../../../pipelines/frame-pool.js';

const cases: [name: string, fps: number, sourceFps: number, seconds: number, passed: number][] = [
  ['a third', 10, 30, 10, 100],
  ['two of three', 20, 30, 10, 200],
  ['all, where the source is slower', 50, 25, 10, 250],
  ['one in ten seconds', 0.1, 10, 60, 6],
];

test.each(cases)('%s', async (_name, fps, sourceFps, seconds, passed) => {
  const frames = Array.from({ length: sourceFps * seconds }, (_, i) => (1000 * i) / sourceFps);
  const times = await passing(fps, frames);
  expect(times.length).toBe(passed);
});

test('after a silence frames do not come in a burst', async () => {
  const late = Array.from({ length: 100 }, (_, i) => 60_000 + 10 * i);
  const times = await passing(10, [0, ...late]);
  expect(times.filter((time) => time >= 60_000 && time < 61_000).length).toBeLessThanOrEqual(11);
});

async function passing(fps: number, timesMs: number[]): Promise<number[]> {
  async function* frames() {
    for (const capturedMonotonicMs of timesMs)
      yield { capturedMonotonicMs, pixels: new ArrayBuffer(4) } as Frame;
  }
  const passed: number[] = [];
  for await (const { capturedMonotonicMs } of atMost(fps, frames(), new FramePool()))
    passed.push(capturedMonotonicMs);
  return passed;
}
