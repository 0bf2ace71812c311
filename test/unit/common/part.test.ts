// Parts that start, fail, hang and are stopped -> which of them are left open.

import { expect, test } from 'vitest';
import { type Part, Parts } from '#common/part.js';

const noError = (part: string, error: unknown) => {
  throw new Error(part, { cause: error });
};

const names = ['a', 'b', 'c'] as const;
const STEPS = 3;

/** Parts whose starts have several steps. What each step opens is counted until it is given back. */
function countedParts(onStep: (name: string, step: number) => void = () => {}) {
  const log: string[] = [];
  const open = new Map<string, number>(names.map((name) => [name, 0]));
  const part = (name: string): Part => ({
    async start(signal) {
      log.push(`+${name}`);
      for (let step = 0; step < STEPS; step++) {
        // Between the awaits of a real start something is opened, and the abort may come at any of them.
        open.set(name, open.get(name)! + 1);
        onStep(name, step);
        await Promise.resolve();
        if (signal.aborted) {
          open.set(name, 0);
          throw signal.reason;
        }
      }
    },
    async stop() {
      log.push(`-${name}`);
      await Promise.resolve();
      open.set(name, 0);
    },
  });
  const parts: Record<string, Part> = Object.fromEntries(names.map((name) => [name, part(name)]));
  const left = () => [...open.values()].reduce((sum, count) => sum + count, 0);
  return { parts, log, left };
}

const never = new AbortController().signal;

test('started in their order, stopped once in the opposite one', async () => {
  const { parts, log, left } = countedParts();
  const all = new Parts(parts, noError);
  await all.start(never);
  expect(left()).toBe(names.length * STEPS);
  await Promise.all([all.stop(), all.stop()]);
  expect(log).toEqual(['+a', '+b', '+c', '-c', '-b', '-a']);
  expect(left()).toBe(0);
});

const moments = names.flatMap((name) => [0, 1, 2].map((step) => [name, step] as const));
const started = (last: string) => names.slice(0, names.indexOf(last as 'a') + 1);
const inOrder = (last: string) => [
  ...started(last).map((name) => `+${name}`),
  ...started(last)
    .map((name) => `-${name}`)
    .reverse(),
];

test.each(moments)(
  'an abort at %s, step %d: nothing stays open, nothing more is started',
  async (name, step) => {
    const abort = new AbortController();
    const { parts, log, left } = countedParts((at, i) => {
      if (at === name && i === step) abort.abort(new Error('SIGTERM'));
    });
    await expect(new Parts(parts, noError).start(abort.signal)).rejects.toThrow('SIGTERM');
    expect([left(), log]).toEqual([0, inOrder(name)]);
  },
);

test.each(moments)('stop() at %s, step %d: it waits until nothing is open', async (name, step) => {
  const stopping: Promise<void>[] = [];
  const { parts, log, left } = countedParts((at, i) => {
    if (at === name && i === step) stopping.push(all.stop().then(() => expect(left()).toBe(0)));
  });
  const all = new Parts(parts, noError);
  await expect(all.start(never)).rejects.toThrow('stopped before everything was started');
  await Promise.all(stopping);
  expect([left(), log, stopping.length]).toEqual([0, inOrder(name), 1]);
});

test.each(moments)(
  'a failure of %s at step %d: those before it are stopped, those after it are never started',
  async (name, step) => {
    const { parts, log, left } = countedParts((at, i) => {
      if (at === name && i === step) throw new Error('no broker');
    });
    await expect(new Parts(parts, noError).start(never)).rejects.toThrow('no broker');
    expect([left(), log]).toEqual([0, inOrder(name)]);
  },
);

test('aborted before the start, or stopped before it: nothing is started', async () => {
  const { parts, log } = countedParts();
  await expect(new Parts(parts, noError).start(AbortSignal.abort(new Error('SIGINT')))).rejects.toThrow(
    'SIGINT',
  );
  const stopped = new Parts(parts, noError);
  await stopped.stop();
  await expect(stopped.start(never)).rejects.toThrow('stopped before');
  expect(log).toEqual([]);
});

test.each([
  ['fails', () => Promise.reject(new Error('stuck')), 'stuck'],
  ['hangs', () => new Promise<void>(() => {}), 'expected an end within 2.5 s for bad, received none'],
])('one whose stop %s is told of, and the others are stopped', async (_, stop, message) => {
  const { parts, log, left } = countedParts();
  const errors: [string, string][] = [];
  const bad: Part = { start: async () => {}, stop };
  const all = new Parts({ ...parts, bad }, (part, error) => errors.push([part, (error as Error).message]));
  await all.start(never);
  await all.stop();
  expect([left(), log.slice(3), errors]).toEqual([0, ['-c', '-b', '-a'], [['bad', message]]]);
});
