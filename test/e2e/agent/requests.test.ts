// Requests, Home Assistant and Prometheus of a running daemon.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterEach, expect, test } from 'vitest';
import { benchFile } from '../../../agent/bench/result.js';
import { REQUESTS } from '../../../agent/config/requests.js';
import { type Daemon, startDaemon } from '../../support/daemon.js';
import { freePort } from '../../support/mosquitto.js';
import { ask } from '../../support/requests.js';

let daemon: Daemon | undefined;
afterEach(async () => {
  await daemon?.close();
  daemon = undefined;
});

const cameras = {
  one: { source: 'test:ball?width=160&height=160&fps=10' },
  two: { source: 'test:snow?width=160&height=160&fps=10', enabled: false },
};

test('each request does what it says', async () => {
  daemon = await startDaemon(cameras, { requests: { allow: REQUESTS } });
  const { subscriber } = daemon;
  const of = (camera: string) => `cspcam/porch/camera/${camera}`;
  await subscriber.next(({ topic }) => topic === `${of('one')}/detections`);

  expect(await ask(daemon, 'restart', { camera: 'two' }), 'it stays off').toMatchObject({
    error: 'expected a camera that is enabled for camera, received two',
  });
  expect(await ask(daemon, 'enable', { camera: 'two' })).toMatchObject({
    status: 'ok',
    data: { enabled: true },
  });
  await subscriber.next(({ topic }) => topic === `${of('two')}/detections`);
  expect(await ask(daemon, 'disable', { camera: 'two' })).toMatchObject({
    status: 'ok',
    data: { enabled: false },
  });
  expect(subscriber.seen.findLast(({ topic }) => topic === `${of('two')}/status`)?.payload.state).toBe(
    'stopped',
  );

  const pid = await daemon.capturePid('one');
  expect(await ask(daemon, 'restart', { camera: 'one' })).toMatchObject({ status: 'ok' });
  await subscriber.next(
    ({ topic, payload }) => topic === `${of('one')}/status` && payload.state === 'stopped',
  );
  const stoppedAt = subscriber.seen.length;
  await subscriber.next(() =>
    subscriber.seen.slice(stoppedAt).some(({ topic }) => topic === `${of('one')}/detections`),
  );
  expect(await daemon.capturePid('one', pid)).toBeGreaterThan(0);

  expect(await ask(daemon, 'thresholds', { camera: 'one', minScore: 1 })).toMatchObject({ status: 'ok' });
  const { payload: settings } = await subscriber.next(
    ({ topic, payload }) => topic === 'cspcam/porch/settings' && payload.lastChange?.request === 'thresholds',
  );
  expect(settings).toMatchObject({
    cameras: { one: { enabled: true, minScore: 1 }, two: { enabled: false } },
    kept: false,
  });
  const raisedAt = subscriber.seen.length;
  const raised = () =>
    subscriber.seen
      .slice(raisedAt)
      .filter(({ topic }) => topic === `${of('one')}/detections`)
      .slice(2);
  await subscriber.next(() => raised().length > 3);
  expect(raised().every(({ payload }) => payload.detections.length === 0)).toBe(true);
  expect(await ask(daemon, 'thresholds', { minScore: 0.01 })).toMatchObject({
    status: 'error',
    error: 'expected 0.1 to 1 for minScore, received 0.01',
  });

  expect(await ask(daemon, 'log', { level: 'debug' })).toMatchObject({
    status: 'ok',
    data: { level: 'debug' },
  });
  expect(await ask(daemon, 'config', {})).toMatchObject({ status: 'ok', data: { device: 'porch' } });
  const timed = await ask(daemon, 'bench', { seconds: 1 });
  expect(timed.status).toBe('ok');
  const { environment, results } = benchFile.parse(timed.data);
  expect(environment.onnxruntime).toMatch(/^\d+\.\d+\.\d+$/);
  const [row] = results;
  expect(row).toMatchObject({ model: 'bright', provider: 'cpu', scenario: 'single' });
  expect(row!.inferences).toBeGreaterThan(0);
  expect(row!.latencyMs.p50).toBeGreaterThan(0);
  expect(row!.latencyMs.p99).toBeGreaterThanOrEqual(row!.latencyMs.p50);
  expect(await ask(daemon, 'snapshot', { camera: 'two' })).toMatchObject({ status: 'error' });
  const { data } = await ask(daemon, 'snapshot', { camera: 'one' });
  const { stdout } = await promisify(execFile)(
    'mosquitto_sub',
    ['-h', '127.0.0.1', '-p', String(daemon.broker.port), '-t', `${of('one')}/snapshot`, '-C', '1', '-N'],
    { encoding: 'buffer' },
  );
  expect(stdout.byteLength).toBe(data.bytes);
  expect(await sharp(stdout).metadata()).toMatchObject({ format: 'jpeg', width: 160, height: 160 });
});

test('Home Assistant finds the agent and its cameras; Prometheus its figures', async () => {
  const port = await freePort();
  daemon = await startDaemon(cameras, { stats: { intervalSeconds: 1, prometheus: { port } } }, [
    'homeassistant/#',
  ]);
  const { subscriber } = daemon;
  const { payload } = await subscriber.next(
    ({ topic }) => topic === 'homeassistant/device/cspcam_porch_one/config',
  );
  expect(payload).toMatchObject({ origin: { name: 'cspcam' }, device: { via_device: expect.any(String) } });
  await subscriber.next(
    ({ topic, payload }) => topic.endsWith('/stats') && payload.cameras.one?.inferred > 0,
  );
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  expect(text).toMatch(/^cspcam_info\{.*model="bright".*\} 1$/m);
  expect(text).toMatch(/^cspcam_camera_inferred_frames_total\{camera="one"\} [1-9]/m);
  expect(text).toMatch(/^cspcam_inference_age_seconds \d/m);
});
