// Long runs with sensors that tell this or that -> whether the machine was held back, and why.

import { expect, test } from 'vitest';
import type { Sensors } from '../../../agent/bench/sensors.js';
import { heldBackBetween, throttlingOf } from '../../../agent/bench/throttling.js';

const silent: Sensors = {
  clockMHz: null,
  temperatureC: null,
  throttleEvents: null,
  heldBack: [],
  tells: false,
};

/** @param ms of a frame in each of eight bursts */
function bursts(ms: readonly number[], sensors: (i: number) => Partial<Sensors> = () => ({})) {
  return ms.map((one, i) => ({
    latenciesMs: Array.from({ length: 10 }, () => one),
    networkMs: [],
    durationMs: 10 * one,
    endedMs: 0,
    sensors: { ...silent, ...sensors(i) },
  }));
}

const steady = Array.from({ length: 8 }, () => 20);
const slowing = [20, 20, 20, 20, 25, 25, 25, 25];

test.each([
  ['a machine that tells nothing', bursts(slowing), { kept: 0.8, throttled: null, because: [] }],
  [
    'clocks that stay',
    bursts(slowing, () => ({ clockMHz: 3000, tells: true })),
    { kept: 0.8, throttled: false, because: [] },
  ],
  [
    'clocks that fall by one step',
    bursts(steady, (i) => ({ clockMHz: i < 4 ? 3000 : 2900, tells: true })),
    { kept: 1, throttled: false, because: [] },
  ],
  [
    'clocks that fall',
    bursts(slowing, (i) => ({ clockMHz: i < 4 ? 3000 : 2400, tells: true })),
    {
      kept: 0.8,
      throttled: true,
      because: ['cores at 2400 after 3000 MHz', "frame rate at 80% of the first quarter's"],
    },
  ],
  [
    'a counter that rises',
    bursts(steady, (i) => ({ throttleEvents: 5 + i, tells: true })),
    { kept: 1, throttled: true, because: ['the kernel counted 7 throttlings'] },
  ],
  [
    'a counter of before',
    bursts(steady, () => ({ throttleEvents: 5, tells: true })),
    { kept: 1, throttled: false, because: [] },
  ],
  [
    'a flag in the middle',
    bursts(steady, (i) => ({ heldBack: i === 3 ? ['firmware: throttled'] : [], tells: true })),
    { kept: 1, throttled: true, because: ['firmware: throttled'] },
  ],
])('%s', (_, run, found) => {
  expect(throttlingOf(run)).toEqual(found);
});

const at = (changes: Partial<Sensors>): Sensors => ({ ...silent, ...changes });

test.each<[string, Sensors, Sensors, boolean[], boolean | null]>([
  ['nothing tells', silent, silent, [], null],
  ['a count that stays', at({ throttleEvents: 7 }), at({ throttleEvents: 7 }), [], false],
  ['a count that rises', at({ throttleEvents: 7 }), at({ throttleEvents: 8 }), [], true],
  ['held back at the start', at({ heldBack: ['x'] }), silent, [], true],
  ['held back at the end', silent, at({ heldBack: ['x'] }), [], true],
  ['a long run that was not', silent, silent, [false], false],
  ['a long run that was', at({ throttleEvents: 7 }), at({ throttleEvents: 7 }), [false, true], true],
])('a whole run: %s', (_, first, last, told, expected) => {
  expect(heldBackBetween(first, last, told)).toBe(expected);
});
