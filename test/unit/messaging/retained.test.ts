// Retained messages -> one on its way per topic, the newest wins.

import { expect, test } from 'vitest';
import type { Outgoing } from '../../../agent/messaging/broker/client.js';
import type { Done } from '../../../agent/messaging/outcome.js';
import { RetainedMessages } from '../../../agent/messaging/retained.js';

const message = (topic: string, payload: string): Outgoing => ({
  topic,
  payload,
  options: { qos: 1, retain: true },
});

const DELIVERED = { kind: 'delivered' } as const;

function setUp() {
  const sent: string[] = [];
  const answers: Done[] = [];
  let nowMs = 0;
  const retained = new RetainedMessages(
    ({ topic, payload }, done) => {
      sent.push(`${topic}=${payload}`);
      answers.push(done);
    },
    () => nowMs,
  );
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return { retained, sent, answers, pass };
}

test('what comes while one is on its way is replaced by what comes after it', () => {
  const { retained, sent, answers } = setUp();
  retained.connected();
  for (let i = 0; i < 100; i++) retained.put(message('a', String(i)));
  expect(sent).toEqual(['a=0']);
  answers[0]!(DELIVERED);
  expect(sent).toEqual(['a=0', 'a=99']);
  answers[1]!(DELIVERED);
  expect(sent).toEqual(['a=0', 'a=99']);
});

test('a new connection gets everything, and answers to the old one no longer count', () => {
  const { retained, sent, answers } = setUp();
  retained.put(message('a', '1'));
  retained.put(message('b', '1'));
  expect(sent).toEqual([]);
  retained.connected();
  answers[0]!(DELIVERED);
  retained.disconnected();
  retained.put(message('b', '2'));
  retained.connected();
  answers[1]!(DELIVERED);
  expect(sent).toEqual(['a=1', 'b=1', 'a=1', 'b=2']);
});

test('settled waits for answers, and not for a connection that is gone', async () => {
  const { retained, answers } = setUp();
  await retained.settled();
  retained.connected();
  retained.put(message('a', '1'));
  let settled = false;
  const waiting = retained.settled().then(() => {
    settled = true;
  });
  await Promise.resolve();
  expect(settled).toBe(false);
  answers[0]!(DELIVERED);
  await waiting;
  retained.put(message('a', '2'));
  const cut = retained.settled();
  retained.disconnected();
  await cut;
});

test('what is refused is not sent again; its next value is, and the same after an hour with a connect', () => {
  const { retained, sent, answers, pass } = setUp();
  const refuse = () => answers.at(-1)!({ kind: 'refused', reason: 'not-authorized' });
  retained.connected();
  retained.put(message('a', '1'));
  refuse();
  retained.disconnected();
  retained.connected();
  expect(sent).toEqual(['a=1']);
  retained.put(message('a', '2'));
  refuse();
  expect(sent).toEqual(['a=1', 'a=2']);
  pass(3_599_999);
  retained.connected();
  expect(sent).toEqual(['a=1', 'a=2']);
  pass(1);
  retained.connected();
  expect(sent).toEqual(['a=1', 'a=2', 'a=2']);
});

test('what one broker or login has refused is sent to the next', () => {
  const { retained, sent, answers } = setUp();
  retained.connected();
  retained.put(message('a', '1'));
  answers.at(-1)!({ kind: 'refused', reason: 'not-authorized' });
  retained.disconnected();
  retained.forgetRefusals();
  retained.connected();
  expect(sent).toEqual(['a=1', 'a=1']);
});

test('a value that came while the one before it was refused is sent', () => {
  const { retained, sent, answers } = setUp();
  retained.connected();
  retained.put(message('a', '1'));
  retained.put(message('a', '2'));
  answers[0]!({ kind: 'refused', reason: 'too-large' });
  expect(sent).toEqual(['a=1', 'a=2']);
});

test('what is cleared is forgotten once the broker has it, and a thousand wait at most', () => {
  const { retained, sent, answers } = setUp();
  retained.connected();
  for (let i = 0; i < 5000; i++) retained.put(message(`junk/${i}`, ''));
  expect(sent).toHaveLength(1000);
  for (const answer of answers.splice(0)) answer(DELIVERED);
  expect(retained.has('junk/0')).toBe(false);
  retained.put(message('junk/4999', ''));
  expect(sent.at(-1)).toBe('junk/4999=');
  answers.splice(0)[0]!(DELIVERED);
  sent.length = 0;
  retained.disconnected();
  retained.connected();
  expect(sent).toEqual([]);
});

test('a topic that is used again while it is cleared keeps what came last', () => {
  const { retained, sent, answers } = setUp();
  retained.connected();
  retained.put(message('a', ''));
  retained.put(message('a', 'one'));
  answers[0]!(DELIVERED);
  answers[1]!(DELIVERED);
  retained.put(message('a', ''));
  expect(retained.has('a')).toBe(true);
  answers[2]!(DELIVERED);
  expect([sent, retained.has('a')]).toEqual([['a=', 'a=one', 'a='], false]);
});
