// The embedded broker serves mosquitto_sub and the publisher of the agent.

import { expect, test } from 'vitest';
import { brokerUrl } from '../../../agent/config/schema.js';
import { EmbeddedBroker } from '../../../agent/messaging/broker/embedded-broker.js';
import { closeAfterEach, never } from '../../support/ending.js';
import { detectionsMessage, statusMessage } from '../../support/messages.js';
import { makePublisher } from '../../support/publisher.js';
import { subscribe } from '../../support/subscriber.js';

const closeLater = closeAfterEach();

test.each(['3.1.1', '5'] as const)('a publisher set to MQTT %s, and a mosquitto_sub', async (protocol) => {
  const broker = new EmbeddedBroker({ host: '127.0.0.1', port: 0 });
  closeLater(broker);
  await broker.start(never);
  const { address } = broker;
  const subscriber = await subscribe(address.port, 'cspcam/#');
  closeLater(subscriber);
  const { publisher, event, events } = makePublisher(brokerUrl(address), { protocol });
  closeLater(publisher);
  publisher.start(never);
  // aedes knows MQTT 3.1.1 only: the publisher comes down to it by itself.
  await event(({ status }) => status === 'connected');
  expect(events).toEqual([{ status: 'connected', url: brokerUrl(address), protocol: '3.1.1' }]);
  publisher.publish(statusMessage('running'));
  publisher.publish(detectionsMessage(0));
  await subscriber.next(({ topic }) => topic.endsWith('/detections'));
  const late = await subscribe(address.port, 'cspcam/#');
  closeLater(late);
  await late.next(({ payload }) => payload.state === 'running');
  await late.next(({ payload }) => payload.state === 'online');
  expect(late.seen.every(({ retained }) => retained)).toBe(true);
  await publisher.stop();
  await subscriber.next(({ payload }) => payload.state === 'offline');
});

test('a port in use is one clear line; stopping twice is safe', async () => {
  const first = new EmbeddedBroker({ host: '127.0.0.1', port: 0 });
  closeLater(first);
  await first.start(never);
  const { port } = first.address;
  await expect(new EmbeddedBroker({ host: '127.0.0.1', port }).start(never)).rejects.toThrow(
    `expected a free address for mqtt.embeddedBroker, received 127.0.0.1:${port} (in use)`,
  );
  await first.stop();
  await first.stop();
  const again = new EmbeddedBroker({ host: '127.0.0.1', port });
  closeLater(again);
  await again.start(never);
  expect(again.address).toEqual({ host: '127.0.0.1', port });
});

test('an aborted start, and a stop during the start, leave the port free', async () => {
  const place = closeLater(new EmbeddedBroker({ host: '127.0.0.1', port: 0 }));
  await place.start(never);
  const { address } = place;
  await place.stop();
  const controller = new AbortController();
  const aborted = new EmbeddedBroker(address).start(controller.signal);
  controller.abort(new Error('enough'));
  await expect(aborted).rejects.toThrow('enough');
  const stopped = new EmbeddedBroker(address);
  const starting = stopped.start(never);
  await Promise.all([expect(starting).rejects.toThrow(), stopped.stop()]);
  await closeLater(new EmbeddedBroker(address)).start(never);
});
