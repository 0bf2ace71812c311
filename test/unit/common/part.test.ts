// Parts that start, fail, hang and are stopped -> which of them are left open.

import { expect, test } from 'vitest';
import { type Part, Parts } from '#common/part.js';

const noError = (error: unknown) => {
  throw error;
};

/** @param log gets `+name` and `-name` */
function part(
  name: string,
  log: string[],
  start: (signal: AbortSignal) => Promise<void> = async () => {},
): Part {
  return {
    async start(signal) {
      log.push(`+${name}`);
      await start(signal);
    },
    async stop() {
      log.push(`-${name}`);
    },
  };
}

test('started in their order, stopped once in the opposite one', async () => {
  const log: string[] = [];
  const parts = new Parts([part('a', log), part('b', log)], noError);
  await parts.start(new AbortController().signal);
  await Promise.all([parts.stop(), parts.stop()]);
  expect(log).toEqual(['+a', '+b', '-b', '-a']);
});

test('what fails is stopped with those before it, and those after it are never started', async () => {
  const log: string[] = [];
  const fails = part('b', log, () => Promise.reject(new Error('no broker')));
  const parts = new Parts([part('a', log), fails, part('c', log)], noError);
  await expect(parts.start(new AbortController().signal)).rejects.toThrow('no broker');
  expect(log).toEqual(['+a', '+b', '-b', '-a']);
});

test.each(['a', 'b', 'c'])('an abort while %s starts leaves nothing open', async (slow) => {
  const log: string[] = [];
  const stop = new AbortController();
  const all = ['a', 'b', 'c'].map((name) =>
    part(name, log, async () => {
      if (name === slow) stop.abort(new Error('SIGTERM'));
    }),
  );
  await expect(new Parts(all, noError).start(stop.signal)).rejects.toThrow('SIGTERM');
  const opened = log.filter((line) => line.startsWith('+')).map((line) => line.slice(1));
  expect(log.filter((line) => line.startsWith('-'))).toEqual(opened.map((name) => `-${name}`).reverse());
  expect(opened.at(-1)).toBe(slow);
});

test('one that does not stop is told of, and the others are stopped', async () => {
  const log: string[] = [];
  const errors: unknown[] = [];
  const stuck: Part = { start: async () => {}, stop: () => Promise.reject(new Error('stuck')) };
  const parts = new Parts([part('a', log), stuck], (error) => errors.push(error));
  await parts.start(new AbortController().signal);
  await parts.stop();
  expect(log).toEqual(['+a', '-a']);
  expect(errors).toEqual([new Error('stuck')]);
});
