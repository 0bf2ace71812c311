// Time stamps of buffers -> when pictures were captured, and their place in the recording.

import { expect, test } from 'vitest';
import { FrameTimes } from '../../../pipelines/capture/child/frame-times.js';

const playedMs = 1000;

test.each([
  ['captured a moment before it was read', 500, 1530, 1500, 500],
  ['ahead of the clock', 600, 1530, 1530, 600],
  ['ten seconds late', 500, 11_500, 1500, 500],
  ['later still: a wrong clock', 500, 11_501, 11_501, 500],
  ['without a time stamp', undefined, 1530, 1530, 530],
] as const)('live, %s', (_, ptsMs, nowMs, capturedMonotonicMs, mediaTimeMs) => {
  expect(new FrameTimes(true, playedMs).next(ptsMs, nowMs)).toEqual({ capturedMonotonicMs, mediaTimeMs });
});

test('a recording begins at its first time stamp, and was captured when it was read', () => {
  const times = new FrameTimes(false, playedMs);
  const read = [80, 120, 40, undefined].map((ptsMs, i) => times.next(ptsMs, 2000 + i));
  expect(read.map(({ mediaTimeMs }) => mediaTimeMs)).toEqual([0, 40, 0, 1003]);
  expect(read.map(({ capturedMonotonicMs }) => capturedMonotonicMs)).toEqual([2000, 2001, 2002, 2003]);
});
