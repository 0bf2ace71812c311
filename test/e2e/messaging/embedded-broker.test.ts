// The embedded broker serves mosquitto_sub, mqtt.js and the publisher of the agent, within its bounds.

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { promisify } from 'node:util';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import mqttPacket, { type IConnackPacket, type Packet } from 'mqtt-packet';
import { expect, test, vi } from 'vitest';
import { brokerUrl } from '../../../agent/config/schema.js';
import {
  EmbeddedBroker,
  type EmbeddedBrokerOptions,
} from '../../../agent/messaging/broker/embedded-broker.js';
import { closeAfterEach, never } from '../../support/ending.js';
import { usedBytes } from '../../support/memory.js';
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

const LOGIN = { username: 'porch', password: 'opensesame' };

async function started(options: Partial<EmbeddedBrokerOptions> = {}) {
  const notices: string[] = [];
  const broker = new EmbeddedBroker({
    host: '127.0.0.1',
    port: 0,
    onNotice: ({ why }) => notices.push(why),
    ...options,
  });
  closeLater(broker);
  await broker.start(never);
  const { port } = broker.address;
  return { broker, port, notices, url: `mqtt://127.0.0.1:${port}` };
}

/** Closes with the test; fails where the broker does not let it in. */
async function client(url: string, options: IClientOptions = {}): Promise<MqttClient> {
  const one = await mqtt.connectAsync(url, { reconnectPeriod: 0, protocolVersion: 4, ...options }, false);
  closeLater({ close: () => one.endAsync(true) });
  return one;
}

test.each([
  ['0.0.0.0', {}],
  ['::', { username: 'porch' }],
  ['192.168.1.7', { password: 'opensesame' }],
  ['porch.local', {}],
])('%s without a login does not start', async (host, login) => {
  await expect(new EmbeddedBroker({ host, port: 0, ...login }).start(never)).rejects.toThrow(
    `expected username and password, as others reach it for mqtt.embeddedBroker, received host ${host} without`,
  );
});

test('with a login: whoever gives it, and nobody else', async () => {
  const { broker, url, port, notices } = await started({ host: '0.0.0.0', ...LOGIN });
  const refused = [
    {},
    { username: LOGIN.username },
    { ...LOGIN, password: 'open' },
    { ...LOGIN, password: `${LOGIN.password}x` },
    { ...LOGIN, username: 'Porch' },
  ];
  await Promise.all(
    refused.map((login) => expect(client(url, login)).rejects.toThrow('Bad username or password')),
  );
  expect(notices).toEqual(['a wrong login']);
  await client(url, LOGIN);
  await client(url, broker.ownLogin);
  const subscriber = await subscribe(port, 'x', ['-u', LOGIN.username, '-P', LOGIN.password]);
  closeLater(subscriber);
  const login = ['-u', LOGIN.username, '-P', LOGIN.password];
  await promisify(execFile)('mosquitto_pub', [
    '-p',
    `${port}`,
    ...login,
    '-q',
    '2',
    '-t',
    'x',
    '-m',
    '"hello"',
  ]);
  expect((await subscriber.next(() => true)).payload).toBe('hello');
});

test('places for others; the agent always has one, and its client id', async () => {
  const { broker, url, notices } = await started({ maxClients: 2, clientIds: ['cspcam-porch'] });
  await expect(client(url, { clientId: 'cspcam-porch' })).rejects.toThrow('Identifier rejected');
  const [first] = [await client(url), await client(url)];
  await expect(client(url)).rejects.toThrow('Server unavailable');
  const agent = await client(url, { clientId: 'cspcam-porch', ...broker.ownLogin });
  await expect(client(url)).rejects.toThrow('Server unavailable');
  expect(agent.connected).toBe(true);
  await first!.endAsync();
  await client(url);
  expect(notices).toEqual(['the client id of the agent', 'too many clients']);
});

test('what is kept is bounded, and passed on all the same; the agent has room', async () => {
  const { broker, url, notices } = await started({ maxRetainedMegabytes: 0.1 });
  const sender = await client(url);
  const watcher = await client(url);
  let seen = 0;
  watcher.on('message', () => seen++);
  await watcher.subscribeAsync('kept/#', { qos: 1 });
  for (let i = 0; i < 10; i++)
    await sender.publishAsync(`kept/${i}`, Buffer.alloc(20_000, 'x'), { retain: true, qos: 1 });
  const agent = await client(url, broker.ownLogin);
  for (let i = 10; i < 20; i++)
    await agent.publishAsync(`kept/${i}`, Buffer.alloc(20_000, 'x'), { retain: true, qos: 1 });
  const late = await client(url);
  const kept: string[] = [];
  late.on('message', (topic, _, { retain }) => retain && kept.push(topic));
  await late.subscribeAsync('kept/#');
  const own = Array.from({ length: 10 }, (_, i) => `kept/${i + 10}`);
  // 20,000 bytes and what each topic costs: four of others fit.
  await vi.waitFor(() => expect(kept).toEqual(['kept/0', 'kept/1', 'kept/2', 'kept/3', ...own]));
  expect(seen).toBe(20);
  expect(notices).toEqual(['too much to keep']);
});

