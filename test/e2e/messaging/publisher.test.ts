// The publisher against a real Mosquitto, seen by a mosquitto_sub process.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { messageSchema } from '../../../agent/messaging/schemas.js';
import { type MessageKind, topicTable } from '../../../agent/messaging/topics.js';
import { closeAfterEach, never } from '../../support/ending.js';
import { detectionsMessage, eventMessage, statusMessage } from '../../support/messages.js';
import {
  type Certificates,
  type Mosquitto,
  makeCertificates,
  startMosquitto,
} from '../../support/mosquitto.js';
import { makePublisher } from '../../support/publisher.js';
import { type Subscriber, subscribe } from '../../support/subscriber.js';

const closeLater = closeAfterEach();

const state = (wanted: string) => (message: { topic: string; payload: { state?: string } }) =>
  message.topic === 'cspcam/porch/state' && message.payload.state === wanted;

describe.each(['3.1.1', '5'] as const)('MQTT %s', (protocol) => {
  test('state, retained messages and detections arrive as the topic table says', async () => {
    const broker: Mosquitto = closeLater(await startMosquitto());
    const subscriber: Subscriber = closeLater(
      await subscribe(broker.port, 'cspcam/#', ['--retain-as-published', '-V', 'mqttv5']),
    );
    const { publisher, event } = makePublisher(broker.url, { protocol });
    closeLater(publisher);
    publisher.publish(detectionsMessage(0));
    publisher.publish(statusMessage('starting'));
    publisher.publish(statusMessage('running'));
    publisher.start(never);
    expect(await event(({ status }) => status === 'connected')).toMatchObject({ protocol });
    publisher.publish(detectionsMessage(1));
    await subscriber.next(({ topic }) => topic.endsWith('/detections'));
    await publisher.stop();
    await subscriber.next(state('offline'));

    expect(subscriber.seen.map(({ topic, payload }) => [topic, payload.sequence, payload.state])).toEqual([
      ['cspcam/porch/state', 0, 'online'],
      ['cspcam/porch/camera/door/status', 1, 'running'],
      ['cspcam/porch/camera/door/detections', 1, undefined],
      ['cspcam/porch/state', 1, 'offline'],
    ]);
    for (const { topic, retained, qos, payload } of subscriber.seen) {
      const kind = topic.split('/').at(-1) as MessageKind;
      expect({ kind, retained, qos }).toEqual({
        kind,
        retained: topicTable[kind].retain,
        qos: topicTable[kind].qos,
      });
      expect(messageSchema(kind).parse(payload)).toEqual(payload);
    }
    expect(publisher.counters).toEqual({
      published: 4,
      droppedOffline: 1,
      droppedSlow: 0,
      refused: 0,
      connects: 1,
    });
  });

  test('who comes later finds the last state and status retained', async () => {
    const broker = closeLater(await startMosquitto());
    const { publisher } = makePublisher(broker.url, { protocol });
    publisher.publish(statusMessage('stopped'));
    publisher.start(never);
    closeLater(publisher);
    const early = closeLater(await subscribe(broker.port, 'cspcam/#'));
    await early.next(({ payload }) => payload.state === 'stopped');
    await publisher.stop();
    const late = closeLater(await subscribe(broker.port, 'cspcam/#'));
    await late.next(state('offline'));
    await late.next(({ payload }) => payload.state === 'stopped');
    expect(late.seen.every(({ retained }) => retained)).toBe(true);
  });

  test('a wrong password is one clear line, and is tried again', async () => {
    const broker = closeLater(await startMosquitto({ user: { name: 'porch', password: 'right' } }));
    const { publisher, event } = makePublisher(broker.url, {
      protocol,
      username: 'porch',
      password: 'wr0ng',
    });
    closeLater(publisher);
    publisher.start(never);
    const refused = await event((at) => at.status === 'retrying' && at.attempt === 2);
    expect(refused).toMatchObject({
      failure: {
        kind: 'credentials',
        message: `expected a user and password that the broker accepts for mqtt.username porch at ${broker.url}, received Not authorized (${protocol === '5' ? 135 : 5})`,
      },
    });
  });

  test('the right password, in the address too', async () => {
    const broker = closeLater(await startMosquitto({ user: { name: 'porch', password: 'p@ss:/w?rd' } }));
    const url = broker.url.replace('//', `//porch:${encodeURIComponent('p@ss:/w?rd')}@`);
    const inAddress = makePublisher(url, { protocol, clientId: 'a' });
    const inKeys = makePublisher(broker.url, {
      protocol,
      clientId: 'b',
      username: 'porch',
      password: 'p@ss:/w?rd',
    });
    for (const { publisher, event } of [inAddress, inKeys]) {
      closeLater(publisher).start(never);
      expect(await event(() => true)).toEqual({ status: 'connected', url: broker.url, protocol });
    }
  });
});

