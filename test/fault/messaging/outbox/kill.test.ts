// kill -9 and cut connections while events flow -> every event that the outbox had taken arrives, in order.
// More by CSPCAM_KILLS, where there is time.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startMosquitto } from '../../../support/mosquitto.js';
import { random } from '../../../support/small-networks.js';
import { subscribe } from '../../../support/subscriber.js';
import { proxyTo } from '../../../support/tcp-proxy.js';

const KILLS = Number(process.env['CSPCAM_KILLS'] ?? 20);
const program = resolve(import.meta.dirname, '../../../support/events-for-ever.mjs');

test(`${KILLS} kills at random moments, and as many cuts`, async () => {
  const next = random(1);
  const broker = await startMosquitto();
  const proxy = await proxyTo(broker.port);
  const subscriber = await subscribe(broker.port, 'cspcam/porch/camera/+/events');
  const directory = await mkdtemp(join(tmpdir(), 'outbox-'));
  try {
    let taken = 0;
    const run = async (end: 'SIGKILL' | 'SIGTERM') => {
      const child = spawn(process.execPath, [program, String(proxy.port), directory, String(taken)]);
      let out = '';
      let err = '';
      child.stdout.on('data', (chunk) => (out += chunk));
      child.stderr.on('data', (chunk) => (err += chunk));
      /** Random moments in what it does, not in time: a busy machine does less in a second. */
      const untilTaken = async (lines: number) => {
        while (out.split('\n').length <= lines && child.exitCode === null) await wait(1);
        await wait(next() * 20);
      };
      const cutAfter = 1 + Math.floor(next() * 100);
      await untilTaken(cutAfter);
      proxy.cut();
      await untilTaken(cutAfter + Math.floor(next() * 100));
      child.kill(end);
      await once(child, 'close');
      expect(err).toBe('');
      // What was taken but not written out any more, before the kill, may be there as well.
      taken = Number(out.trim().split('\n').at(-1)) + 1;
    };
    for (let round = 0; round < KILLS; round++) await run('SIGKILL');
    await run('SIGTERM');
    await subscriber.next(({ payload }) => payload.number >= taken - 1, 60_000);
    const numbers = subscriber.seen.map(({ payload }) => payload.number as number);
    const firstTimes = [...new Set(numbers)];
    expect(firstTimes).toEqual(Array.from({ length: firstTimes.length }, (_, i) => i));
    expect(firstTimes.length).toBeGreaterThanOrEqual(taken);
    expect(taken).toBeGreaterThan(20 * KILLS);
  } finally {
    subscriber.close();
    await proxy.close();
    await broker.close();
  }
});
