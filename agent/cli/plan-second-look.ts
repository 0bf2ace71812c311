// What a network does on a device, and the frames that it is for -> how many second looks there is time for, in words.

import type { Size } from '../../pipelines/frame.js';
import { type PlanRow, type Requirements, rate } from '../device/plan-row.js';
import { MOST_BUSY, MOST_LOOKS } from '../inference/second-look/spare-time.js';
import { gridOf, windowSize } from '../inference/second-look/windows.js';

/** What most cameras give. */
const PICTURE: Size = { width: 1920, height: 1080 };

/** @param fps frames that the detector can look at per second */
export function secondLooksPerSecond(fps: number, requirements: Requirements): number {
  const frames = rate(requirements);
  return Math.min(MOST_LOOKS * frames, Math.max(0, MOST_BUSY * fps - frames));
}

/** @param row the network that is chosen */
export function secondLookText(row: PlanRow, requirements: Requirements): string {
  const looks = secondLooksPerSecond(row.fps, requirements);
  if (looks === 0) return 'second looks (secondLook): none, the frames leave no time for them';
  const input = { width: row.size, height: row.size };
  const window = windowSize(PICTURE, input);
  const parts = window === undefined ? 1 : gridOf(PICTURE, window).length;
  const ofOneFrame = Math.max(1, Math.floor(looks / rate(requirements)));
  return (
    `second looks (secondLook: auto or true): up to ${looks.toFixed(1)} a second, ${ofOneFrame} of a frame, ` +
    `${row.latencyMs.toFixed(1)} ms each; ` +
    `one shows ${row.size} x ${row.size} pixels at their own size, one of ${parts} such parts of a picture of 1080p`
  );
}
