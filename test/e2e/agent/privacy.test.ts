// Cameras with masks and without pictures -> what leaves the agent over a real broker.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterEach, expect, test } from 'vitest';
import type { Box } from '../../../models/detection.js';
import { startDaemon } from '../../support/daemon.js';
import { startMosquitto } from '../../support/mosquitto.js';
import { ask, publish } from '../../support/requests.js';
import { subscribe } from '../../support/subscriber.js';

const run = promisify(execFile);
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const topic = (camera: string, last: string) => `cspcam/porch/camera/${camera}/${last}`;
const requests = { allow: ['snapshot'] };
const LEFT = [
  [0, 0],
  [0.5, 0],
  [0.5, 1],
  [0, 1],
];
const BELOW = [
  [0, 0.5],
  [1, 0.5],
  [1, 1],
  [0, 1],
];

test('nothing of what is masked is found, reported or shown', async () => {
  const camera = {
    source: 'test:white?width=320&height=160&fps=5',
    motion: { enabled: false },
    masks: { privacy: [LEFT], objects: [{ points: BELOW, labels: ['bright'] }] },
  };
  const other = { ...camera, masks: { objects: [{ points: BELOW, labels: ['another'] }] } };
  const daemon = await startDaemon({ door: camera, open: other }, { requests });
  closing.push(() => daemon.close());
  const found = async (id: string) => {
    const { payload } = await daemon.subscriber.next(
      (message) => message.topic === topic(id, 'detections') && message.payload.detections.length > 0,
    );
    return payload.detections.map(({ box: [x1, , x2, y2] }: { box: Box }) => [(x1 + x2) / 2, y2]);
  };
  const feet: [number, number][] = await found('door');
  expect(feet.filter(([x, y]) => x < 160 || y >= 80)).toEqual([]);
  const all: [number, number][] = await found('open');
  expect(all.some(([x]) => x < 150) && all.some(([x, y]) => x > 170 && y > 100)).toBe(true);

  expect(await ask(daemon, 'snapshot', { camera: 'door' })).toMatchObject({ status: 'ok' });
  const at = ['-h', '127.0.0.1', '-p', String(daemon.broker.port), '-t', topic('door', 'snapshot')];
  const { stdout } = await run('mosquitto_sub', [...at, '-C', '1', '-N'], { encoding: 'buffer' });
  const { data, info } = await sharp(stdout).raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height]).toEqual([320, 160]);
  // JPEG spreads colour over two blocks of eight pixels at most; the mask is painted a little beyond its edge.
  const brightest = (from: number, to: number) => {
    let level = 0;
    for (let y = 0; y < 160; y++)
      for (let x = from; x < to; x++)
        for (let channel = 0; channel < 3; channel++)
          level = Math.max(level, data[(y * 320 + x) * info.channels + channel]!);
    return level;
  };
  expect(brightest(0, 144)).toBeLessThan(8);
  expect(brightest(176, 320)).toBeGreaterThan(240);
});

test('pictures: none, not kept, always; what an earlier run left is cleared', async () => {
  const broker = await startMosquitto();
  closing.push(() => broker.close());
  for (const camera of ['none', 'brief', 'kept', 'masked'])
    await publish(broker.port, topic(camera, 'snapshot'), '-r', '-m', 'of an earlier run');
  const subscriber = await subscribe(broker.port, 'cspcam/#');
  closing.push(() => subscriber.close());
  const passing = { source: 'test:white?width=160&height=160&fps=10&frames=40', motion: { enabled: false } };
  const still = { source: 'test:black?width=160&height=160&fps=5' };
  const started = await startDaemon(
    {
      none: { ...passing, pictures: { send: 'none' } },
      kept: { ...passing, pictures: { retain: true } },
      brief: { ...still },
      masked: { ...still, pictures: { retain: true }, masks: { privacy: [LEFT] } },
      refusing: { ...still, pictures: { send: 'none' } },
      always: { ...still, pictures: { send: 'always', everySeconds: 1 } },
    },
    { mqtt: { url: broker.url }, requests, pictures: { retain: false } },
  );
  closing.push(() => started.close());
  const daemon = { ...started, broker, subscriber };
  const pictures = (camera: string) =>
    subscriber.seen.filter(
      (message) =>
        message.topic === topic(camera, 'snapshot') &&
        !['of an earlier run', undefined, null, ''].includes(message.payload),
    );

  await subscriber.next(() => pictures('always').length > 1);
  await subscriber.next((message) => message.topic === topic('brief', 'detections'));
  await subscriber.next((message) => message.topic === topic('refusing', 'detections'));
  expect(await ask(daemon, 'snapshot', { camera: 'brief' })).toMatchObject({ status: 'ok' });
  expect(await ask(daemon, 'snapshot', { camera: 'refusing' })).toMatchObject({
    status: 'error',
    error: 'expected pictures: events or always for camera refusing, received none',
  });
  // What is seen is gone for both when their recordings have ended.
  for (const camera of ['none', 'kept'])
    await subscriber.next(
      (message) => message.topic === topic(camera, 'events') && message.payload.event === 'track_end',
    );
  await subscriber.next(() => pictures('kept').length > 0);
  expect(['brief', 'none', 'refusing'].map((camera) => pictures(camera).length)).toEqual([1, 0, 0]);

  const options = ['-t', topic('+', 'snapshot'), '--retained-only', '-F', '%t %l', '-W', '2'];
  const { stdout } = await run('mosquitto_sub', [
    '-h',
    '127.0.0.1',
    '-p',
    String(broker.port),
    ...options,
  ]).catch(
    // It ends by its time limit, which is an exit code of its own.
    (error: { stdout: string }) => error,
  );
  const kept = stdout.trim().split('\n');
  expect(kept.map((line) => line.split(' ')[0])).toEqual([topic('kept', 'snapshot')]);
  expect(Number(kept[0]!.split(' ')[1]), 'no longer that of the earlier run').toBeGreaterThan(100);
});
