// Mosquitto, aedes and, where it is installed, RabbitMQ, with access rules and limits -> what arrives at a subscriber, and what is named.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { Aedes } from 'aedes';
import { describe, expect, test } from 'vitest';
import { closeAfterEach, never } from '../../support/ending.js';
import { type Mosquitto, mosquittoPub, startMosquitto } from '../../support/mosquitto.js';
import { RABBITMQ, startRabbitMq } from '../../support/rabbitmq.js';
import { type Subscriber, subscribe } from '../../support/subscriber.js';
import { kinds, talkative } from '../../support/talkative.js';

const closeLater = closeAfterEach();
const protocols = ['3.1.1', '5'] as const;
const topics = Object.values(kinds).map(({ topic }) => topic);
const LARGE_BYTES = 30_000;

const arrived = ({ seen }: Subscriber, but: readonly string[] = []) =>
  topics.every((topic) => but.includes(topic) || seen.some((one) => one.topic === topic));

describe.each(protocols)('Mosquitto, MQTT %s', (protocol) => {
  test('an access rule against the events of a camera', async () => {
    const denied = kinds.events!.topic;
    const broker: Mosquitto = closeLater(
      await startMosquitto({ rules: ['topic readwrite #', `topic deny ${denied}`] }),
    );
    const subscriber: Subscriber = closeLater(await subscribe(broker.port, '#'));
    const made = talkative(broker.url, { protocol });
    await closeLater(made.publisher).start(never);
    await made.until(() => arrived(subscriber, [denied]), 'all others');
    await made.until(() => made.outcomes.length > 10, 'ten events');
    expect(made.events).toHaveLength(1);
    // MQTT 3.1.1 has no way to say it.
    const isTold = protocol === '5';
    expect(made.outcomes.every(({ kind }) => kind === (isTold ? 'refused' : 'delivered'))).toBe(true);
    expect(made.lines).toEqual(
      isTold ? [expect.stringContaining(`${denied}, received Not authorized (135)`)] : [],
    );
  });

  test('a limit of 20,000 bytes: the picture arrives in a smaller form', async () => {
    const broker = closeLater(await startMosquitto({ settings: ['max_packet_size 20000'] }));
    const subscriber = closeLater(await subscribe(broker.port, '#'));
    const made = talkative(broker.url, { protocol, pictureBytes: LARGE_BYTES });
    await closeLater(made.publisher).start(never);
    await made.until(() => arrived(subscriber), 'all');
    expect(made.publisher.limits.maximumPacketBytes).toBe(protocol === '5' ? 20_000 : undefined);
    // MQTT 3.1.1 cannot say it: Mosquitto hangs up until the picture is known to be too long.
    if (protocol === '5') expect(made.publisher.counters.connects).toBe(1);
    else expect(made.refusals).toMatchObject([{ topic: kinds.snapshot!.topic, reason: 'hang-up' }]);
  });

  test('what is too long is passed over: three megabytes, and a hundred kilobytes that nobody has kept', async () => {
    const broker = closeLater(await startMosquitto());
    await sendLong(broker.port, 'kept', 900_000);
    const heard: string[] = [];
    const made = talkative(broker.url, { protocol });
    made.publisher.listen(['to/#'], ({ topic }) => heard.push(topic), ['kept']);
    await closeLater(made.publisher).start(never);
    await made.event(({ status }) => status === 'connected');
    await mosquittoPub(broker.port, 'to/long', 'x'.repeat(60_000));
    await made.until(() => heard.length > 1, 'those that are not too long');
    await sendLong(broker.port, 'to/long', 3_000_000);
    await sendLong(broker.port, 'to/long', 100_000);
    await mosquittoPub(broker.port, 'to/short', 'x');
    await made.until(() => heard.includes('to/short'), 'the last one');
    expect(heard).toEqual(['kept', 'to/long', 'to/short']);
    expect(made.events).toHaveLength(1);
    // With MQTT 5 the broker knows of the greatest size; said is the first of a minute.
    const first = protocol === '5' ? '1000' : '30000';
    expect(made.lines).toEqual([expect.stringMatching(new RegExp(`to/long, received ${first}\\d\\d bytes`))]);
  });
});

test('Mosquitto with no more than QoS 0, and nothing retained', async () => {
  const settings = ['max_qos 0', 'retain_available false', 'max_keepalive 20'];
  const broker = closeLater(await startMosquitto({ settings }));
  const subscriber = closeLater(await subscribe(broker.port, '#'));
  const made = talkative(broker.url);
  await closeLater(made.publisher).start(never);
  await made.until(() => arrived(subscriber), 'all');
  expect(made.publisher.limits).toMatchObject({ maximumQos: 0, retainAvailable: false });
  expect(made.refusals).toEqual([]);
  // QoS 0 has no acknowledgement: the answer to a ping stands for it.
  await made.until(() => made.outcomes.some(({ kind }) => kind === 'delivered'), 'an event that is settled');
});

test('aedes hangs up on a topic that is not allowed', async () => {
  const denied = kinds.count!.topic;
  const aedes = await Aedes.createBroker({
    authorizePublish: (_, { topic }, done) => done(topic === denied ? new Error('no') : null),
  });
  const server = createServer(aedes.handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closeLater({
    close: async () => {
      server.close();
      await new Promise<void>((done) => aedes.close(() => done()));
    },
  });
  const { port } = server.address() as AddressInfo;
  const subscriber = closeLater(await subscribe(port, '#'));
  const made = talkative(`mqtt://127.0.0.1:${port}`);
  await closeLater(made.publisher).start(never);
  await made.until(() => made.refusals.length > 0, 'what it hangs up on');
  await made.until(() => arrived(subscriber, [denied]), 'all others');
  for (const refusal of made.refusals) expect(refusal).toMatchObject({ topic: denied, reason: 'hang-up' });
});

/** It is not in `scripts/setup --tests`: it takes longer to install and to start than all of these tests. */
describe.skipIf(!existsSync(RABBITMQ))('RabbitMQ, where it is installed', () => {
  test('is spoken to in MQTT 3.1.1; it hangs up on a topic that is not allowed', async () => {
    const denied = kinds.status!.topic;
    const broker = closeLater(await startRabbitMq({ deny: denied }));
    const subscriber = closeLater(await subscribe(broker.port, '#', ['-u', 'guest', '-P', 'guest']));
    const made = talkative(broker.url);
    await closeLater(made.publisher).start(never);
    await made.until(() => made.refusals.length > 0, 'what it hangs up on');
    await made.until(() => arrived(subscriber, [denied]), 'all others');
    expect(made.events.find(({ status }) => status === 'connected')).toMatchObject({ protocol: '3.1.1' });
    for (const refusal of made.refusals) expect(refusal).toMatchObject({ topic: denied, reason: 'hang-up' });
  });
});

/** By standard input: no argument of a program may be so long. */
async function sendLong(port: number, topic: string, bytes: number): Promise<void> {
  const child = spawn('mosquitto_pub', ['-p', String(port), '-q', '1', '-r', '-t', topic, '-s']);
  child.stdin.end(Buffer.alloc(bytes, 'x'));
  await once(child, 'exit');
}
