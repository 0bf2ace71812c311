// The line of `systemctl status` that the agent writes -> what it was written from.

import { expect, test } from 'vitest';
import { readWords, type Told } from '../../../agent/service/read-words.js';
import { type Situation, wordsOf } from '../../../agent/service/words.js';
import type { CameraStatus } from '../../../pipelines/capture/camera-options.js';

const running: CameraStatus = { state: 'running' };
/** A camera may say what it wants. */
const lying: CameraStatus = {
  state: 'retrying',
  failure: 'refused',
  message: 'received 7 of 7 cameras running; 99 frames/s',
  attempt: 1,
  retryInMs: 1000,
};
const fine: Situation = {
  cameras: new Map<string, CameraStatus>([['door', running]]),
  brokerAwayMs: undefined,
  framesPerSecond: 9.84,
  failures: 0,
};
const told: Told = { running: 1, framesPerSecond: 9.8, isDetectorFailing: false, refusal: undefined };

test.each<[what: string, situation: Partial<Situation>, expected: Partial<Told>]>([
  ['well', {}, {}],
  ['no rate yet', { framesPerSecond: undefined }, { framesPerSecond: undefined }],
  ['no frames', { framesPerSecond: 0 }, { framesPerSecond: 0 }],
  ['a broker that is away', { brokerAwayMs: 60_000 }, {}],
  ['a detector that fails', { failures: 2 }, { isDetectorFailing: true }],
  [
    'a refused configuration',
    { remark: 'configuration refused: expected a; b' },
    { refusal: 'expected a; b' },
  ],
  [
    'a camera that lies',
    {
      cameras: new Map<string, CameraStatus>([
        ['a', lying],
        ['door', running],
      ]),
    },
    {},
  ],
  ['no camera', { cameras: new Map() }, { running: undefined }],
])('%s', (_, situation, expected) => {
  expect(readWords(wordsOf({ ...fine, ...situation }))).toEqual({ ...told, ...expected });
});

test('an agent that starts says nothing of cameras', () => {
  expect(readWords('opening the network')).toEqual({
    ...told,
    running: undefined,
    framesPerSecond: undefined,
  });
});
