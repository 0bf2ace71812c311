// This process, and a clock that is set while it runs -> when it began.

import { expect, test } from 'vitest';
import { ProcessTotals } from '../../../agent/telemetry/process-totals.js';

const DAY_MS = 86_400_000;
const STARTED_MS = performance.timeOrigin;

/** By a clock that is wrong by so much at each reading. */
function startsBy(wrongMs: readonly number[]): number[] {
  let byMs = 0;
  const totals = new ProcessTotals(() => STARTED_MS + performance.now() + byMs);
  return wrongMs.map((ms) => {
    byMs = ms;
    return totals.read().startedSeconds;
  });
}

test('a clock that is set moves the start with it; one that is corrected does not', () => {
  const [begun, corrected, set, setAndCorrected] = startsBy([0, 900, 5 * DAY_MS, 5 * DAY_MS - 900]);
  expect([begun, corrected]).toEqual([STARTED_MS / 1000, STARTED_MS / 1000]);
  expect(set).toBeCloseTo((STARTED_MS + 5 * DAY_MS) / 1000, 0);
  expect(setAndCorrected).toBe(set);
});
