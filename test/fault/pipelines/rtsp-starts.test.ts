// Starts on a machine that is busy with other things -> the first frame is the scene each time.

import { type ChildProcess, spawn } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clipOf } from '../../support/access-units.js';
import { RtspCamera } from '../../support/rtsp-camera.js';
import { watchServed } from '../../support/watched-camera.js';

/** More by CSPCAM_STARTS, where there is time. */
const STARTS = Number(process.env.CSPCAM_STARTS ?? 4);

let busy: ChildProcess[];
beforeAll(() => {
  busy = [0, 1].map(() => spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }));
});
afterAll(() => {
  for (const child of busy) child.kill('SIGKILL');
});

test(`${STARTS} starts with two busy loops beside`, async () => {
  const clips = await Promise.all(
    (['H264', 'H265'] as const).map((codec) => clipOf({ codec, frames: 50, keyEvery: 25 })),
  );
  const wrong: string[] = [];
  for (let i = 0; i < STARTS; i++) {
    // From anywhere between two key frames, and one in four at one.
    const startAt = [0, 5, 12, 20][i % 4]!;
    const served = await RtspCamera.start({ clip: clips[i % 2]!, startAt, eager: i % 3 === 0 });
    const one = watchServed(served);
    await one.running.until('3 frames', () => one.frames() >= 3, 120_000);
    await one.close();
    await served.close();
    wrong.push(...one.wrong.map((what) => `start ${i}: ${what}`));
  }
  expect(wrong).toEqual([]);
}, 600_000);
