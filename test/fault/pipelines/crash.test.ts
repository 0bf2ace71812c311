// Capture processes that are killed, stopped and crashed -> the other camera goes on, and they come back.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from 'vitest';
import { type Clock, systemClock } from '#common/clock.js';
import { openSource } from '../../../pipelines/open.js';
import { type RunningCamera, startCamera } from '../../support/cameras.js';
import { childrenOf, isAlive, residentBytes } from '../../support/processes.js';
import { readFrames } from '../../support/reading.js';

const closing: RunningCamera[] = [];
afterEach(() => Promise.all(closing.splice(0).map((camera) => camera.close())));
function start(...args: Parameters<typeof startCamera>): RunningCamera {
  const camera = startCamera(...args);
  closing.push(camera);
  return camera;
}

const LOOK_MS = 20;

/**
 * The longest time in which the count stood still, in looks: a machine that is too busy for frames is too busy
 * for looks. `stop()` tells.
 */
function watchCount({ captured: count }: RunningCamera): { stop(): number } {
  let [captured, looks, longest] = [count(), 0, 0];
  const look = () => {
    longest = Math.max(longest, ++looks);
    if (count() > captured) [captured, looks] = [count(), 0];
  };
  const timer = setInterval(look, LOOK_MS);
  return {
    stop: () => {
      clearInterval(timer);
      return longest;
    },
  };
}

test.each(['SIGKILL', 'SIGSTOP', 'SIGSEGV'] as const)(
  '%s of one capture leaves the other without a gap over a second, and the one comes back',
  async (signal) => {
    const [one, other] = [start('test:ball?fps=25'), start('test:smpte?fps=25')] as const;
    await Promise.all([one.untilFrames(10), other.untilFrames(10)]);
    const watched = watchCount(other);
    const pid = one.camera.pid as number;
    process.kill(pid, signal);
    await one.until('retrying', () => one.camera.status.state === 'retrying');
    expect(one.camera.status).toMatchObject(
      signal === 'SIGSTOP'
        ? { failure: 'stalled', message: expect.stringMatching(/^no frame for [23]/) }
        : { failure: 'crashed', message: `capture process was ended by ${signal}` },
    );
    await one.untilFrames(25);
    expect(watched.stop()).toBeLessThan(1000 / LOOK_MS);
    expect(one.camera.pid).not.toBe(pid);
    expect(isAlive(pid)).toBe(false);
    expect(one.camera.restarts).toBe(1);
    expect(other.camera.restarts).toBe(0);
    expect(other.statuses.map(({ state }) => state)).toEqual(['starting', 'running']);
  },
);

test('a capture that is stopped is found by its silence, however long its camera may take for a frame', async () => {
  const one = start('test:ball?fps=25', { stallTimeoutMs: 600_000 });
  await one.untilFrames(10);
  process.kill(one.camera.pid as number, 'SIGSTOP');
  await one.until('retrying', () => one.camera.status.state === 'retrying');
  expect(one.camera.status).toMatchObject({
    failure: 'stalled',
    message: 'the capture process has not said anything for 7 s',
  });
  await one.untilFrames(10);
});

const states = async (pids: readonly number[]) =>
  Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').then((stat) => stat.split(' ')[2])));
const descriptors = async () => (await readdir('/proc/self/fd')).length;

/** The wait before a retry is short, so that many restarts fit into a test. */
const impatient: Clock = {
  ...systemClock,
  after: (delayMs, act) => systemClock.after(Math.min(delayMs, 500), act),
};

test('many restarts leave no zombie, no descriptor and no memory behind', async () => {
  const one = start('test:ball?fps=50', { clock: impatient, random: () => 0 });
  const crash = async () => {
    await one.untilFrames(2);
    const { restarts } = one.camera;
    process.kill(one.camera.pid as number, 'SIGKILL');
    await one.until('restarted', () => one.camera.restarts > restarts);
  };
  for (let i = 0; i < 5; i++) await crash();
  await one.untilFrames(2);
  const [openBefore, bytesBefore] = [await descriptors(), await residentBytes(process.pid)];
  for (let i = 0; i < 20; i++) await crash();
  await one.untilFrames(2);
  const children = (await childrenOf(process.pid)).filter(isAlive);
  expect(children).toEqual([one.camera.pid]);
  expect(await states(children)).not.toContain('Z');
  expect(await descriptors()).toBeLessThanOrEqual(openBefore + 1);
  // Each restart of one that leaked a frame's or a pipe's buffers would show; the heap itself moves by this much.
  expect((await residentBytes(process.pid)) - bytesBefore).toBeLessThan(20e6);
});

test.each(['SIGKILL', 'SIGTERM'] as const)(
  'a parent ended by %s leaves no capture behind',
  async (signal) => {
    const program = resolve(import.meta.dirname, '../../support/capture-for-ever.mjs');
    const parent = spawn(process.execPath, [program, 'test:ball'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(createInterface({ input: parent.stdout }), 'line')) as [string];
    const pid = Number(/^capture (\d+)$/.exec(line)?.[1]);
    expect(isAlive(pid)).toBe(true);
    parent.kill(signal);
    await once(parent, 'exit');
    await expect.poll(() => isAlive(pid), { timeout: 60_000 }).toBe(false);
  },
);

test('what a pipeline prints does not disturb its frames', async () => {
  process.env.GST_DEBUG = '4';
  try {
    // `dump` writes each picture to stdout as text.
    const uri = 'gst:videotestsrc num-buffers=25 ! video/x-raw,width=64,height=48 ! identity dump=true';
    const frames = await readFrames(openSource(uri, { inputSize: { width: 96, height: 96 } }));
    expect(frames.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 25 }, (_, i) => i));
  } finally {
    delete process.env.GST_DEBUG;
  }
});

/** More than a socket holds: what has been written of it has been read, or there would be no room. */
const HALF_A_PLAN = Buffer.alloc(1 << 21, ' ');

test.each([
  ['SIGTERM ends it by itself', [], 0],
  ['SIGINT of the whole group is for the parent', ['SIGINT'], 0],
] as const)('a capture that waits for its plan: %s', async (_, before, code) => {
  const program = resolve(import.meta.dirname, '../../../dist/pipelines/capture/child.js');
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'ignore', 'inherit', 'pipe'] });
  const exited = once(child, 'exit');
  await new Promise((read) => child.stdin!.write(HALF_A_PLAN, read));
  for (const signal of before) {
    child.kill(signal);
    await new Promise((read) => child.stdin!.write(HALF_A_PLAN, read));
  }
  child.kill('SIGTERM');
  expect(await exited).toEqual([code, null]);
});
