// Work of the detector over time -> whether there is some left.

import { expect, test } from 'vitest';
import { SpareTime } from '../../../../agent/inference/second-look/spare-time.js';

/** Frames of a camera for ten seconds, and a second look at each where there is time. @returns looks in the last five */
function looksIn({
  fps,
  frameMs,
  cameras = 1,
  sessions = 1,
}: Record<string, number> & { fps: number; frameMs: number }) {
  let nowMs = 0;
  const spare = new SpareTime({ nowMs: () => nowMs, sessions: () => sessions });
  let looks = 0;
  for (; nowMs < 10_000; nowMs += 1000 / fps)
    for (let camera = 0; camera < cameras; camera++) {
      spare.workedOnFrame(frameMs);
      if (!spare.isEnough) continue;
      spare.workedOnLook(frameMs);
      if (nowMs >= 5000) looks++;
    }
  return looks / 5;
}

test.each([
  ['little to do: each frame gets one', { fps: 10, frameMs: 10 }, [10, 10]],
  ['half busy: what is left up to four fifths', { fps: 10, frameMs: 50 }, [4, 7]],
  ['four fifths busy: none', { fps: 10, frameMs: 80 }, [0, 0]],
  ['too slow for its frames: none', { fps: 10, frameMs: 200 }, [0, 0]],
  ['four cameras share it', { fps: 10, frameMs: 10, cameras: 4 }, [30, 40]],
  ['four that fill it', { fps: 10, frameMs: 22, cameras: 4 }, [0, 0]],
  ['a second session has as much', { fps: 10, frameMs: 80, sessions: 2 }, [8, 10]],
] as const)('%s', (_, load, [least, most]) => {
  const looks = looksIn({ ...load });
  expect(looks).toBeGreaterThanOrEqual(least);
  expect(looks).toBeLessThanOrEqual(most);
});

test('nothing is known of the first two seconds', () => {
  let nowMs = 0;
  const spare = new SpareTime({ nowMs: () => nowMs, sessions: () => 1 });
  nowMs = 1900;
  expect(spare.isEnough).toBe(false);
  nowMs = 2100;
  expect(spare.isEnough).toBe(true);
});

/** As many looks at each frame as there is time for. @returns those at each of the last frames */
function looksAtFrame({ fps, frameMs, cameras = 1, sessions = 1 }: Parameters<typeof looksIn>[0]): number[] {
  let nowMs = 0;
  const spare = new SpareTime({ nowMs: () => nowMs, sessions: () => sessions });
  const counts: number[] = [];
  for (; nowMs < 10_000; nowMs += 1000 / fps)
    for (let camera = 0; camera < cameras; camera++) {
      spare.workedOnFrame(frameMs);
      const { looks } = spare;
      for (let look = 0; look < looks; look++) spare.workedOnLook(frameMs);
      if (nowMs >= 9000) counts.push(looks);
    }
  return counts;
}

test.each([
  ["four fifths of a frame's time, less the frame: three", { fps: 10, frameMs: 18 }, [3]],
  ['no more than four, however much there is', { fps: 2, frameMs: 10 }, [4]],
  ['what is less than one is one now and then', { fps: 10, frameMs: 50 }, [0, 1]],
  ['none', { fps: 10, frameMs: 80 }, [0]],
  ['three cameras share it', { fps: 10, frameMs: 12, cameras: 3 }, [1]],
  ['a second session has as much', { fps: 10, frameMs: 50, sessions: 2 }, [2]],
])('looks at a frame: %s', (_, load, counts) => {
  expect([...new Set(looksAtFrame(load))].sort()).toEqual(counts);
});
