// "Read it anew", once and again, before, during and after -> which reloads there are, and what is told of them.

import { expect, test } from 'vitest';
import type { ReadSetup, Setup } from '../../../agent/inference/setup.js';
import { Reloads } from '../../../agent/reload/reloads.js';
import { never } from '../../support/ending.js';

function setUp() {
  const told: string[] = [];
  /** Ends the reload that is going on. */
  const ends: ((error?: Error) => void)[] = [];
  let nowMs = 1000;
  let next: Error | undefined;
  const say = (level: string) => (given: unknown, message?: string) =>
    void told.push(`${level} ${message ?? String(given)}`);
  const reloads = new Reloads({
    read: async (): Promise<ReadSetup> => {
      told.push('read');
      if (next !== undefined) throw next;
      return { setup: {} as Setup, warnings: ['unlikely'] };
    },
    apply: (_, signal) =>
      new Promise((resolve, reject) => {
        told.push('apply');
        signal.addEventListener('abort', () => reject(signal.reason));
        ends.push((error) => (error === undefined ? resolve('door (source)') : reject(error)));
      }),
    onReload: (phase) => told.push(phase),
    log: { info: say('info'), warn: say('warn'), error: say('error') },
    now: () => nowMs++,
  });
  const settle = async () => {
    for (let i = 0; i < 10; i++) await Promise.resolve();
  };
  const fail = (error: Error | undefined) => {
    next = error;
  };
  return { reloads, told, ends, settle, fail };
}

const all = ['begun', 'read', 'warn unlikely', 'apply'];

test('one that is asked for before the start waits for it', async () => {
  const { reloads, told, ends, settle } = setUp();
  const done = reloads.reload();
  await settle();
  expect(told).toEqual([]);
  await reloads.start(never);
  await settle();
  ends[0]!();
  expect(await done).toBe('door (source)');
  expect(told).toEqual([...all, 'info reloaded: door (source)', 'over']);
  expect(reloads.state).toEqual({ loadedAtMs: 1001 });
});

test('several during one are one more after it', async () => {
  const { reloads, told, ends, settle } = setUp();
  await reloads.start(never);
  const first = reloads.reload();
  await settle();
  const [second, third] = [reloads.reload(), reloads.reload()];
  await settle();
  expect(told).toEqual(all);
  ends[0]!();
  await first;
  await settle();
  expect(ends).toHaveLength(2);
  ends[1]!();
  await Promise.all([second, third]);
  await settle();
  expect(told.filter((line) => line === 'apply')).toHaveLength(2);
});

test.each<[string, 'read' | 'apply']>([
  ['a file that is wrong', 'read'],
  ['a setup that cannot run', 'apply'],
])('%s: the reason is kept until one is taken', async (_, where) => {
  const { reloads, told, ends, settle, fail } = setUp();
  await reloads.start(never);
  const error = new Error('first line with rtsp://joe:se3cret@door/s\nsecond');
  if (where === 'read') fail(error);
  const refused = reloads.reload();
  await settle();
  if (where === 'apply') ends[0]!(error);
  await expect(refused).rejects.toThrow('first line');
  const why = 'first line with rtsp://***@door/s; second';
  expect(reloads.state).toEqual({ loadedAtMs: 1000, refused: { atMs: 1001, why } });
  expect(told.slice(-2)).toEqual(['error the configuration is refused: the one before goes on', 'over']);
  fail(undefined);
  const taken = reloads.reload();
  await settle();
  ends.at(-1)!();
  await taken;
  expect(reloads.state).toEqual({ loadedAtMs: 1002 });
});

test('a file with a hundred mistakes is told of in a few words', async () => {
  const { reloads, fail } = setUp();
  await reloads.start(never);
  fail(new Error(Array.from({ length: 100 }, (_, i) => `mistake ${i}`).join('\n')));
  await expect(reloads.reload()).rejects.toThrow();
  expect(reloads.state.refused!.why).toBe(
    'mistake 0; mistake 1; mistake 2; mistake 3; mistake 4; and 95 more',
  );
});

test('the end breaks one off, and begins no other', async () => {
  const { reloads, told, settle } = setUp();
  await reloads.start(never);
  const [first] = [reloads.reload()];
  const broken = expect(first).rejects.toThrow('an agent that goes on');
  await settle();
  const second = expect(reloads.reload()).rejects.toThrow('an agent that goes on');
  await reloads.stop();
  await Promise.all([broken, second]);
  expect(told).toEqual([...all, 'over']);
  expect(reloads.state).toEqual({ loadedAtMs: 1000 });
});

test('one that waits for a start that never comes ends with the agent', async () => {
  const { reloads, told } = setUp();
  const waiting = expect(reloads.reload()).rejects.toThrow('an agent that goes on');
  await reloads.stop();
  await waiting;
  expect(told).toEqual([]);
});
