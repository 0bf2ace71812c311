// Failures and answers of the detector in a row -> what is logged, and what `health` says.

import { expect, test } from 'vitest';
import { DetectorState } from '../../../agent/inference/detector-state.js';

function watched() {
  const told: string[] = [];
  const seen = { told, nowMs: 0, changes: 0 };
  const state = new DetectorState({
    log: {
      error: (fields: object, text: string) =>
        told.push(`${text} ${JSON.stringify({ ...fields, err: undefined })}`),
      info: (fields: object, text: string) => told.push(`${text} ${JSON.stringify(fields)}`),
    } as never,
    nowMs: () => seen.nowMs,
    onChange: () => seen.changes++,
  });
  return { state, seen };
}

test('a failure that goes on is told once, then every ten minutes; another one at once; and the end', () => {
  const { state, seen } = watched();
  for (let second = 0; second <= 900; second += 9) {
    seen.nowMs = 1000 * second;
    state.failed(new Error('std::bad_alloc'), second === 450 ? 'files' : 'memory', 8000);
  }
  expect(state.health).toEqual({
    state: 'failing',
    failures: 101,
    failure: 'memory',
    message: 'std::bad_alloc',
  });
  state.recovered();
  expect(state.health).toEqual({ state: 'working', failures: 101 });
  expect(seen.told).toEqual([
    'the detector has too little memory {"failure":"memory","failures":1,"retryInMs":8000}',
    'the detector cannot be opened: a file of the model is broken {"failure":"files","failures":51,"retryInMs":8000}',
    'the detector has too little memory {"failure":"memory","failures":52,"retryInMs":8000}',
    'the detector works again {"failures":101}',
  ]);
  expect(seen.changes).toBe(4);
});

test('one that fails and works by turns does not fill the log', () => {
  const { state, seen } = watched();
  for (let second = 0; second < 600; second++) {
    seen.nowMs = 1000 * second;
    state.failed(new Error('boom'), 'other', 200);
    state.recovered();
  }
  expect(seen.told).toEqual([
    'the detector failed {"failure":"other","failures":1,"retryInMs":200}',
    'the detector works again {"failures":1}',
  ]);
});
