// The embedded broker serves mosquitto_sub and the publisher of the agent.

import { afterEach, expect, test } from 'vitest';
import { brokerUrl } from '../../../agent/config/schema.js';
import { EmbeddedBroker } from '../../../agent/messaging/broker/embedded-broker.js';
import { detectionsMessage, statusMessage } from '../../support/messages.js';
import { makePublisher } from '../../support/publisher.js';
import { subscribe } from '../../support/subscriber.js';

const closing: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of closing.splice(0).reverse()) await thing.close();
});

test.each(['3.1.1', '5'] as const)('a publisher set to MQTT %s, and a mosquitto_sub', async (protocol) => {
  const broker = new EmbeddedBroker({ host: '127.0.0.1', port: 0 });
  closing.push(broker);
  const address = await broker.start();
  const subscriber = await subscribe(address.port, 'cspcam/#');
  closing.push(subscriber);
  const { publisher, event, events } = makePublisher(brokerUrl(address), { protocol });
  closing.push(publisher);
  publisher.start();
  // aedes knows MQTT 3.1.1 only: the publisher comes down to it by itself.
  await event(({ status }) => status === 'connected');
  expect(events).toEqual([{ status: 'connected', url: brokerUrl(address), protocol: '3.1.1' }]);
  publisher.publish(statusMessage('running'));
  publisher.publish(detectionsMessage(0));
  await subscriber.next(({ topic }) => topic.endsWith('/detections'));
  const late = await subscribe(address.port, 'cspcam/#');
  closing.push(late);
  await late.next(({ payload }) => payload.state === 'running');
  await late.next(({ payload }) => payload.state === 'online');
  expect(late.seen.every(({ retained }) => retained)).toBe(true);
  await publisher.close();
  await subscriber.next(({ payload }) => payload.state === 'offline');
});

test('a port in use is one clear line; closing twice is safe', async () => {
  const first = new EmbeddedBroker({ host: '127.0.0.1', port: 0 });
  closing.push(first);
  const { port } = await first.start();
  await expect(new EmbeddedBroker({ host: '127.0.0.1', port }).start()).rejects.toThrow(
    `expected a free address for mqtt.embeddedBroker, received 127.0.0.1:${port} (in use)`,
  );
  await first.close();
  await first.close();
  const again = new EmbeddedBroker({ host: '127.0.0.1', port });
  closing.push(again);
  expect(await again.start()).toEqual({ host: '127.0.0.1', port });
});