test('no session outlives its connection', async () => {
  const { url } = await started();
  const options = { clientId: 'late', clean: false } as const;
  const first = await client(url, options);
  await first.subscribeAsync('x', { qos: 1 });
  await first.endAsync();
  await (await client(url)).publishAsync('x', 'missed', { qos: 1 });
  const again = mqtt.connect(url, { reconnectPeriod: 0, protocolVersion: 4, ...options });
  closeLater({ close: () => again.endAsync(true) });
  const messages: string[] = [];
  again.on('message', (_, payload) => messages.push(payload.toString()));
  const { sessionPresent } = await new Promise<IConnackPacket>((resolve) => again.once('connect', resolve));
  await again.subscribeAsync('y', { qos: 1 });
  await again.publishAsync('y', 'seen', { qos: 1 });
  await vi.waitFor(() => expect(messages).toEqual(['seen']));
  expect(sessionPresent).toBe(false);
});

test('nothing is left of a client that has acknowledged a message and gone', async () => {
  const broker = closeLater(new EmbeddedBroker({ host: '127.0.0.1', port: 0 }));
  await broker.start(never);
  const { port } = broker.address;
  const come = async (number: number) => {
    const client = connectTcp(port, '127.0.0.1');
    const clientId = `${number}`.padStart(15_000, '-');
    client.write(mqttPacket.generate({ cmd: 'connect', clientId, clean: true, protocolVersion: 4 } as never));
    await once(client, 'data');
    client.end(mqttPacket.generate({ cmd: 'puback', messageId: 1 } as never));
    await once(client.resume(), 'close');
  };
  for (let number = 0; number < 50; number++) await come(number);
  const before = usedBytes();
  for (let number = 50; number < 350; number++) await come(number);
  expect((usedBytes() - before) / 300).toBeLessThan(4000);
});

test.each<[string, (one: MqttClient) => unknown, string]>([
  [
    'a message that is too long',
    (one) => one.publish('x', Buffer.alloc(1_200_000)),
    'a message of 1200007 bytes',
  ],
  [
    'a request that is too long',
    (one) => one.subscribe(Array.from({ length: 2000 }, (_, i) => `some/topic/${i}`)),
    'a packet of n bytes, which is no message',
  ],
  ['a topic of the broker', (one) => one.publish('$SYS/x', 'x'), 'a message on a topic of the broker'],
  [
    'a long message with QoS 2',
    (one) => one.publish('x', Buffer.alloc(100_000), { qos: 2 }),
    'a long message with QoS 2',
  ],
])('%s ends the connection', async (_, act, why) => {
  const { url, notices } = await started();
  const one = await client(url);
  one.on('error', () => {});
  const over = new Promise<void>((resolve) => one.once('close', () => resolve()));
  act(one);
  await over;
  expect(notices.map((notice) => notice.replace(/packet of \d+/, 'packet of n'))).toEqual([why]);
});

test('subscriptions: a hundred, and none to topics of the broker', async () => {
  const { url } = await started();
  const one = await client(url);
  await expect(one.subscribeAsync('$SYS/#')).rejects.toThrow();
  for (let i = 0; i < 100; i++) await one.subscribeAsync(`x/${i}`);
  await expect(one.subscribeAsync('x/100')).rejects.toThrow();
  await one.unsubscribeAsync('x/0');
  await one.subscribeAsync('x/100');
});

test('a client that reads nothing is dropped, and those that read miss nothing', {
  timeout: 60_000,
}, async () => {
  const { broker, port, url, notices } = await started();
  const deaf = connectTcp(port, '127.0.0.1').pause();
  closeLater({ close: () => deaf.destroy() });
  deaf.on('error', () => {});
  const packets: Packet[] = [
    { cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clientId: 'deaf', clean: true, keepalive: 0 },
    { cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: '#', qos: 1 }] },
  ];
  for (const packet of packets) deaf.write(mqttPacket.generate(packet));
  const reader = await client(url);
  let seen = 0;
  reader.on('message', () => seen++);
  await reader.subscribeAsync('x', { qos: 1 });
  const agent = await client(url, broker.ownLogin);
  // More than the sockets and the broker hold for it.
  for (let i = 0; i < 100; i++) await agent.publishAsync('x', Buffer.alloc(500_000), { qos: 1 });
  await vi.waitFor(() => expect(seen).toBe(100), 30_000);
  expect(notices).toEqual(['a client that reads too slowly']);
});
