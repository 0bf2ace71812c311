// The access list of the documentation, in a real Mosquitto: who may ask, who only sees, who may not say anything.

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { monotonicMs } from '#common/clock.js';
import { Requests } from '../../../agent/messaging/requests/requests.js';
import type { RequestHandlers } from '../../../agent/messaging/requests/table.js';
import { closeAfterEach, never } from '../../support/ending.js';
import { startMosquitto } from '../../support/mosquitto.js';
import { makePublisher } from '../../support/publisher.js';
import { subscribe } from '../../support/subscriber.js';

const closeLater = closeAfterEach();
const PASSWORD = 'of all of them';

test('Mosquitto with the access list of the README', async () => {
  const readme = readFileSync(
    join(import.meta.dirname, '../../../agent/messaging/requests/README.md'),
    'utf8',
  );
  const list = /```\n(# An agent:[\s\S]*?)```/.exec(readme)![1]!;
  const users = [...list.matchAll(/^user (\w+)$/gm)].map(([, name]) => name!);
  expect(users).toEqual(['porch', 'viewer', 'operator', 'homeassistant']);
  const broker = await startMosquitto({ access: { list, users, password: PASSWORD } });
  closeLater(broker);

  const { publisher, event } = makePublisher(broker.url, { username: 'porch', password: PASSWORD });
  const requests = new Requests({
    base: 'cspcam',
    device: 'porch',
    cameras: ['door'],
    allowed: ['config'],
    perMinute: 60,
    nowMs: monotonicMs,
    handlers: { config: async () => ({ base: 'cspcam' }) } as unknown as RequestHandlers,
    publish: (message) => publisher.publish(message),
    log: { debug: () => {}, info: () => {}, warn: () => {} },
  });
  publisher.listen(requests.filters, (message) => requests.onMessage(message));
  await publisher.start(never);
  closeLater(publisher);
  await event(({ status }) => status === 'connected');

  const as = (user: string) => ['-u', user, '-P', PASSWORD];
  const send = (user: string, topic: string, message: string) =>
    promisify(execFile)('mosquitto_pub', [
      ...['-h', '127.0.0.1', '-p', String(broker.port), '-q', '1', ...as(user), '-t', topic, '-m', message],
    ]);
  const seen = await subscribe(broker.port, 'cspcam/porch/#', as('viewer'));
  closeLater(seen);
  const discovery = await subscribe(broker.port, 'homeassistant/#', as('homeassistant'));
  closeLater(discovery);

  const ask = (by: string) => JSON.stringify({ transaction: by });
  await send('viewer', 'cspcam/porch/request/config', ask('viewer'));
  await send('viewer', 'cspcam/porch/state', '{"state": "forged"}');
  await send('operator', 'cspcam/porch/state', '{"state": "forged"}');
  await send('operator', 'cspcam/barn/request/config', ask('barn'));
  await send('operator', 'cspcam/porch/request/config', ask('operator'));
  await seen.next(({ topic, payload }) => topic.endsWith('/response/config') && payload.status === 'ok');
  // Nothing overtakes on one connection: what came before it has been refused by now.
  const answers = seen.seen.filter(({ topic }) => topic.includes('/response/'));
  expect(answers.map(({ payload }) => payload.transaction)).toEqual(['operator']);
  expect(seen.seen.filter(({ payload }) => payload.state === 'forged')).toEqual([]);

  publisher.publishRetained('homeassistant/device/cspcam_porch/config', '{"device": {}}');
  await discovery.next(({ topic }) => topic === 'homeassistant/device/cspcam_porch/config');
});
