// 20,000 frames through the real path after a warm-up -> resident memory of both processes flat within 5%.

import { expect, test } from 'vitest';
import { median } from '../../../agent/bench/figures.js';
import { FramePool } from '../../../pipelines/frame-pool.js';
import { openSource } from '../../../pipelines/open.js';
import { residentBytes } from '../../support/processes.js';
import { children } from '../../support/reading.js';

// V8 lets the heap of the parent grow to its usual size over 10,000 frames, then keeps it.
const warmUp = 12_000;
const frames = warmUp + 20_000;

test('memory is flat over 20,000 frames', async () => {
  const before = await children();
  const pool = new FramePool();
  const uri = `test:ball?width=640&height=360&frames=${frames}`;
  const source = openSource(uri, { inputSize: { width: 416, height: 416 }, pool });
  const samples: { child: number; parent: number }[] = [];
  let seen = 0;
  let pid: number | undefined;
  for await (const frame of source.frames(new AbortController().signal)) {
    expect(frame.sequence).toBe(seen);
    pool.release(frame.pixels);
    seen += 1;
    pid ??= [...(await children())].find((child) => !before.has(child));
    if (seen >= warmUp && seen % 500 === 0) {
      samples.push({ child: await residentBytes(pid as number), parent: await residentBytes(process.pid) });
    }
  }
  expect(seen).toBe(frames);
  for (const process of ['child', 'parent'] as const) {
    const bytes = samples.map((sample) => sample[process]);
    const third = Math.floor(bytes.length / 3);
    // Garbage comes and goes: the middle of the first third against that of the last.
    const [first, last] = [median(bytes.slice(0, third)), median(bytes.slice(-third))];
    console.log(`${process}: ${(first / 1e6).toFixed(1)} MB, then ${(last / 1e6).toFixed(1)} MB`);
    expect(last / first, process).toBeLessThan(1.05);
  }
});
