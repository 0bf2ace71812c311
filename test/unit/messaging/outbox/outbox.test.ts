// Messages and a broker that comes and goes -> what is sent, in which order, how fast, and what is counted.

import { expect, test, vi } from 'vitest';
import type { Moment } from '../../../../agent/messaging/outbox/age.js';
import { Outbox } from '../../../../agent/messaging/outbox/outbox.js';
import { never } from '../../../support/ending.js';
import { numbered, startOutbox, stopOutboxes } from '../../../support/hand-driven-outbox.js';
import { random } from '../../../support/small-networks.js';

const TWO_HOURS_MS = 7_200_000;

stopOutboxes();

test('while connected, messages go at once and in order', async () => {
  const { outbox, acknowledge, received } = await startOutbox();
  outbox.connected();
  for (const word of numbered(0, 100)) {
    outbox.put('t', word);
    acknowledge();
  }
  expect(received).toEqual(numbered(0, 100));
  expect(outbox.report).toEqual({
    ...{ produced: 100, delivered: 100, refused: 0, expired: 0, evicted: 0, pending: 0, inMemory: 0 },
    ...{ refusedFor: {}, evictedFor: {} },
  });
});

test('an outage is replayed in order at its rate; new messages wait their turn behind it', async () => {
  const { outbox, acknowledge, received, put, pass } = await startOutbox({ replayPerSecond: 100 });
  put(0, 500);
  outbox.connected();
  const perSecond: number[] = [];
  for (let tick = 0; tick < 60; tick++) {
    await pass(100);
    acknowledge();
    if (tick === 10) put(500, 501);
    if (tick % 10 === 9) perSecond.push(received.length);
  }
  expect(received).toEqual(numbered(0, 501));
  const steps = perSecond.map((count, i) => count - (perSecond[i - 1] ?? 0));
  expect(Math.max(...steps)).toBeLessThanOrEqual(106);
});

test('what was not acknowledged is sent again after a loss, nothing else', async () => {
  const { outbox, waiting, acknowledge, received, put, drain } = await startOutbox();
  outbox.connected();
  put(0, 5);
  acknowledge(2);
  const lost = [...waiting];
  outbox.disconnected();
  waiting.length = 0;
  outbox.connected();
  // Late answers of the old connection.
  for (const { done } of lost) done({ kind: 'delivered' });
  await drain();
  expect(received).toEqual(numbered(0, 5));
  expect(outbox.report).toMatchObject({ produced: 5, delivered: 5 });
});

test('answers out of order, and some that come before the message has left', async () => {
  const { outbox, waiting, received, acknowledge, lose, put, drain } = await startOutbox();
  outbox.connected();
  put(0, 4);
  waiting.splice(2, 1)[0]!.done({ kind: 'delivered' });
  expect(outbox.report).toMatchObject({ delivered: 1, pending: 3 });
  lose();
  outbox.connected();
  await drain();
  acknowledge();
  expect(received).toEqual(['0', '1', '3']);
  expect(outbox.report).toMatchObject({ produced: 4, delivered: 4, pending: 0 });
});

test('a broker that answers at once to thousands is no endless recursion', async () => {
  const { outbox, put, folder } = await startOutbox();
  put(0, 5000);
  await outbox.stop();
  const again = new Outbox({
    directory: folder,
    where: 'mqtt.outbox.directory',
    maxBytes: 1 << 20,
    send: (_topic, _payload, done) => done({ kind: 'refused', reason: 'too-large' }),
    now: () => ({ bootId: 'one', monotonicMs: Date.now() }),
    maxAgeMs: TWO_HOURS_MS,
    replayPerSecond: 1e9,
    onDisk: () => {},
    onLoss: () => {},
  });
  await again.start(never);
  again.connected();
  await vi.advanceTimersByTimeAsync(1000);
  await again.stop();
  expect(again.report).toMatchObject({ produced: 5000, refused: 5000, refusedFor: { 'too-large': 5000 } });
});

