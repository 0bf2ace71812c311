// Refusals, few and many -> the lines of the log, and what `health` tells.

import { expect, test } from 'vitest';
import type { Refusal } from '../../../agent/messaging/broker/delivery.js';
import { Refusals } from '../../../agent/messaging/refusals.js';

function setUp() {
  const lines: { fields: { count?: number }; message: string }[] = [];
  let nowMs = 0;
  const warn = (fields: object, message: string) => lines.push({ fields, message });
  const refusals = new Refusals({ log: { warn: warn as never }, nowMs: () => nowMs });
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return { refusals, lines, pass };
}

const refusal = (topic: string, more: Partial<Refusal> = {}): Refusal => ({
  kind: 'refused',
  of: 'message',
  topic,
  reason: 'not-authorized',
  bytes: 700,
  words: 'Not authorized (135)',
  ...more,
});

test.each<[Partial<Refusal>, string]>([
  [{}, 'expected a broker that takes the message for a, received Not authorized (135), for 700 bytes'],
  [
    { of: 'subscription' },
    'expected a broker that takes the subscription for a, received Not authorized (135)',
  ],
  [
    { reason: 'hang-up', words: undefined as never },
    'expected a broker that takes the message for a, received a closed connection each time it was sent alone, for 700 bytes',
  ],
  [
    { reason: 'too-large', words: undefined as never },
    'expected a broker that takes the message for a, received a limit below its size, for 700 bytes',
  ],
])('%j', (more, line) => {
  const { refusals, lines } = setUp();
  refusals.note(refusal('a', more));
  expect(lines.map(({ message }) => message)).toEqual([`${line}: it is not sent again`]);
});

test('the same again is told after ten minutes, with how many there were', () => {
  const { refusals, lines, pass } = setUp();
  for (let second = 0; second <= 600; second++) {
    refusals.note(refusal('a'));
    pass(1000);
  }
  expect(lines.map(({ fields }) => fields.count)).toEqual([1, 600]);
});

test('of a broker that refuses everything ten lines a minute are told, and all is counted', () => {
  const { refusals, lines, pass } = setUp();
  for (let topic = 0; topic < 5000; topic++) refusals.note(refusal(`topic ${topic}`));
  expect(lines).toHaveLength(10);
  pass(60_000);
  refusals.note(refusal('one more', { reason: 'quota' }));
  expect(lines).toHaveLength(11);
  const { refused, topics } = refusals.report;
  expect(refused).toEqual({ 'not-authorized': 5000, quota: 1 });
  expect(topics).toHaveLength(20);
  expect(topics[0]).toEqual({ of: 'message', topic: 'one more', reason: 'quota', count: 1, bytes: 700 });
});

test('what is too long to be read is told once a minute', () => {
  const { refusals, lines, pass } = setUp();
  for (let second = 0; second < 120; second++) {
    refusals.skipped({ topic: 'a', bytes: 2e6, messageId: undefined });
    pass(1000);
  }
  expect(lines.map(({ message }) => message)).toEqual(
    Array(2).fill('expected a shorter message for a, received 2000000 bytes: it is passed over'),
  );
});

test('of a topic that is as long as MQTT allows the beginning is told', () => {
  const { refusals, lines } = setUp();
  refusals.skipped({ topic: 'a.'.repeat(32_767), bytes: 2e6, messageId: 1 });
  const shown = `${'a.'.repeat(100)}...`;
  expect(lines).toEqual([
    {
      fields: { topic: shown, bytes: 2e6 },
      message: `expected a shorter message for ${shown}, received 2000000 bytes: it is passed over`,
    },
  ]);
});
