// Requests by mosquitto_pub -> responses, over a real Mosquitto.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { monotonicMs } from '#common/clock.js';
import { REQUESTS } from '../../../agent/config/requests.js';
import { Requests } from '../../../agent/messaging/requests/requests.js';
import type { RequestHandlers } from '../../../agent/messaging/requests/table.js';
import { messageSchema } from '../../../agent/messaging/schemas.js';
import { closeAfterEach, never } from '../../support/ending.js';
import { startMosquitto } from '../../support/mosquitto.js';
import { makePublisher } from '../../support/publisher.js';
import { subscribe } from '../../support/subscriber.js';

const closeLater = closeAfterEach();

const run = promisify(execFile);

test.each(['3.1.1', '5'] as const)(
  'MQTT %s: answered once, after a restart of the broker too',
  async (protocol) => {
    const broker = await startMosquitto();
    closeLater(broker);
    const carriedOut: unknown[] = [];
    const restart = async ({ camera }: { camera: string }) => {
      carriedOut.push(camera);
      return { camera };
    };
    const log = { debug: () => {}, info: () => {}, warn: () => {} };
    const requests = new Requests({
      base: 'cspcam',
      device: 'porch',
      cameras: ['door'],
      allowed: REQUESTS,
      perMinute: 100,
      nowMs: monotonicMs,
      handlers: { restart } as unknown as RequestHandlers,
      publish: (message) => publisher.publish(message),
      log,
    });
    const { publisher, events, event } = makePublisher(broker.url, { protocol });
    publisher.listen(requests.filters, (message) => requests.onMessage(message));
    const send = (name: string, message: string, ...more: string[]) =>
      run('mosquitto_pub', [
        ...['-h', '127.0.0.1', '-p', String(broker.port), '-q', '1'],
        ...['-t', `cspcam/porch/request/${name}`, '-m', message, ...more],
      ]);
    const listen = async () => {
      const subscriber = await subscribe(broker.port, 'cspcam/porch/response/#');
      closeLater(subscriber);
      return subscriber;
    };
    const responses = await listen();

    // Somebody left one behind: it must not restart the camera at each connect.
    await send('restart', '{"camera": "door"}', '-r');
    await publisher.start(never);
    closeLater(publisher);
    await event(({ status }) => status === 'connected');
    await send('restart', '{"camera": "door", "transaction": "a"}');
    const answer = await responses.next(() => true);
    expect(answer).toMatchObject({
      topic: 'cspcam/porch/response/restart',
      retained: false,
      qos: 1,
      payload: { request: 'restart', transaction: 'a', status: 'ok', data: { camera: 'door' } },
    });
    expect(messageSchema('response').parse(answer.payload)).toEqual(answer.payload);
    expect(carriedOut).toEqual(['door']);

    await send('../info', '{"camera": "door"}');
    const refused = await responses.next(({ topic }) => topic.endsWith('/unknown'));
    expect(refused.payload).toMatchObject({ request: 'unknown', status: 'error' });

    await broker.restart();
    await event(() => events.filter(({ status }) => status === 'connected').length > 1);
    const later = await listen();
    await send('restart', '{"camera": "barn", "transaction": 2}');
    expect((await later.next(() => true)).payload).toMatchObject({
      transaction: 2,
      status: 'error',
      error: 'expected one of the cameras door for camera, received "barn"',
    });
    expect(carriedOut).toEqual(['door']);
  },
);
