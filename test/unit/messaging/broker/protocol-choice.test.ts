// How connects end -> which version of MQTT is tried, at once or later, and what is remembered.

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { ProtocolChoice } from '../../../../agent/messaging/broker/protocol-choice.js';
import { FileMemory } from '../../../../agent/messaging/broker/protocol-memory.js';

type End = 'hung-up' | 'refused' | 'other' | 'connected';

/** What is tried: `!` behind a version that is tried at once, `*` where it is then known to be the newest. */
function tried(choice: ProtocolChoice, ends: readonly End[]): string[] {
  const said = [`${choice.current}`];
  for (const end of ends) {
    if (end === 'connected') {
      if (choice.connected()) said.push(`${said.pop()}*`);
    } else {
      const isAtOnce = choice.failed(end);
      said.push(`${choice.current}${isAtOnce ? '!' : ''}`);
    }
  }
  return said;
}

test.each<[string, readonly End[], string[]]>([
  ['a broker of both', ['connected', 'other', 'connected'], ['5', '5']],
  ['refuses the version', ['refused', 'connected', 'other', 'connected'], ['5', '3.1.1!*', '3.1.1']],
  ['only closes', ['hung-up', 'connected', 'other', 'connected'], ['5', '3.1.1!*', '3.1.1']],
  [
    'only closes, and later is away',
    ['hung-up', 'connected', 'hung-up', 'hung-up'],
    ['5', '3.1.1!*', '3.1.1', '3.1.1'],
  ],
  [
    'a proxy whose broker is away',
    ['hung-up', 'hung-up', 'hung-up', 'hung-up'],
    ['5', '3.1.1!', '5', '3.1.1', '5'],
  ],
  [
    'the broker is back when 3.1.1 has its turn',
    ['hung-up', 'hung-up', 'hung-up', 'connected', 'other'],
    ['5', '3.1.1!', '5', '3.1.1', '5'],
  ],
  ['away for good', ['other', 'other'], ['5', '5', '5']],
  ['away right after the first try', ['hung-up', 'other', 'connected'], ['5', '3.1.1!', '5']],
])('%s', (_, ends, expected) => {
  expect(tried(new ProtocolChoice('5', undefined), ends)).toEqual(expected);
});

test('known from an earlier run, until the broker says otherwise', () => {
  expect(tried(new ProtocolChoice('5', '3.1.1'), ['hung-up', 'connected', 'other'])).toEqual([
    '3.1.1',
    '3.1.1',
    '3.1.1',
  ]);
  expect(tried(new ProtocolChoice('5', '3.1.1'), ['refused', 'connected'])).toEqual(['3.1.1', '5']);
});

test('3.1.1 that was asked for is kept', () => {
  expect(
    tried(new ProtocolChoice('3.1.1', undefined), ['hung-up', 'refused', 'connected', 'hung-up']),
  ).toEqual(Array(4).fill('3.1.1'));
});

const DAY_MS = 86_400_000;
test('the file: of one broker, for a week, whatever else stands in it', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'memory-')), 'state', 'broker.json');
  let nowMs = 1e12;
  const memory = new FileMemory({ file, now: () => nowMs });
  expect(memory.recall('mqtt://a')).toBeUndefined();
  memory.remember('mqtt://a', '3.1.1');
  await vi.waitFor(() => expect(memory.recall('mqtt://a')).toBe('3.1.1'));
  expect(memory.recall('mqtt://b')).toBeUndefined();
  for (const [days, known] of [
    [6, '3.1.1'],
    [8, undefined],
    [-8, undefined],
  ] as const) {
    nowMs = 1e12 + days * DAY_MS;
    expect(memory.recall('mqtt://a')).toBe(known);
  }
  for (const text of ['', '{', '{"url":"mqtt://a","protocol":"6","atMs":0}', '[]']) {
    writeFileSync(file, text);
    expect(memory.recall('mqtt://a')).toBeUndefined();
  }
});
