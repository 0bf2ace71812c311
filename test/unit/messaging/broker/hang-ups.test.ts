// Ends of connections, and what was on its way -> what is held for the cause, and when it may be tried again.

import { expect, test } from 'vitest';
import { type HangUp, HangUps, type Suspect } from '../../../../agent/messaging/broker/hang-ups.js';

const a: Suspect = { key: 'a', bytes: 500 };
const b: Suspect = { key: 'b', bytes: 500 };
const picture: Suspect = { key: 'picture', bytes: 100_000 };
const MINUTE_MS = 60_000;

const end = (hangUps: HangUps, inFlight: readonly Suspect[], more: Partial<HangUp> = {}) =>
  hangUps.ended({ inFlight, isAlone: hangUps.isWary, reason: undefined, livedMs: 10, nowMs: 0, ...more });

test('suspected among others, then alone, then alone again', () => {
  const hangUps = new HangUps();
  expect(end(hangUps, [a, b])).toBeUndefined();
  expect(hangUps.isWary).toBe(true);
  hangUps.answered(a, true);
  expect(end(hangUps, [b])).toBeUndefined();
  hangUps.answered(a, true);
  expect(end(hangUps, [b])).toEqual(b);
  expect([hangUps.objection(a, 0), hangUps.objection(b, 0), hangUps.isWary]).toEqual([
    undefined,
    'hang-up',
    false,
  ]);
});

test('two that were alone one after the other are not the same twice', () => {
  const hangUps = new HangUps();
  end(hangUps, [a, b]);
  expect([end(hangUps, [a]), end(hangUps, [b]), end(hangUps, [a])]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(end(hangUps, [a])).toEqual(a);
});

test('a reason that blames what was sent is enough, where that was alone', () => {
  const hangUps = new HangUps();
  expect(end(hangUps, [a, b], { reason: 'payload-format', livedMs: 10 * MINUTE_MS })).toBeUndefined();
  expect(end(hangUps, [a], { reason: 'payload-format' })).toEqual(a);
});

test('a connection that lasted makes nobody suspect, and a network that fails with nothing on its way neither', () => {
  const hangUps = new HangUps();
  end(hangUps, [a, b], { livedMs: MINUTE_MS });
  expect(hangUps.isWary).toBe(false);
  end(hangUps, []);
  expect(hangUps.isWary).toBe(false);
});

test('nobody is suspect any more once all have been answered, or do not come any more', () => {
  const hangUps = new HangUps();
  end(hangUps, [a, b]);
  hangUps.answered(a, true);
  hangUps.answered(b, false);
  expect(hangUps.isWary).toBe(false);
  end(hangUps, [a]);
  hangUps.acquit();
  expect(hangUps.isWary).toBe(false);
});

test('what nobody asks about is suspect for two seconds', () => {
  const hangUps = new HangUps();
  hangUps.sentUnanswered(a, 1000);
  end(hangUps, [], { nowMs: 3001 });
  expect(hangUps.isWary).toBe(false);
  hangUps.sentUnanswered(a, 4000);
  end(hangUps, [], { nowMs: 6000 });
  expect(hangUps.isWary).toBe(true);
});

/** Convicted at 0 ms. */
function convicted(suspect: Suspect, before: readonly Suspect[] = []): HangUps {
  const hangUps = new HangUps();
  for (const one of before) hangUps.answered(one, true);
  end(hangUps, [suspect, b]);
  end(hangUps, [suspect]);
  expect(end(hangUps, [suspect])).toEqual(suspect);
  return hangUps;
}

test.each<[string, HangUps, number]>([
  ['a topic of which nothing was ever taken', convicted(a), -1],
  ['a topic of which shorter ones were taken', convicted(a, [{ ...a, bytes: 400 }]), 499],
])('%s', (_, hangUps, allowed) => {
  expect(hangUps.allowedBytes('a', 0)).toBe(allowed);
});

test('of a long message half the size may be tried, and whatever was taken before', () => {
  expect(convicted(picture).allowedBytes('picture', 0)).toBe(50_000);
  expect(convicted(picture, [{ ...picture, bytes: 80_000 }]).allowedBytes('picture', 0)).toBe(80_000);
});

test('it may be tried after ten minutes; then once alone is enough, and the wait doubles up to a day', () => {
  const hangUps = convicted(a);
  let nowMs = 0;
  for (const minutes of [10, 20, 40, 80, 160, 320, 640, 1280, 1440, 1440]) {
    expect(hangUps.objection(a, nowMs + minutes * MINUTE_MS - 1)).toBe('hang-up');
    nowMs += minutes * MINUTE_MS;
    expect(hangUps.objection(a, nowMs)).toBeUndefined();
    expect(end(hangUps, [a, b], { nowMs })).toBeUndefined();
    expect(end(hangUps, [a], { nowMs })).toEqual(a);
  }
});

test('what is taken when it is tried again is free', () => {
  const hangUps = convicted(a);
  hangUps.answered(a, true);
  expect(hangUps.objection(a, 1)).toBeUndefined();
});

test.each([
  ['too-large', 50_000],
  ['payload-format', 50_000],
  ['not-authorized', -1],
  ['topic-name', -1],
] as const)(
  'a long message that a broker ends the connection for as %s: %d bytes may be tried',
  (reason, allowed) => {
    const hangUps = new HangUps();
    end(hangUps, [picture, b], { reason });
    expect(end(hangUps, [picture], { reason })).toEqual(picture);
    expect(hangUps.allowedBytes('picture', 0)).toBe(allowed);
    expect(hangUps.objection(picture, 0)).toBe(reason);
  },
);
