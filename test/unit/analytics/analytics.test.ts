// Statuses of a camera over time -> when it counts as lost.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Analytics } from '../../../agent/analytics/analytics.js';
import type { FrameResult } from '../../../agent/inference/frame-path.js';
import type { CameraStatus } from '../../../pipelines/capture/camera-options.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const retrying: CameraStatus = {
  state: 'retrying',
  failure: 'crashed',
  message: '',
  attempt: 1,
  retryInMs: 500,
};
const running: CameraStatus = { state: 'running' };

const cases: [name: string, steps: (CameraStatus | number)[], lost: number][] = [
  ['a short restart', [running, retrying, 500, running, 60_000], 0],
  ['a long outage, told once', [running, retrying, 1000, retrying, 1000, retrying, 9000, running], 1],
  ['two outages', [running, retrying, 6000, running, retrying, 6000], 2],
  ['a wait for a key frame', [running, { state: 'waiting-for-key-frame' }, 6000, running], 1],
  ['a short one', [running, { state: 'waiting-for-key-frame' }, 1000, running, 60_000], 0],
  ['the end of a recording', [running, { state: 'ended' }], 1],
  ['the end of the agent, while away', [running, retrying, 100, { state: 'stopped' }, 60_000], 1],
  ['a camera that has never been there', [{ state: 'starting' }, retrying, 6000], 1],
];

const fake = () => ({
  ...{ start: vi.fn(), update: vi.fn(), lost: vi.fn(), setScores: vi.fn(), setSnapshots: vi.fn() },
});

test.each(cases)('%s', (_name, steps, lost) => {
  const camera = fake();
  const analytics = new Analytics(new Map([['door', camera]]), 5000);
  for (const step of steps) {
    if (typeof step === 'number') vi.advanceTimersByTime(step);
    else analytics.status('door', step);
  }
  expect(camera.lost).toHaveBeenCalledTimes(lost);
});

test.each(['stopped', 'ended'] as const)('what comes of a camera that has %s begins nothing', (state) => {
  const camera = fake();
  const analytics = new Analytics(new Map([['door', camera]]), 5000);
  const update = () => analytics.update({ frame: { source: 'door' } } as FrameResult);
  camera.update.mockReturnValue(['a track']);
  analytics.status('door', running);
  expect(update()).toEqual(['a track']);
  analytics.status('door', { state });
  expect(update()).toEqual([]);
  analytics.status('door', { state: 'starting' });
  expect(update()).toEqual([]);
  analytics.status('door', running);
  expect(update()).toEqual(['a track']);
  expect(camera.update).toHaveBeenCalledTimes(2);
});

test('what is answered once a camera was given up begins nothing until it is there again', () => {
  const camera = fake();
  camera.update.mockReturnValue(['a track']);
  const analytics = new Analytics(new Map([['door', camera]]), 5000);
  const update = () => analytics.update({ frame: { source: 'door' } } as FrameResult);
  for (const state of [running, retrying]) analytics.status('door', state);
  expect(update()).toEqual(['a track']);
  vi.advanceTimersByTime(5000);
  expect(update()).toEqual([]);
  analytics.status('door', retrying);
  expect(update()).toEqual([]);
  analytics.status('door', running);
  expect(update()).toEqual(['a track']);
});

test('objects of which nobody has looked for long are lost, once; a result is a new beginning', () => {
  const camera = fake();
  const analytics = new Analytics(new Map([['door', camera]]), 5000);
  const fail = (ms: number) => {
    for (let passed = 0; passed < ms; passed += 100) {
      analytics.failed('door');
      vi.advanceTimersByTime(100);
    }
  };
  const look = () => analytics.update({ frame: { source: 'door' } } as FrameResult);
  analytics.status('door', running);
  fail(4000);
  look();
  fail(4000);
  expect(camera.lost).not.toHaveBeenCalled();
  fail(60_000);
  expect(camera.lost).toHaveBeenCalledTimes(1);
  look();
  fail(6000);
  expect(camera.lost).toHaveBeenCalledTimes(2);
});

test('others in their place, and none: objects come to their end, of a camera that goes without pictures', () => {
  const [before, after] = [fake(), fake()];
  const analytics = new Analytics(new Map([['door', before]]), 5000);
  analytics.status('door', retrying);
  analytics.put('door', after);
  expect([before.lost.mock.calls.length, after.start.mock.calls.length]).toEqual([1, 1]);
  expect(before.setSnapshots).not.toHaveBeenCalled();
  vi.advanceTimersByTime(60_000);
  expect(before.lost, 'the wait for it is over').toHaveBeenCalledTimes(1);
  analytics.remove('door');
  expect(after.setSnapshots).toHaveBeenCalledWith(undefined);
  expect(after.setSnapshots.mock.invocationCallOrder[0]).toBeLessThan(
    after.lost.mock.invocationCallOrder[0]!,
  );
  analytics.status('door', { state: 'stopped' });
  expect(after.lost).toHaveBeenCalledTimes(1);
});
