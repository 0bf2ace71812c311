// The publisher with a broker made by hand -> waits, versions and suspicions that a real one brings rarely.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { PublisherOptions } from '../../../agent/messaging/publisher-options.js';
import { never } from '../../support/ending.js';
import { fakeBroker } from '../../support/fake-broker.js';
import { detectionsMessage } from '../../support/messages.js';
import { makePublisher } from '../../support/publisher.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function setUp(extra: Partial<PublisherOptions> = {}) {
  const { connect, connections } = fakeBroker();
  const random = () => 1;
  const backoff = { firstMs: 1000, longestMs: 30_000 };
  const made = makePublisher('mqtt://broker', {}, { random, backoff, connect, ...extra });
  void made.publisher.start(never);
  const last = async () => {
    await vi.advanceTimersByTimeAsync(0);
    return connections.at(-1)!;
  };
  return { ...made, connections, last };
}

const refused = (code: string | number) => Object.assign(new Error('refused'), { code });

test('the wait doubles up to its longest, for ever', async () => {
  const { events, last } = setUp();
  const waits: number[] = [];
  for (let i = 0; i < 8; i++) {
    (await last()).events.onClose(refused('ECONNREFUSED'));
    const event = events.at(-1)!;
    if (event.status !== 'retrying') throw new Error(event.status);
    waits.push(event.retryInMs);
    await vi.advanceTimersByTimeAsync(event.retryInMs);
  }
  expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
});

test('a connection that lasted begins the wait anew; brief ones raise the suspicion of a second client', async () => {
  const { events, last } = setUp();
  const kinds: string[] = [];
  for (const livedMs of [10, 10, 10, 40_000, 10]) {
    (await last()).events.onConnect({});
    await vi.advanceTimersByTimeAsync(livedMs);
    (await last()).events.onClose(undefined);
    const event = events.at(-1)!;
    if (event.status !== 'retrying') throw new Error(event.status);
    kinds.push(`${event.failure.kind} ${event.attempt}`);
    await vi.advanceTimersByTimeAsync(event.retryInMs);
  }
  expect(kinds).toEqual(['lost 1', 'lost 2', 'taken-over 3', 'lost 1', 'lost 2']);
});

test('a connection that lasted has lasted, though the time of day was set back meanwhile', async () => {
  const { events, last } = setUp();
  for (let times = 0; times < 3; times++) {
    (await last()).events.onConnect({});
    vi.setSystemTime(Date.now() - 3_600_000);
    await vi.advanceTimersByTimeAsync(40_000);
    (await last()).events.onClose(undefined);
    expect(events.at(-1)).toMatchObject({ attempt: 1, failure: { kind: 'lost' } });
    await vi.advanceTimersByTimeAsync(1000);
  }
});

test('a picture that is being made smaller is not sent once none may be kept', async () => {
  const fitted: ((jpeg: Buffer) => void)[] = [];
  const fitPicture = () => new Promise<Buffer>((resolve) => fitted.push(resolve));
  const { publisher, last } = setUp({ fitPicture });
  const { events, calls } = await last();
  events.onConnect({});
  const picture = { capturedAtMs: 0, sourceSize: { width: 4, height: 3 } };
  publisher.publishPicture('door', { ...picture, jpeg: Buffer.alloc(1024 * 1024 + 1) });
  publisher.clearPictures('door');
  fitted[0]!(Buffer.from('small'));
  await vi.advanceTimersByTimeAsync(0);
  const below = 'cspcam/porch/camera/door';
  expect(calls).toEqual(['cspcam/porch/state', `${below}/snapshot`, `${below}/crop`]);
  publisher.publishPicture('door', { ...picture, jpeg: Buffer.from('next') });
  expect(calls).toHaveLength(4);
});

test('an answer waits for what has not left yet, as the picture that it tells of, within bounds; frames are given up', async () => {
  const { publisher, last } = setUp();
  const connection = await last();
  connection.events.onConnect({});
  const answer = { kind: 'response', body: { request: 'snapshot', status: 'ok' } } as const;
  connection.unsentBytes = 1024 * 1024;
  publisher.publish(detectionsMessage(0));
  publisher.publish(answer);
  expect(connection.calls).toEqual(['cspcam/porch/state', 'cspcam/porch/response/snapshot']);
  connection.unsentBytes = 16 * 1024 * 1024;
  publisher.publish(answer);
  expect(connection.calls).toHaveLength(2);
  expect(publisher.counters).toMatchObject({ droppedSlow: 2, droppedOffline: 0 });
});

test('the crop goes with its snapshot, however large that is, and is dropped with it', async () => {
  const { publisher, last } = setUp({ keepsPictures: () => false });
  const connection = await last();
  const { calls } = connection;
  connection.events.onConnect({});
  connection.isStalled = true;
  const picture = { capturedAtMs: 0, sourceSize: { width: 4, height: 3 }, jpeg: Buffer.alloc(200_000) };
  const object = { trackId: 1, crop: Buffer.alloc(1000) };
  publisher.publishPicture('door', { ...picture, object });
  const below = 'cspcam/porch/camera/door';
  expect(calls).toEqual(['cspcam/porch/state', `${below}/snapshot`, `${below}/crop`]);
  publisher.publishPicture('door', { ...picture, object });
  expect(calls).toHaveLength(3);
  expect(publisher.counters).toMatchObject({ droppedSlow: 2 });
});

test('what the broker does not take is refused, and not published', async () => {
  const { publisher, last } = setUp();
  const { events, calls } = await last();
  const bytes = JSON.stringify(detectionsMessage(0).body).length;
  events.onConnect({ maximumPacketBytes: bytes });
  for (let frame = 0; frame < 10; frame++) publisher.publish(detectionsMessage(frame));
  expect(calls).toEqual(['cspcam/porch/state']);
  expect(publisher.counters).toMatchObject({ published: 1, refused: 10 });
  await publisher.stop();
  expect(publisher.counters.published).toBe(2);
});

test('a broker of MQTT 3.1.1 is spoken to in it at once; one that refuses that too is reported', async () => {
  const { events, connections, last } = setUp();
  (await last()).events.onClose(refused(1));
  (await last()).events.onClose(refused(1));
  expect(connections.map(({ protocol }) => protocol)).toEqual(['5', '3.1.1']);
  expect(events).toMatchObject([{ status: 'retrying', attempt: 1, failure: { kind: 'protocol' } }]);
});

test('a late word of an earlier connection changes nothing', async () => {
  const { events, connections, last } = setUp();
  (await last()).events.onClose(refused('ECONNREFUSED'));
  await vi.advanceTimersByTimeAsync(1000);
  (await last()).events.onConnect({});
  connections[0]!.events.onClose(undefined);
  expect(events.map(({ status }) => status)).toEqual(['retrying', 'connected']);
});
