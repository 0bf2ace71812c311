// An RTSP camera that goes away, comes back, freezes -> status, and frames again by themselves.

import { expect, type TestContext, test } from 'vitest';
import type { CameraOptions } from '../../../pipelines/capture/camera-options.js';
import { openSource } from '../../../pipelines/open.js';
import { type RunningCamera, startCamera } from '../../support/cameras.js';
import { readFrames } from '../../support/reading.js';
import { h264, type RtspServer, startRtspServer } from '../../support/rtsp-server.js';

type Closing = Pick<TestContext, 'onTestFinished'>;

async function serve({ onTestFinished }: Closing): Promise<RtspServer> {
  const server = await startRtspServer({ '/s': h264('ball') });
  onTestFinished(() => server.close());
  return server;
}

function play(
  { onTestFinished }: Closing,
  server: RtspServer,
  options?: Partial<CameraOptions>,
): RunningCamera {
  const camera = startCamera(server.url('/s'), options);
  onTestFinished(() => camera.close());
  return camera;
}

async function watched(context: Closing): Promise<[RtspServer, RunningCamera]> {
  const server = await serve(context);
  const camera = play(context, server);
  await camera.untilFrames(10);
  return [server, camera];
}

test.concurrent('stopped and restarted, twice', async (context) => {
  const [server, camera] = await watched(context);
  for (let round = 0; round < 2; round++) {
    await server.stop();
    await camera.until('retrying', () => camera.camera.status.state === 'retrying');
    // After what the break itself was called, the camera refuses.
    await camera.until('refused', () => {
      const { status } = camera.camera;
      return status.state === 'retrying' && status.failure === 'refused';
    });
    await server.restart();
    await camera.untilFrames(25);
    expect(camera.camera.status).toEqual({ state: 'running' });
  }
  expect(camera.camera.restarts).toBeGreaterThanOrEqual(2);
});

test.concurrent('frozen, then replaced', async (context) => {
  const [server, camera] = await watched(context);
  server.freeze();
  await camera.until('stalled', () => {
    const { status } = camera.camera;
    return status.state === 'retrying' && status.failure === 'stalled';
  });
  await server.restart();
  await camera.untilFrames(25);
  expect(camera.camera.status).toEqual({ state: 'running' });
});

test.concurrent('sequences go on over the restart, and no frame is from before it', async (context) => {
  const [server, camera] = await watched(context);
  await server.restart();
  const restartedMs = Date.now();
  await camera.until('restarted', () => camera.camera.restarts > 0);
  const captured = camera.captured();
  await camera.untilFrames(5);
  const frame = camera.latest();
  expect(frame?.sequence).toBeGreaterThanOrEqual(captured);
  expect(frame?.capturedAtMs).toBeGreaterThan(restartedMs);
});

test.concurrent('over UDP, where that is asked for', async (context) => {
  const server = await serve(context);
  const camera = play(context, server, { transport: 'udp', stallTimeoutMs: 30_000 });
  await camera.untilFrames(50);
  expect(
    camera.statuses.map(({ state }) => state).filter((state) => state !== 'waiting-for-key-frame'),
  ).toEqual(['starting', 'running']);
});

test.concurrent('read once, frames come until the connection ends, which is told', async (context) => {
  const server = await serve(context);
  const source = openSource(server.url('/s'), { inputSize: { width: 96, height: 96 } });
  let seen = 0;
  const reading = readFrames(source, undefined, () => {
    seen += 1;
    if (seen === 10) void server.stop();
  });
  await expect(reading).rejects.toThrow('the camera closed the connection');
  expect(seen).toBeGreaterThanOrEqual(10);
});
