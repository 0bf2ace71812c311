// What the agent is at -> the line of `systemctl status`.

import { expect, test } from 'vitest';
import { type Situation, steadyRate, wordsOf } from '../../../agent/service/words.js';
import type { CameraStatus } from '../../../pipelines/capture/camera-options.js';

const running = { state: 'running' } as const;
const stopped = { state: 'stopped' } as const;
const retrying = (message: string): CameraStatus => ({
  state: 'retrying',
  failure: 'stalled',
  message,
  attempt: 3,
  retryInMs: 4000,
});

const fine: Situation = {
  cameras: new Map([['door', running]]),
  brokerAwayMs: undefined,
  framesPerSecond: 9.84,
  failures: 0,
};

const all = (...cameras: (readonly [string, CameraStatus])[]) => ({ cameras: new Map(cameras) });

test.each<[words: string, situation: Partial<Situation>]>([
  ['1 of 1 cameras running; 9.8 frames/s', {}],
  ['1 of 1 cameras running', { framesPerSecond: undefined }],
  ['1 of 1 cameras running; 0 frames/s', { framesPerSecond: 0 }],
  ['1 of 1 cameras running; 25 frames/s', { framesPerSecond: 25.2 }],
  ['no camera; 9.8 frames/s', all()],
  ['every camera switched off; 9.8 frames/s', all(['door', stopped])],
  ['1 of 1 cameras running; 9.8 frames/s', all(['door', running], ['shed', stopped])],
  [
    '1 of 2 cameras running, door retrying: no frame for 10 s; 9.8 frames/s',
    all(['door', retrying('no frame for 10 s')], ['shed', running]),
  ],
  [
    '0 of 5 cameras running, a starting, b waiting for a key frame, c ended, 2 more not running; 9.8 frames/s',
    all(
      ['a', { state: 'starting' }],
      ['b', { state: 'waiting-for-key-frame' }],
      ['c', { state: 'ended' }],
      ['d', { state: 'ended' }],
      ['e', retrying('no')],
    ),
  ],
  [
    `0 of 1 cameras running, door retrying: ${'x'.repeat(119)}…; 9.8 frames/s`,
    all(['door', retrying('x'.repeat(500))]),
  ],
  ['1 of 1 cameras running; broker away; 9.8 frames/s', { brokerAwayMs: 19_999 }],
  ['1 of 1 cameras running; broker away for 20 s; 9.8 frames/s', { brokerAwayMs: 20_000 }],
  ['1 of 1 cameras running; broker away for 5 min; 9.8 frames/s', { brokerAwayMs: 1_700_000 }],
  ['1 of 1 cameras running; broker away for 6 h; 9.8 frames/s', { brokerAwayMs: 80_000_000 }],
  ['1 of 1 cameras running; broker away for 24 h; 9.8 frames/s', { brokerAwayMs: 1e9 }],
  // One frame that fails now and then is no news.
  ['1 of 1 cameras running; 9.8 frames/s', { failures: 1 }],
  ['1 of 1 cameras running; the detector fails; 9.8 frames/s', { failures: 2 }],
  ['1 of 1 cameras running; 9.8 frames/s; refused', { remark: 'refused' }],
])('%s', (words, situation) => {
  expect(wordsOf({ ...fine, ...situation })).toBe(words);
});

test.each<[told: number | undefined, now: number, shown: number]>([
  [undefined, 9.8, 9.8],
  [9.8, 10.9, 9.8],
  [9.8, 11.4, 11.4],
  [9.8, 8.2, 8.2],
  [0.5, 0.69, 0.5],
  [0.1, 0, 0],
  [0, 0.1, 0.1],
])('after a rate of %s one of %s is told as %s', (told, now, shown) => {
  expect(steadyRate(told, now)).toBe(shown);
});
