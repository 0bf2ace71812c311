// What is settled -> a file and back, whatever happens to its bytes or to who writes it.

import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { SettledState } from '../../../../agent/messaging/outbox/settlements.js';
import { evictionReasons } from '../../../../agent/messaging/outbox/settlements.js';
import { StateFile } from '../../../../agent/messaging/outbox/state-file.js';
import { refusalReasons } from '../../../../agent/messaging/outcome.js';

const folder = () => mkdtempSync(join(tmpdir(), 'outbox-'));

const stateOf = (delivered: number): SettledState => ({
  cursor: delivered,
  end: delivered + 5,
  counts: { delivered, expired: 0, refusedFor: {}, evictedFor: {} },
});

function saved(...states: readonly SettledState[]): string {
  const directory = folder();
  const file = new StateFile(directory);
  for (const state of states) file.save(state);
  return directory;
}

test('what was saved last is found, in a file that does not grow', () => {
  const directory = folder();
  expect(new StateFile(directory).load()).toBeUndefined();
  const file = new StateFile(directory);
  file.save(stateOf(1));
  const { size } = statSync(join(directory, 'state'));
  for (let delivered = 2; delivered < 20; delivered++) {
    file.save(stateOf(delivered));
    expect(new StateFile(directory).load()).toMatchObject(stateOf(delivered));
  }
  expect(statSync(join(directory, 'state')).size).toBe(size);
});

test('every reason with the highest count has room', () => {
  const most = Number.MAX_SAFE_INTEGER;
  const all = <Reason extends string>(reasons: readonly Reason[]) =>
    Object.fromEntries(reasons.map((reason) => [reason, most])) as Record<Reason, number>;
  const counts = {
    ...{ delivered: most, expired: most },
    ...{ refusedFor: all(refusalReasons), evictedFor: all(evictionReasons) },
  };
  const state = { cursor: most, end: most, counts };
  expect(new StateFile(saved(state)).load()).toMatchObject(state);
});

test('a changed bit or a cut at any byte leaves the last state or the one before', () => {
  const whole = readFileSync(join(saved(stateOf(1), stateOf(2)), 'state'));
  const found = new Set<number | undefined>();
  for (let at = 0; at < whole.length; at++) {
    const flipped = Buffer.from(whole);
    flipped[at]! ^= 1 << (at % 8);
    for (const bytes of [flipped, whole.subarray(0, at)]) {
      const directory = folder();
      writeFileSync(join(directory, 'state'), bytes);
      const file = new StateFile(directory);
      found.add(file.load()?.cursor);
      file.save(stateOf(3));
      expect(new StateFile(directory).load()).toMatchObject(stateOf(3));
    }
  }
  // A file that was cut within its first half has lost both.
  expect([...found].toSorted()).toEqual([1, 2, undefined]);
  expect(found.size).toBe(3);
});

test('whoever wrote last owns it: the one before is told, and writes no more', () => {
  const directory = folder();
  const first = new StateFile(directory);
  first.save(stateOf(1));
  const second = new StateFile(directory);
  second.load();
  second.save(stateOf(2));
  expect(() => first.save(stateOf(9))).toThrow(
    `expected a folder that no other agent uses for ${directory}/state, received what another one has written`,
  );
  second.save(stateOf(3));
  expect(new StateFile(directory).load()).toMatchObject(stateOf(3));
});
