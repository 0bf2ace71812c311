// kill -9 of a publishing process -> the broker says offline in its place; a new one says online again.

import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { startMosquitto } from '../../support/mosquitto.js';
import { subscribe } from '../../support/subscriber.js';

const ending: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

test.each(['3.1.1', '5'])('MQTT %s', async (protocol) => {
  const broker = await startMosquitto();
  ending.push(() => broker.close());
  const subscriber = await subscribe(broker.port, 'cspcam/porch/state');
  ending.push(() => subscriber.close());
  const start = (): ChildProcess => {
    const program = resolve(import.meta.dirname, '../../support/publish-for-ever.mjs');
    const child = spawn(process.execPath, [program, broker.url, protocol], { stdio: 'inherit' });
    ending.push(() => child.kill('SIGKILL'));
    return child;
  };

  const first = start();
  await subscriber.next(({ payload }) => payload.state === 'online');
  first.kill('SIGKILL');
  await subscriber.next(({ payload }) => payload.state === 'offline');

  const late = await subscribe(broker.port, 'cspcam/porch/state');
  ending.push(() => late.close());
  const found = await late.next(() => true);
  expect(found).toMatchObject({
    retained: true,
    payload: { state: 'offline', bootId: `boot-${first.pid}`, sequence: 1 },
  });

  const second = start();
  await subscriber.next(({ payload }) => payload.bootId === `boot-${second.pid}`);
  expect(subscriber.seen.map(({ payload }) => [payload.bootId, payload.sequence, payload.state])).toEqual([
    [`boot-${first.pid}`, 0, 'online'],
    [`boot-${first.pid}`, 1, 'offline'],
    [`boot-${second.pid}`, 0, 'online'],
  ]);
});
