// Two hours without a broker, at 20 events and 30 frames a second -> memory and disk bounded, and afterwards every
// event in order exactly once, at the replay rate, with counters that add up. The two hours are those of the clock
// that is passed in; the broker, its subscriber and the disk are real.

import { mkdtemp, readdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Outbox } from '../../../agent/messaging/outbox/outbox.js';
import { never } from '../../support/ending.js';
import { usedBytes } from '../../support/memory.js';
import { detectionsMessage, eventMessage } from '../../support/messages.js';
import { startMosquitto } from '../../support/mosquitto.js';
import { makePublisher } from '../../support/publisher.js';
import { subscribe } from '../../support/subscriber.js';

const HOURS = 2;
const EVENTS_PER_SECOND = 20;
const FRAMES_PER_SECOND = 30;
const MAX_BYTES = 32 << 20;
const REPLAY_PER_SECOND = 4000;

test('an outage of two hours', async () => {
  const broker = await startMosquitto();
  const directory = await mkdtemp(join(tmpdir(), 'outbox-'));
  let nowMs = Date.now();
  // The publisher may be back at the broker before the subscriber is: it must not miss the first of them.
  let listen = () => {};
  const listening = new Promise<void>((resolve) => {
    listen = resolve;
  });
  const outbox: Outbox = new Outbox({
    directory,
    where: 'mqtt.outbox.directory',
    maxBytes: MAX_BYTES,
    send: (topic, payload, done) => void listening.then(() => publisher.sendStored(topic, payload, done)),
    now: () => ({ bootId: 'one', monotonicMs: nowMs }),
    maxAgeMs: 48 * 3_600_000,
    replayPerSecond: REPLAY_PER_SECOND,
    onDisk: (failure) => expect(failure).toBeUndefined(),
    onLoss: () => {},
  });
  await outbox.start(never);
  const { publisher, event } = makePublisher(
    broker.url,
    {},
    { outbox, now: () => nowMs, nowMs: () => nowMs },
  );
  await publisher.start(never);
  await event(({ status }) => status === 'connected');
  await broker.stop();
  await event(({ status }) => status === 'retrying');

  const seconds = HOURS * 3600;
  const used: number[] = [];
  for (let second = 0; second < seconds; second++) {
    for (let i = 0; i < EVENTS_PER_SECOND; i++) publisher.publish(eventMessage(second));
    for (let i = 0; i < FRAMES_PER_SECOND; i++) publisher.publish(detectionsMessage(second));
    nowMs += 1000;
    if (second % 60 === 0) {
      await wait(0);
      used.push(usedBytes());
    }
  }
  const half = used.length / 2;
  expect(Math.max(...used.slice(half)) / Math.max(...used.slice(0, half))).toBeLessThan(1.1);
  expect(await folderBytes(directory)).toBeLessThanOrEqual(MAX_BYTES + 1000);
  const { produced, evicted, pending: waiting } = outbox.report;
  expect(produced).toBe(seconds * EVENTS_PER_SECOND);
  expect(evicted + waiting).toBe(produced);
  expect(evicted).toBeGreaterThan(0);

  await broker.restart();
  const subscriber = await subscribe(broker.port, 'cspcam/porch/camera/door/events');
  listen();
  const real = setInterval(() => (nowMs += 20), 20);
  const begunAt = Date.now();
  while (outbox.report.pending > 0) await wait(50);
  const replaySeconds = (Date.now() - begunAt) / 1000;
  clearInterval(real);
  const last = produced - 1;
  await subscriber.next(({ payload }) => payload.sequence === last, 60_000);
  const sequences = subscriber.seen.map(({ payload }) => payload.sequence as number);
  expect([...new Set(sequences)]).toEqual(Array.from({ length: waiting }, (_, i) => evicted + i));
  const rate = waiting / replaySeconds;
  expect(rate).toBeLessThan(1.1 * REPLAY_PER_SECOND);
  expect(outbox.report).toMatchObject({
    delivered: waiting,
    evictedFor: { space: evicted },
    pending: 0,
    produced,
  });
  expect(publisher.counters.droppedOffline).toBeGreaterThanOrEqual(seconds * FRAMES_PER_SECOND);

  subscriber.close();
  await publisher.stop();
  await outbox.stop();
  await broker.close();
});

async function folderBytes(directory: string): Promise<number> {
  const sizes = await Promise.all(
    (await readdir(directory)).map(async (file) => (await stat(join(directory, file))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
