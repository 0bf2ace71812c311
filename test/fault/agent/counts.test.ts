// Counts as an independent subscriber sees them, over a lost camera, a broker that forgets, and a killed agent.

import { afterEach, expect, test } from 'vitest';
import { brightModel } from '../../support/bright-model.js';
import { Cspcam, writeConfig } from '../../support/cspcam.js';
import { type Daemon, startDaemon } from '../../support/daemon.js';
import { startRtspServer } from '../../support/rtsp-server.js';
import { type Subscriber, subscribe } from '../../support/subscriber.js';

const closing: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of closing.splice(0).reverse()) await thing.close();
});
const closeLater = <Thing extends { close(): unknown }>(thing: Thing): Thing => {
  closing.push(thing);
  return thing;
};

/** A white square on black, four cells of the network: four objects that stay where they are. */
const SQUARE =
  'videotestsrc is-live=true pattern=white ! video/x-raw,width=16,height=16,framerate=10/1 ! ' +
  'videobox left=-64 top=-64 right=-80 bottom=-80 fill=black';
const ZONE = {
  points: [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 1],
  ],
  inertiaSeconds: 0,
};

const count = (camera: string, wanted: number) => (message: { topic: string; payload: { count?: number } }) =>
  message.topic === `cspcam/porch/camera/${camera}/count/bright` && message.payload.count === wanted;
const zone = (camera: string, wanted: number) => (message: { topic: string; payload: { count?: number } }) =>
  message.topic === `cspcam/porch/camera/${camera}/zone/all` && message.payload.count === wanted;

/** What a newcomer is told: the retained messages. */
async function newcomer({ broker }: Daemon): Promise<Subscriber> {
  return closeLater(await subscribe(broker.port, 'cspcam/porch/camera/#'));
}

test('a broker that forgot everything is told the counts again', async () => {
  const daemon = closeLater(await startDaemon({ yard: { source: `gst:${SQUARE}`, zones: { all: ZONE } } }));
  await daemon.subscriber.next(count('yard', 4));
  await daemon.subscriber.next(zone('yard', 4));
  await daemon.broker.restart();
  const late = await newcomer(daemon);
  await late.next(count('yard', 4), 60_000);
  await late.next(zone('yard', 4), 60_000);
});

test('a camera that is lost has nothing in view; what comes back is new', async () => {
  const encode =
    'videoconvert ! openh264enc gop-size=10 ! h264parse ! rtph264pay name=pay0 config-interval=1';
  const server = closeLater(await startRtspServer({ '/live': `${SQUARE} ! ${encode}` }));
  const yard = { source: server.url('/live'), stallTimeoutSeconds: 2, zones: { all: ZONE } };
  const daemon = closeLater(await startDaemon({ yard }));
  const { subscriber } = daemon;
  await subscriber.next(count('yard', 4));
  await server.close();
  const seenBefore = subscriber.seen.length;
  const since = (fits: (message: (typeof subscriber.seen)[number]) => boolean) => () =>
    subscriber.seen.slice(seenBefore).some(fits);
  await subscriber.next(since(count('yard', 0)), 60_000);
  await subscriber.next(since(zone('yard', 0)), 60_000);
  const ends = subscriber.seen.filter(({ payload }) => payload.event === 'track_end');
  expect(new Set(ends.map(({ payload }) => payload.track.id)).size).toBeGreaterThanOrEqual(4);
});

test('after kill -9, an agent that sees nothing says so', async () => {
  const yard = { source: `gst:${SQUARE}`, zones: { all: ZONE } };
  const daemon = closeLater(await startDaemon({ yard }));
  await daemon.subscriber.next(zone('yard', 4));
  await daemon.agent.close();
  const stale = await newcomer(daemon);
  await stale.next(zone('yard', 4));
  const config = {
    device: 'porch',
    mqtt: { url: daemon.broker.url },
    model: await brightModel(),
    cameras: { yard: { ...yard, source: 'test:black?width=160&height=160&fps=10' } },
  };
  closeLater(new Cspcam(['run', '--config', await writeConfig(config)]));
  await stale.next(
    ({ topic, payload }) => topic.endsWith('yard/detections') && payload.detections.length === 0,
  );
  const late = await newcomer(daemon);
  await late.next(zone('yard', 0));
  await late.next(count('yard', 0));
});