test('refused ones are settled by their reason, and the rest goes on, over a start too', async () => {
  const first = await startOutbox();
  first.outbox.connected();
  for (let at = 0; at < 100; at++) {
    first.put(at, at + 1);
    const { payload, done } = first.waiting.shift()!;
    if (at % 3 !== 0) first.received.push(payload);
    done(at % 3 === 0 ? { kind: 'refused', reason: 'not-authorized' } : { kind: 'delivered' });
  }
  expect(first.received).toEqual(numbered(0, 100).filter((_, at) => at % 3 !== 0));
  await first.outbox.stop();
  const second = await startOutbox({ directory: first.folder });
  second.outbox.connected();
  second.put(100, 101);
  second.acknowledge();
  expect(second.received).toEqual(['100']);
  expect(second.outbox.report).toMatchObject({
    ...{ produced: 101, delivered: 67, refused: 34, pending: 0 },
    refusedFor: { 'not-authorized': 34 },
  });
});

test('too old when their turn comes', async () => {
  const { outbox, acknowledge, received, pass } = await startOutbox({ maxAgeMs: 1000 });
  outbox.put('t', 'old');
  await pass(2000);
  outbox.put('t', 'new');
  outbox.connected();
  await pass(200);
  acknowledge();
  expect(received).toEqual(['new']);
  expect(outbox.report).toMatchObject({ produced: 2, expired: 1, delivered: 1 });
});

test('a full space drops the oldest and counts them', async () => {
  const { outbox, received, put, drain } = await startOutbox({ maxBytes: 8000 });
  put(0, 1000);
  const { evictedFor, pending } = outbox.report;
  expect(evictedFor.space! + pending).toBe(1000);
  outbox.connected();
  await drain();
  expect(received).toEqual(numbered(1000 - received.length, 1000));
  expect(received.length).toBeGreaterThan(20);
  expect(outbox.report).toMatchObject({ produced: 1000, delivered: pending, evicted: 1000 - pending });
});

test('what is given up is told, once a minute at most, and what is left at the end', async () => {
  const first = await startOutbox({ maxBytes: 8000, maxAgeMs: 1000 });
  first.put(0, 100);
  const { evicted, pending } = first.outbox.report;
  await first.pass(2000);
  first.outbox.connected();
  await first.drain();
  await first.pass(50_000);
  expect(first.losses).toEqual([{ expired: 0, evicted }]);
  await first.pass(20_000);
  expect(first.losses.slice(1)).toEqual([{ expired: pending, evicted: 0 }]);
  first.outbox.put('t', 'x'.repeat(9000));
  await first.outbox.stop();
  expect(first.losses.slice(2)).toEqual([{ expired: 0, evicted: 1 }]);
  const second = await startOutbox({ directory: first.folder });
  await second.pass(70_000);
  expect(second.losses).toEqual([]);
});

test('a message that is larger than the whole space is counted, and costs no other', async () => {
  const { outbox, received, put, drain } = await startOutbox({ maxBytes: 2000 });
  put(0, 3);
  outbox.put('t', 'x'.repeat(3000));
  put(3, 5);
  outbox.connected();
  await drain();
  expect(received).toEqual(numbered(0, 5));
  expect(outbox.report).toMatchObject({ produced: 6, delivered: 5, evictedFor: { space: 1 } });
});

test('another start goes on where the last one was', async () => {
  const first = await startOutbox();
  first.put(0, 10);
  await first.outbox.stop();
  const second = await startOutbox({ directory: first.folder });
  expect(second.outbox.report).toMatchObject({ produced: 10, pending: 10 });
  second.outbox.connected();
  await second.drain();
  expect(second.received).toEqual(numbered(0, 10));
});

test('an outbox that is stopped before it was started leaves what an earlier one kept', async () => {
  const first = await startOutbox();
  first.outbox.connected();
  first.put(0, 4);
  first.acknowledge(3);
  await first.outbox.stop();
  const unused = new Outbox({
    directory: first.folder,
    where: 'mqtt.outbox.directory',
    maxBytes: 1 << 20,
    send: () => {},
    now: () => ({ bootId: 'one', monotonicMs: 0 }),
    maxAgeMs: TWO_HOURS_MS,
    replayPerSecond: 1,
    onDisk: (failure) => expect(failure).toBeUndefined(),
    onLoss: () => {},
  });
  await unused.stop();
  await expect(unused.start(never)).rejects.toThrow();
  const { outbox } = await startOutbox({ directory: first.folder });
  expect(outbox.report).toMatchObject({ produced: 4, delivered: 3, pending: 1 });
});

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

