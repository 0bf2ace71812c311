// A connection made by hand, and time that passes -> what waits, what is cut, and what is learned from the end of it.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { BrokerConnection, Outgoing } from '../../../../agent/messaging/broker/client.js';
import { Delivery, type Refusal } from '../../../../agent/messaging/broker/delivery.js';
import type { BrokerLimits } from '../../../../agent/messaging/broker/limits.js';
import type { Done, Outcome } from '../../../../agent/messaging/outcome.js';

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

const DELIVERED: Outcome = { kind: 'delivered' };
const message = (topic: string, qos: 0 | 1 = 1): Outgoing => ({
  topic,
  payload: 'x',
  options: { qos, retain: false },
});

function setUp() {
  const refusals: Refusal[] = [];
  const outcomes: string[] = [];
  const delivery = new Delivery({ nowMs: Date.now, onRefusal: (refusal) => refusals.push(refusal) });
  /** Sent on the present connection, oldest first, and not answered. */
  const onItsWay: { topic: string; done: Done | undefined }[] = [];
  let isCut = false;
  const open = (limits: BrokerLimits = {}) => {
    onItsWay.length = 0;
    isCut = false;
    const connection: BrokerConnection = {
      unsentBytes: 0,
      send: ({ topic }, done) => onItsWay.push({ topic, done }),
      ping: (done) => onItsWay.push({ topic: 'ping', done }),
      unsubscribe: () => {},
      subscribe: (topic, done) => onItsWay.push({ topic, done }),
      goodbye: async () => {},
      destroy: () => {
        isCut = true;
        delivery.close({ by: 'other' });
      },
    };
    delivery.open(connection, '5', limits);
  };
  const send = (topic: string, qos: 0 | 1 = 1) =>
    delivery.send(message(topic, qos), ({ kind }) => outcomes.push(`${topic} ${kind}`));
  const answer = (outcome: Outcome = DELIVERED) => onItsWay.shift()!.done!(outcome);
  const topics = () => onItsWay.map(({ topic }) => topic).join();
  return { delivery, refusals, outcomes, open, send, answer, topics, isCut: () => isCut };
}

test('no more than the Receive Maximum is on its way; what nobody acknowledges waits for nothing', () => {
  const { open, send, answer, topics, delivery, outcomes } = setUp();
  open({ receiveMaximum: 2 });
  for (const topic of ['a', 'b', 'c', 'd']) send(topic);
  delivery.send(message('frame', 0));
  expect(topics()).toBe('a,b,frame');
  answer();
  expect([topics(), outcomes]).toEqual(['b,frame,c', ['a delivered']]);
  delivery.close({ by: 'other' });
  expect(outcomes).toEqual(['a delivered', 'b pending', 'c pending', 'd pending']);
});

test('a broker that says it was too much gets half as much', () => {
  const { open, send, topics, delivery } = setUp();
  for (const expected of ['a,b,c,d', 'a,b', 'a', 'a']) {
    open({ receiveMaximum: 4 });
    for (const topic of ['a', 'b', 'c', 'd', 'e']) send(topic);
    expect(topics()).toBe(expected);
    delivery.close({ by: 'broker', isOverrun: true });
  }
});

test('one at a time after a hang-up, until all that was suspect has been answered', () => {
  const { open, send, answer, topics, delivery } = setUp();
  open();
  for (const topic of ['a', 'b']) send(topic);
  delivery.close({ by: 'broker' });
  open();
  expect(delivery.isWary).toBe(true);
  for (const topic of ['a', 'b', 'c', 'd']) send(topic);
  delivery.send(message('frame', 0));
  expect(topics()).toBe('ping');
  answer();
  expect(topics()).toBe('a');
  answer();
  expect(topics()).toBe('b');
  answer();
  expect([topics(), delivery.isWary]).toEqual(['c,d,frame', false]);
});

test('a broker that closes whatever is sent, or before, hangs up on nothing in particular', () => {
  const { open, send, refusals, delivery } = setUp();
  for (let connection = 0; connection < 20; connection++) {
    open();
    for (const topic of ['a', 'b']) send(topic);
    delivery.close({ by: 'broker' });
  }
  expect(refusals).toEqual([]);
});

test('what is suspect and does not come any more is forgotten when all is quiet', async () => {
  const { open, send, answer, topics, delivery } = setUp();
  open();
  for (const topic of ['a', 'b']) send(topic);
  delivery.close({ by: 'broker' });
  open();
  answer();
  send('c');
  answer();
  await vi.advanceTimersByTimeAsync(5000);
  expect(delivery.isWary).toBe(true);
  await vi.advanceTimersByTimeAsync(5000);
  expect(delivery.isWary).toBe(false);
  for (const topic of ['d', 'e']) send(topic);
  expect(topics()).toBe('d,e');
});

test('what is suspect and does not come any more is forgotten though there is always something to send', async () => {
  const { open, send, answer, topics, delivery } = setUp();
  open();
  for (const topic of ['restart', 'frame']) send(topic);
  delivery.close({ by: 'broker' });
  open();
  answer();
  // One more is always waiting when one is answered; the first of them is suspect too.
  send('frame');
  for (let second = 0; second < 10; second++) {
    expect(delivery.isWary).toBe(true);
    send('frame');
    await vi.advanceTimersByTimeAsync(1000);
    answer();
  }
  expect([delivery.isWary, topics()]).toEqual([false, 'frame']);
});

test('what is suspect and still waits for its turn keeps the next ones back', async () => {
  const { open, send, answer, delivery } = setUp();
  open();
  for (const topic of ['slow', 'bad']) send(topic);
  delivery.close({ by: 'broker' });
  open();
  answer();
  for (const topic of ['slow', 'bad']) send(topic);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(delivery.isWary).toBe(true);
  for (let each = 0; each < 2; each++) answer();
  expect(delivery.isWary).toBe(false);
});

test('a broker that answers nothing for a minute is left; one that answers slowly is not', async () => {
  const { open, send, answer, isCut, outcomes } = setUp();
  open();
  await vi.advanceTimersByTimeAsync(600_000);
  for (const topic of ['a', 'b', 'c']) send(topic);
  for (let minute = 0; minute < 2; minute++) {
    await vi.advanceTimersByTimeAsync(55_000);
    answer();
  }
  await vi.advanceTimersByTimeAsync(55_000);
  expect(isCut()).toBe(false);
  await vi.advanceTimersByTimeAsync(10_000);
  expect([isCut(), outcomes.at(-1)]).toEqual([true, 'c pending']);
});

test('what was never answered, twice and alone, is parked', async () => {
  const { open, send, answer, refusals, outcomes, delivery } = setUp();
  for (let connection = 0; connection < 4 && refusals.length === 0; connection++) {
    open();
    if (delivery.isWary) answer();
    send('good');
    answer();
    send('bad');
    await vi.advanceTimersByTimeAsync(65_000);
  }
  expect(refusals).toMatchObject([{ of: 'message', topic: 'bad', reason: 'hang-up' }]);
  expect(outcomes.at(-1)).toBe('bad refused');
});

test('the last word is not held back', () => {
  const { open, send, delivery, topics } = setUp();
  open({ receiveMaximum: 1 });
  for (const topic of ['a', 'b']) send(topic);
  delivery.sendLast(message('farewell'), () => {});
  expect(topics()).toBe('a,farewell');
});
