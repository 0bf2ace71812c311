// Brokers that stop, come back, freeze or let another take over -> what an independent subscriber sees.

import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { closeAfterEach, never } from '../../support/ending.js';
import { usedBytes } from '../../support/memory.js';
import { detectionsMessage, statusMessage } from '../../support/messages.js';
import { freePort, startMosquitto } from '../../support/mosquitto.js';
import { makePublisher } from '../../support/publisher.js';
import { subscribe } from '../../support/subscriber.js';

const closeLater = closeAfterEach();

test.each(['3.1.1', '5'] as const)(
  'MQTT %s: state and statuses are right after each restart',
  async (protocol) => {
    const broker = closeLater(await startMosquitto());
    const { publisher, events } = makePublisher(broker.url, { protocol });
    closeLater(publisher).start(never);
    for (const [round, status] of (['running', 'retrying', 'stopped'] as const).entries()) {
      const subscriber = await subscribe(broker.port, 'cspcam/#');
      publisher.publish(statusMessage(status));
      await subscriber.next(({ payload }) => payload.state === 'online');
      await subscriber.next(({ payload }) => payload.state === status);
      expect(subscriber.seen.some(({ payload }) => payload.state === 'offline')).toBe(false);
      expect(publisher.counters.connects).toBe(round + 1);
      subscriber.close();
      await broker.restart();
    }
    const last = closeLater(await subscribe(broker.port, 'cspcam/#'));
    await last.next(({ payload }) => payload.state === 'online');
    await publisher.stop();
    await last.next(({ payload }) => payload.state === 'offline');
    expect(events.filter(({ status }) => status === 'connected')).toHaveLength(4);
  },
);

test('an outage keeps nothing per frame, and the newest of what is retained', async () => {
  const broker = closeLater(await startMosquitto());
  const { publisher, event } = makePublisher(broker.url);
  closeLater(publisher).start(never);
  await event(({ status }) => status === 'connected');
  await broker.stop();
  await event(({ status }) => status === 'retrying');

  publisher.publish(statusMessage('retrying'));
  const flood = () => {
    for (let i = 0; i < 20_000; i++) publisher.publish(detectionsMessage(i, 30));
    publisher.publish(statusMessage('running'));
    return usedBytes();
  };
  flood();
  const afterOne = flood();
  let afterMany = 0;
  for (let i = 0; i < 8; i++) afterMany = flood();
  // 160,000 messages of 2 kB would be 320 MB, even a number of each more than one.
  expect(afterMany - afterOne).toBeLessThan(1e6);
  expect(publisher.counters.droppedOffline).toBe(200_000);

  await broker.restart();
  const subscriber = closeLater(await subscribe(broker.port, 'cspcam/#'));
  await subscriber.next(({ payload }) => payload.state === 'online');
  const status = await subscriber.next(({ topic }) => topic.endsWith('/status'));
  expect(status.payload).toMatchObject({ state: 'running', sequence: 10 });
  publisher.publish(detectionsMessage(1));
  const frame = await subscriber.next(({ topic }) => topic.endsWith('/detections'));
  expect(frame.payload.sequence).toBe(200_000);
});

test('a broker that reads nothing: frames are dropped and counted, memory is bounded', async () => {
  const broker = closeLater(await startMosquitto());
  const { publisher, event } = makePublisher(broker.url);
  closeLater(publisher).start(never);
  await event(({ status }) => status === 'connected');
  broker.freeze();
  const published = publisher.counters.published;
  for (let i = 0; i < 30_000; i++) {
    publisher.publish(detectionsMessage(i, 10));
    if (i % 100 === 0) await wait(1);
  }
  const { droppedSlow, droppedOffline } = publisher.counters;
  expect(droppedSlow).toBeGreaterThan(10_000);
  expect(publisher.counters.published - published + droppedSlow + droppedOffline).toBe(30_000);

  broker.thaw();
  const subscriber = closeLater(await subscribe(broker.port, 'cspcam/porch/camera/#'));
  const again = setInterval(() => publisher.publish(detectionsMessage(7)), 100);
  await subscriber.next(({ payload }) => payload.sequence >= 30_000).finally(() => clearInterval(again));
});

test('two agents of one client id say so and slow down', async () => {
  const broker = closeLater(await startMosquitto());
  const backoff = { firstMs: 50, longestMs: 2000 };
  const one = makePublisher(broker.url, { protocol: '3.1.1' }, { backoff });
  const two = makePublisher(broker.url, { protocol: '3.1.1' }, { backoff });
  closeLater(one.publisher).start(never);
  closeLater(two.publisher).start(never);
  const told = await Promise.any(
    [one, two].map(({ event }) =>
      event((at) => at.status === 'retrying' && at.failure.kind === 'taken-over', 60_000),
    ),
  );
  expect(told).toMatchObject({
    failure: {
      message: expect.stringContaining(
        'expected a client id that no other client uses for mqtt.clientId cspcam-porch',
      ),
    },
  });
  expect(one.publisher.counters.connects + two.publisher.counters.connects).toBeLessThan(20);
});

test('a broker that is not there at the start is found once it is', async () => {
  const port = await freePort();
  const { publisher, event } = makePublisher(`mqtt://127.0.0.1:${port}`);
  closeLater(publisher).start(never);
  expect(await event(({ status }) => status === 'retrying')).toMatchObject({
    failure: {
      kind: 'unreachable',
      message: `expected a broker for mqtt.url mqtt://127.0.0.1:${port}, received a refusal: nothing listens there`,
    },
  });
  closeLater(await startMosquitto({ port }));
  await event(({ status }) => status === 'connected');
});

test('stop() in the middle of an outage, of a connect, and twice', async () => {
  const away = makePublisher(`mqtt://127.0.0.1:${await freePort()}`);
  away.publisher.start(never);
  await away.event(({ status }) => status === 'retrying');
  await away.publisher.stop();
  const seen = away.events.length;

  const broker = closeLater(await startMosquitto());
  const connecting = makePublisher(broker.url);
  connecting.publisher.start(never);
  await connecting.publisher.stop();
  await connecting.publisher.stop();

  const frozen = makePublisher(broker.url);
  frozen.publisher.start(never);
  await frozen.event(({ status }) => status === 'connected');
  broker.freeze();
  await frozen.publisher.stop();

  // Longer than the longest back-off: whatever goes on trying would have done so.
  await wait(1500);
  expect(away.events).toHaveLength(seen);
  expect(connecting.events).toEqual([]);
});