test('a crop and an answer that follow a large picture in one turn arrive', async () => {
  const broker = closeLater(await startMosquitto());
  const below = 'cspcam/porch/camera/door';
  const subscriber = closeLater(await subscribe(broker.port, 'cspcam/#', ['-T', `${below}/snapshot`]));
  const { publisher, event } = makePublisher(broker.url, {}, { keepsPictures: () => false });
  closeLater(publisher);
  await publisher.start(never);
  await event(({ status }) => status === 'connected');
  const object = { trackId: 1, crop: Buffer.from('{}') };
  const picture = { capturedAtMs: 0, sourceSize: { width: 4, height: 3 }, object };
  publisher.publishPicture('door', { ...picture, jpeg: Buffer.alloc(900_000) });
  publisher.publish({ kind: 'response', body: { request: 'snapshot', status: 'ok' } });
  await subscriber.next(({ topic }) => topic === `${below}/crop`);
  await subscriber.next(({ topic }) => topic === 'cspcam/porch/response/snapshot');
  expect(publisher.counters).toMatchObject({ published: 4, droppedSlow: 0 });
});

test('MQTT 5: user properties say what the envelope says, of the will and of a picture too', async () => {
  const broker = closeLater(await startMosquitto());
  const subscriber = closeLater(await subscribe(broker.port, 'cspcam/#', ['-V', 'mqttv5']));
  const { publisher, event } = makePublisher(broker.url);
  closeLater(publisher).start(never);
  await event(({ status }) => status === 'connected');
  publisher.publish(statusMessage('running'));
  publisher.publish(detectionsMessage(0));
  publisher.publish(detectionsMessage(1));
  const { body } = eventMessage(7);
  const event7 = { schemaVersion: 1, bootId: 'earlier', sequence: 41, sentAt: '', ...body };
  publisher.sendStored('cspcam/porch/camera/door/events', JSON.stringify(event7), () => {});
  const picture = { capturedAtMs: Date.UTC(2026, 0, 2), sourceSize: { width: 1280, height: 720 } };
  for (const text of ['one', 'two'])
    publisher.publishPicture('door', { jpeg: Buffer.from(text), ...picture });
  await subscriber.next(({ payload }) => payload === 'two');

  const enveloped = subscriber.seen.filter(({ payload }) => typeof payload === 'object');
  expect(enveloped.length).toBeGreaterThanOrEqual(5);
  for (const { topic, properties, payload } of enveloped)
    expect([topic, properties]).toEqual([
      topic,
      {
        schema: String(payload.schemaVersion),
        bootId: payload.bootId,
        sequence: String(payload.sequence),
      },
    ]);
  expect(subscriber.seen.at(-1)?.properties).toEqual({
    schema: '1',
    bootId: 'boot',
    sequence: '1',
    capturedAt: '2026-01-02T00:00:00.000Z',
    sourceSize: '1280x720',
  });
  // Somebody else under the same id: the broker ends this connection and publishes its will.
  const other = makePublisher(broker.url);
  closeLater(other.publisher).start(never);
  const will = await subscriber.next(state('offline'));
  expect(will.properties).toEqual({ schema: '1', bootId: 'boot', sequence: '1' });
});

describe('TLS', () => {
  let folders: string[];
  let certificates: Certificates;
  let strangers: Certificates;

  beforeAll(async () => {
    folders = [await mkdtemp(join(tmpdir(), 'own-')), await mkdtemp(join(tmpdir(), 'other-'))];
    certificates = await makeCertificates(folders[0]!);
    strangers = await makeCertificates(folders[1]!);
  });
  afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

  test('connects with the authority of the broker', async () => {
    const broker = closeLater(await startMosquitto({ certificates }));
    const { publisher, event } = makePublisher(broker.url, {
      tls: { ca: certificates.ca, rejectUnauthorized: true },
    });
    closeLater(publisher).start(never);
    expect(await event(() => true)).toMatchObject({ status: 'connected' });
  });

  const cases: [string, () => string | undefined, RegExp][] = [
    ['another authority', () => strangers.ca, /received .*(certificate|signature).*\(.+\)$/],
    ['no authority', () => undefined, /received .*certificate.*\(.+\)$/],
    ['a file that is none', () => 'package.json', /received .*\(.+\)$/],
  ];
  test.each(cases)('%s is one clear line', async (_, ca, message) => {
    const broker = closeLater(await startMosquitto({ certificates }));
    const file = ca();
    const { publisher, event } = makePublisher(broker.url, {
      tls: { ...(file && { ca: file }), rejectUnauthorized: true },
    });
    closeLater(publisher).start(never);
    const failed = await event(() => true);
    expect(failed).toMatchObject({
      status: 'retrying',
      failure: { kind: 'tls', message: expect.stringMatching(message) },
    });
    expect(failed).toMatchObject({
      failure: { message: expect.stringContaining('expected a trusted certificate for mqtt.tls') },
    });
  });

  test('a broker without TLS behind mqtts is one clear line', async () => {
    const broker = closeLater(await startMosquitto());
    const { publisher, event } = makePublisher(broker.url.replace('mqtt:', 'mqtts:'));
    closeLater(publisher).start(never);
    expect(await event(() => true)).toMatchObject({
      status: 'retrying',
      failure: { message: expect.not.stringContaining('\n') },
    });
  });
});
