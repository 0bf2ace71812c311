// Retained messages -> one on its way per topic, the newest wins.

import { expect, test } from 'vitest';
import { type RetainedMessage, RetainedMessages } from '../../../agent/messaging/retained.js';

const message = (payload: string): RetainedMessage => ({ payload, how: { qos: 1, retain: true } });

function setUp() {
  const sent: string[] = [];
  const answers: ((delivered: boolean) => void)[] = [];
  const retained = new RetainedMessages((topic, { payload }, done) => {
    sent.push(`${topic}=${payload}`);
    answers.push(done);
  });
  return { retained, sent, answers };
}

test('what comes while one is on its way is replaced by what comes after it', () => {
  const { retained, sent, answers } = setUp();
  retained.connected();
  for (let i = 0; i < 100; i++) retained.put('a', message(String(i)));
  expect(sent).toEqual(['a=0']);
  answers[0]!(true);
  expect(sent).toEqual(['a=0', 'a=99']);
  answers[1]!(true);
  expect(sent).toEqual(['a=0', 'a=99']);
});

test('a new connection gets everything, and answers to the old one no longer count', () => {
  const { retained, sent, answers } = setUp();
  retained.put('a', message('1'));
  retained.put('b', message('1'));
  expect(sent).toEqual([]);
  retained.connected();
  answers[0]!(true);
  retained.disconnected();
  retained.put('b', message('2'));
  retained.connected();
  answers[1]!(true);
  expect(sent).toEqual(['a=1', 'b=1', 'a=1', 'b=2']);
});

test('settled waits for answers, and not for a connection that is gone', async () => {
  const { retained, answers } = setUp();
  await retained.settled();
  retained.connected();
  retained.put('a', message('1'));
  let settled = false;
  const waiting = retained.settled().then(() => {
    settled = true;
  });
  await Promise.resolve();
  expect(settled).toBe(false);
  answers[0]!(true);
  await waiting;
  retained.put('a', message('2'));
  const cut = retained.settled();
  retained.disconnected();
  await cut;
});
