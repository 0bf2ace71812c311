// Cameras, zones and lines with `_` in their names -> topics under just these names, which a restart leaves alone. A real Mosquitto.

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { complete, configFile } from '../../../agent/config/schema.js';
import { Messaging } from '../../../agent/messaging/messaging.js';
import type { RequestHandlers } from '../../../agent/messaging/requests/table.js';
import type { ModelDescription } from '../../../models/folder/description.js';
import { closeAfterEach, never } from '../../support/ending.js';
import { mosquittoPub, startMosquitto } from '../../support/mosquitto.js';
import { subscribe } from '../../support/subscriber.js';

const closeLater = closeAfterEach();

const CAMERA = {
  source: 'test:ball',
  zones: {
    back_yard: {
      points: [
        [0, 0],
        [1, 0],
        [1, 1],
      ],
    },
  },
  lines: {
    main_gate: {
      points: [
        [0, 0],
        [1, 1],
      ],
    },
  },
};
const COUNTS = {
  labels: { traffic_light: { visible: 1, stationary: 0 } },
  zones: { back_yard: { traffic_light: 1 } },
  lines: { main_gate: { in: 1, out: 0 } },
};
const PICTURE = { jpeg: Buffer.from('jpeg'), capturedAtMs: 0, sourceSize: { width: 640, height: 480 } };

test('what is retained of them stays over a restart, and goes with the camera', async () => {
  const broker = closeLater(await startMosquitto());
  const seen = closeLater(await subscribe(broker.port, 'cspcam/#'));
  const directory = await mkdtemp(join(tmpdir(), 'names-'));
  const start = async (bootId: string) => {
    const mqtt = { url: broker.url, outbox: { directory } };
    const config = complete(configFile.parse({ device: 'porch', mqtt, cameras: { front_door: CAMERA } }));
    const model = { name: 'tiny', labels: ['traffic_light'] } as unknown as ModelDescription;
    const messaging = closeLater(new Messaging({ config, model, bootId, log: pino({ level: 'silent' }) }));
    messaging.answerRequests({ config: async () => ({}) } as unknown as RequestHandlers);
    const { announcements, publisher } = messaging;
    announcements.status({ camera: 'front_door', state: 'running', sinceMs: 0, restarts: 0, source: '-' });
    announcements.counts('front_door', { ...COUNTS });
    announcements.picture('front_door', PICTURE);
    await messaging.start(never);
    await seen.next(
      ({ topic, payload }) => topic.endsWith('count/traffic__light') && payload.bootId === bootId,
    );
    // It comes behind all that the broker had kept, and is answered behind all that is cleared of that.
    await mosquittoPub(broker.port, 'cspcam/porch/request/config', '{}');
    await seen.next(({ topic, payload }) => topic.endsWith('response/config') && payload.bootId === bootId);
    return { messaging, publisher };
  };
  const retained = async () => {
    const late = closeLater(await subscribe(broker.port, '#', ['-T', 'homeassistant/#']));
    await mosquittoPub(broker.port, 'end', 'end');
    await late.next(({ topic }) => topic === 'end');
    const topics = late.seen.filter((message) => message.retained).map(({ topic }) => topic);
    return topics.filter((topic) => topic.includes('/camera/')).sort();
  };
  await (await start('first')).messaging.stop();
  const { publisher } = await start('second');
  const below = 'cspcam/porch/camera/front_door';
  expect(await retained()).toEqual([
    `${below}/count/traffic__light`,
    `${below}/line/main_gate`,
    `${below}/snapshot`,
    `${below}/status`,
    `${below}/zone/back_yard`,
  ]);
  publisher.clearCamera('front_door');
  await seen.next(({ topic, payload }) => topic === `${below}/crop` && payload === null);
  expect(await retained()).toEqual([]);
});