test.each<[string, { made: Moment; now: Moment; expired: number }]>([
  [
    'a clock five days behind that is set meanwhile says nothing within one start of the machine',
    {
      made: { bootId: 'one', monotonicMs: 1000 },
      now: { bootId: 'one', monotonicMs: 4000, wallMs: 5 * DAY_MS },
      expired: 0,
    },
  ],
  [
    'three hours by the monotonic clock are three hours',
    {
      made: { bootId: 'one', monotonicMs: 1000, wallMs: 9 * DAY_MS },
      now: { bootId: 'one', monotonicMs: 1000 + 3 * HOUR_MS, wallMs: DAY_MS },
      expired: 1,
    },
  ],
  [
    'over a start of the machine a clock that was right both times is believed',
    {
      made: { bootId: 'one', monotonicMs: 1000, wallMs: DAY_MS },
      now: { bootId: 'two', monotonicMs: 1000, wallMs: DAY_MS + 3 * HOUR_MS },
      expired: 1,
    },
  ],
  [
    'one that was not right when the message was made is not',
    {
      made: { bootId: 'one', monotonicMs: 1000 },
      now: { bootId: 'two', monotonicMs: 1000, wallMs: 9 * DAY_MS },
      expired: 0,
    },
  ],
  [
    'one that is not known to be right now is not',
    {
      made: { bootId: 'one', monotonicMs: 1000, wallMs: DAY_MS },
      now: { bootId: 'two', monotonicMs: 1000 },
      expired: 0,
    },
  ],
  [
    'a message of an earlier start is at least as old as this one',
    {
      made: { bootId: 'one', monotonicMs: 1000 },
      now: { bootId: 'two', monotonicMs: 3 * HOUR_MS },
      expired: 1,
    },
  ],
])('%s', async (_, { made, now, expired }) => {
  const first = await startOutbox({ now: () => made });
  first.put(0, 1);
  await first.outbox.stop();
  const second = await startOutbox({ directory: first.folder, now: () => now });
  second.outbox.connected();
  second.acknowledge();
  expect(second.outbox.report).toMatchObject({ produced: 1, expired, delivered: 1 - expired });
});

test('the ages of a long run are those of the monotonic clock, however the other one is stepped', async () => {
  let monotonicMs = 0;
  let wallMs = 100 * DAY_MS;
  const { outbox, put, received, acknowledge } = await startOutbox({
    now: () => ({ bootId: 'one', monotonicMs, wallMs }),
    maxAgeMs: HOUR_MS,
  });
  put(0, 10);
  monotonicMs += 0.9 * HOUR_MS;
  for (const days of [-10, 10, 10]) {
    wallMs += days * DAY_MS;
    outbox.connected();
    outbox.disconnected();
  }
  outbox.connected();
  acknowledge();
  expect(received.length).toBeGreaterThan(0);
  expect(outbox.report.expired).toBe(0);
});

test.each([1, 2, 3])(
  'random outages, losses and acknowledgements, seed %i: in order, and the counters add up',
  async (seed) => {
    const next = random(seed);
    const { outbox, received, acknowledge, lose, pass } = await startOutbox({
      maxBytes: 40_000,
      replayPerSecond: 200,
    });
    let produced = 0;
    for (let step = 0; step < 3000; step++) {
      const choice = next();
      if (choice < 0.5) outbox.put('t', String(produced++));
      else if (choice < 0.8) acknowledge(Math.ceil(next() * 4));
      else if (choice < 0.83) lose(Math.floor(next() * 3));
      else if (choice < 0.88) {
        lose(Math.floor(next() * 3));
        outbox.connected();
      } else await pass(next() * 200);
      const { delivered, refused, expired, evicted, pending } = outbox.report;
      expect(delivered + refused + expired + evicted + pending).toBe(produced);
    }
    const firstTimes = received.map(Number).filter((value, i, all) => all.indexOf(value) === i);
    expect(firstTimes).toEqual(firstTimes.toSorted((a, b) => a - b));
    expect(received.length).toBeGreaterThan(500);
  },
);

test('another outbox takes over what waits, in order, and its folder can go', async () => {
  const before = await startOutbox();
  before.outbox.connected();
  before.put(0, 5);
  before.acknowledge(2);
  before.outbox.disconnected();
  const after = await startOutbox();
  after.put(5, 6);
  expect(after.outbox.takeOver(before.outbox)).toBe(true);
  await before.outbox.stop();
  after.outbox.connected();
  await after.drain();
  expect(after.received).toEqual(['5', '2', '3', '4']);
  expect(after.outbox.report).toMatchObject({ produced: 4, delivered: 4, pending: 0 });
});
