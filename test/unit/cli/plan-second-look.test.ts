// What a network does and the frames that are wanted of it -> the second looks there is time for.

import { expect, test } from 'vitest';
import { secondLooksPerSecond, secondLookText } from '../../../agent/cli/plan-second-look.js';
import type { PlanRow } from '../../../agent/device/plan-row.js';

const row = (fps: number): PlanRow => ({
  ...{ model: 'net', size: 416, precision: 'int8', fps, latencyMs: 1000 / fps },
  ...{
    bandwidthShare: 0,
    memoryMB: 30,
    ap50: 40,
    ap50Source: 'published',
    bound: 'compute',
    fpsOfBandwidth: 1000,
  },
});

test.each([
  ['four fifths of the time, less the frames', 50, { fps: 15, cameras: 2 }, 10],
  ['no more than four of a frame', 100, { fps: 5, cameras: 1 }, 20],
  ['none where the frames take it', 35, { fps: 15, cameras: 2 }, 0],
  ['none where they take more than there is', 10, { fps: 15, cameras: 1 }, 0],
])('%s', (_, fps, requirements, looks) => {
  expect(secondLooksPerSecond(fps, requirements)).toBeCloseTo(looks);
});

test('in words', () => {
  expect(secondLookText(row(50), { fps: 15, cameras: 2 })).toBe(
    'second looks (secondLook: auto or true): up to 10.0 a second, 1 of a frame, 20.0 ms each; ' +
      'one shows 416 x 416 pixels at their own size, one of 18 such parts of a picture of 1080p',
  );
  expect(secondLookText(row(50), { fps: 10, cameras: 1 })).toContain('up to 30.0 a second, 3 of a frame,');
  expect(secondLookText(row(20), { fps: 30, cameras: 1 })).toBe(
    'second looks (secondLook): none, the frames leave no time for them',
  );
});
