// A part that is replaced, and starts that fail or are aborted -> which part is there afterwards, and what is left open.

import { expect, test } from 'vitest';
import type { Part } from '#common/part.js';
import { Replaceable } from '#common/replaceable.js';
import { never } from '../../support/ending.js';

function setUp() {
  const log: string[] = [];
  const part = (name: string, start: (signal: AbortSignal) => Promise<void> = async () => {}): Part => ({
    async start(signal) {
      log.push(`+${name}`);
      await start(signal);
    },
    async stop() {
      await Promise.resolve();
      log.push(`-${name}`);
    },
  });
  return { log, part };
}

const fails = async () => {
  throw new Error('in use');
};

test('the one before has stopped before the next starts', async () => {
  const { log, part } = setUp();
  const replaceable = new Replaceable(() => part('a'));
  await replaceable.start(never);
  await replaceable.replace(() => part('b'), never);
  await replaceable.replace(() => undefined, never);
  await replaceable.replace(() => part('c'), never);
  await replaceable.stop();
  expect(log).toEqual(['+a', '-a', '+b', '-b', '+c', '-c']);
});

test('where the next does not start, one as before is there again', async () => {
  const { log, part } = setUp();
  const replaceable = new Replaceable(() => part('a'));
  await replaceable.start(never);
  await expect(replaceable.replace(() => part('b', fails), never)).rejects.toThrow('in use');
  expect(log).toEqual(['+a', '-a', '+b', '+a']);
  await replaceable.stop();
  expect(log.at(-1)).toBe('-a');
});

test('beside the one before: that stops once the next has started, and not at all where it does not', async () => {
  const { log, part } = setUp();
  const replaceable = new Replaceable(() => part('a'));
  await replaceable.start(never);
  const isBeside = true;
  await expect(replaceable.replace(() => part('b', fails), never, { isBeside })).rejects.toThrow('in use');
  expect(log).toEqual(['+a', '+b', '-b']);
  await replaceable.replace(() => part('c'), never, { isBeside });
  expect(log.slice(3)).toEqual(['+c', '-a']);
  await replaceable.stop();
  expect(log.at(-1)).toBe('-c');
});

test('an abort while the next starts brings nothing back', async () => {
  const { log, part } = setUp();
  const replaceable = new Replaceable(() => part('a'));
  await replaceable.start(never);
  const abort = new AbortController();
  const waits = (signal: AbortSignal) =>
    new Promise<void>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
    });
  const replacing = replaceable.replace(() => part('b', waits), abort.signal);
  await Promise.resolve();
  abort.abort(new Error('enough'));
  await expect(replacing).rejects.toThrow('enough');
  await replaceable.stop();
  expect(log.filter((line) => line === '+a')).toHaveLength(1);
});

test('once stopped nothing is put in its place', async () => {
  const { log, part } = setUp();
  const replaceable = new Replaceable(() => part('a'));
  await replaceable.stop();
  await expect(replaceable.replace(() => part('b'), never)).rejects.toThrow();
  await expect(replaceable.start(never)).rejects.toThrow();
  expect(log).toEqual([]);
});
