// What a unit could do before, and looks at it after a change -> waiting, healthy, or why it failed.

import { expect, test } from 'vitest';
import {
  type Before,
  beforeOf,
  HealthWatch,
  type Look,
  type Verdict,
} from '../../../agent/update/healthy.js';

const limits = { healthyMs: 3000, startMs: 10_000, unwellMs: 5000 };
const before: Before = { unit: 'cspcam.service', running: 2, isInferring: true, isDetectorFailing: false };
const well: Look = {
  activeState: 'active',
  restarts: 0,
  pid: 7,
  words: '2 of 3 cameras running, door retrying: no frame for 10 s; 9.8 frames/s',
};
const starting: Look = { ...well, activeState: 'activating', words: 'opening the network' };
const words = (line: string): Look => ({ ...well, words: line });
const [one, none] = ['1 of 3 cameras running; 9.8 frames/s', '2 of 3 cameras running; 0 frames/s'].map(words);
const failing = words('2 of 3 cameras running; the detector fails; 1 frames/s');
const refusing = words('2 of 3 cameras running; 9.8 frames/s; configuration refused: expected a; b');
const times = (look: Look, count: number) => Array.from({ length: count }, () => look);

/** A look each second. @returns the first that is not waiting, and after how many seconds */
function outcome(looks: readonly Look[], of = before): [after: number, Verdict] | undefined {
  const watch = new HealthWatch(of, limits, 0);
  for (const [i, look] of looks.entries()) {
    const verdict = watch.look(look, 1000 * i);
    if (verdict.is !== 'waiting') return [i, verdict];
  }
  return undefined;
}
const healthy = (after: number) => [after, { is: 'healthy' }];
const failed = (after: number, why: string) => [after, { is: 'failed', why }];

test.each<[what: string, looks: Look[], expected: unknown]>([
  ['well at once', times(well, 9), healthy(3)],
  ['after a start', [...times(starting, 4), ...times(well, 9)], healthy(7)],
  ['a break begins it anew', [well, well, one!, ...times(well, 9)], healthy(6)],
  [
    'before it is started',
    [...times({ ...well, activeState: 'inactive', pid: 0 }, 2), ...times(well, 9)],
    healthy(5),
  ],
  ['never active', times(starting, 20), failed(11, 'not active 10 s after the change')],
  ['failed', [well, { ...well, activeState: 'failed' }], failed(1, 'it failed')],
  ['ended', [well, { ...well, activeState: 'inactive', pid: 0 }], failed(1, 'it does not run')],
  [
    'started again by itself',
    [well, { ...well, restarts: 1, pid: 8 }],
    failed(1, 'it ended by itself and was started again'),
  ],
  ['another process', [well, { ...well, pid: 8 }], failed(1, 'its process is another one')],
  ['a configuration refused', [well, refusing], failed(1, 'it refused the configuration: expected a; b')],
  ['a camera fewer', times(one!, 20), failed(6, '1 of the 2 cameras run that ran before, for 5 s')],
  ['no frames', times(none!, 20), failed(6, 'no frames are inferred, for 5 s')],
  ['no rate yet', times(words('2 of 3 cameras running'), 20), failed(6, 'no frames are inferred, for 5 s')],
  ['a detector that fails', times(failing, 20), failed(6, 'its detector fails, for 5 s')],
  ['neither one nor the other for long', times(well, 2), undefined],
])('%s', (_, looks, expected) => {
  expect(outcome(looks)).toEqual(expected);
});

test('no more is asked than it could before', () => {
  const poor = { ...before, running: 0, isInferring: false, isDetectorFailing: true };
  expect(outcome(times(words('0 of 1 cameras running; the detector fails'), 9), poor)).toEqual(healthy(3));
});

test('what was refused before is waited for to be taken back', () => {
  const looks = [...times(refusing, 2), ...times(well, 9)];
  expect(outcome(looks, { ...before, isRefusing: true })).toEqual(healthy(5));
});

test.each<[look: Partial<Look>, expected: Before | undefined]>([
  [{}, before],
  [{ words: '0 of 1 cameras running; 0 frames/s' }, { ...before, running: 0, isInferring: false }],
  [{ words: failing.words }, { ...before, isDetectorFailing: true }],
  [{ activeState: 'activating' }, undefined],
  [{ activeState: 'inactive' }, undefined],
])('what %o could do', (look, expected) => {
  expect(beforeOf('cspcam.service', { ...well, ...look })).toEqual(expected);
});
