// What the agent has reached -> ready or not, given more time or not, stuck or not.

import { expect, test } from 'vitest';
import { isReady, mayTakeLonger, type Progress, whyStuck } from '../../../agent/service/readiness.js';
import type { CameraStatus } from '../../../pipelines/capture/camera-options.js';
import type { Failure } from '../../../pipelines/failure.js';

const failing = (failure: Failure): CameraStatus => {
  return { state: 'retrying', failure, message: 'no', attempt: 1, retryInMs: 1000 };
};

const justStarted: Progress = {
  startedMs: 100,
  openingMs: undefined,
  frames: 0,
  waitingMs: 0,
  failures: 0,
  failingMs: 0,
  cameras: new Map([['door', { state: 'running' }]]),
  isConnected: true,
};

const one = (status: CameraStatus) => ({ cameras: new Map([['door', status]]) });

test.each<[what: string, ready: boolean, progress: Partial<Progress>]>([
  ['a frame was inferred', true, { frames: 1 }],
  ['a frame was inferred, while parts are being started', false, { frames: 1, startedMs: undefined }],
  ['no frame yet', false, {}],
  ['broker not reached yet', false, { frames: 1, isConnected: false }],
  ['broker known to be away', true, { frames: 1, isConnected: false, startedMs: 5000 }],
  ['no camera', true, { cameras: new Map() }],
  ['camera switched off', true, one({ state: 'stopped' })],
  ['recording at its end', true, one({ state: 'ended' })],
  ['camera starting', false, one({ state: 'starting' })],
  ['camera waiting for a key frame', false, one({ state: 'waiting-for-key-frame' })],
  ['camera unreachable', true, one(failing('unreachable'))],
  ['camera unreachable, broker not reached yet', false, { ...one(failing('dns')), isConnected: false }],
  ['login refused', true, one(failing('unauthorized'))],
  ['capture crashes', false, one(failing('crashed'))],
  ['capture crashes for a minute', true, { ...one(failing('crashed')), startedMs: 60_000 }],
  ['frame at the detector, for a minute', false, { startedMs: 60_000, waitingMs: 60_000 }],
  ['detector fails, for a minute', false, { startedMs: 60_000, failures: 9 }],
  [
    'one camera unreachable, one starting',
    false,
    { cameras: new Map([['door', failing('refused')] as const, ['shed', { state: 'starting' }] as const]) },
  ],
])('%s: ready %s', (_, ready, progress) => {
  expect(isReady({ ...justStarted, ...progress })).toBe(ready);
});

test.each<[what: string, why: string | undefined, progress: Partial<Progress>]>([
  ['nothing under way', undefined, {}],
  ['no frame for an hour: a matter of the cameras', undefined, { frames: 9, startedMs: 3_600_000 }],
  ['a slow network', undefined, { waitingMs: 10_000 }],
  ['a frame that is lost', 'no frame has come to its end for 11 s', { waitingMs: 10_600 }],
  [
    'a network being opened, of which an engine is built',
    undefined,
    { openingMs: 3_600_000, waitingMs: 3_600_000, failingMs: 3_600_000 },
  ],
  ['one that is never open', 'the network is being opened for 3601 s', { openingMs: 3_601_000 }],
  ['a detector in its tries', undefined, { failingMs: 120_000 }],
  ['one that has had them', 'the detector fails for 121 s', { failingMs: 121_000 }],
])('%s: %s', (_, why, progress) => {
  expect(whyStuck({ ...justStarted, ...progress })).toBe(why);
});

test.each<[what: string, longer: boolean, progress: Partial<Progress>]>([
  ['opening the network', true, { startedMs: undefined, openingMs: 10 }],
  ['starting something else', false, { startedMs: undefined }],
  ['waiting for a first frame', true, { startedMs: 60_000 }],
  ['waiting for longer', false, { startedMs: 60_001 }],
])('%s: more time %s', (_, longer, progress) => {
  expect(mayTakeLonger({ ...justStarted, ...progress })).toBe(longer);
});
