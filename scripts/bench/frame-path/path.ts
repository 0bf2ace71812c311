// A detector and a source -> the agent's own path to the broker: frames, boxes, tracks, events, messages.

import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CameraAnalytics } from '../../../dist/agent/analytics/camera-analytics.js';
import { Scene } from '../../../dist/agent/analytics/scene/scene.js';
import { Snapshots } from '../../../dist/agent/analytics/snapshots.js';
import { ByteTracker } from '../../../dist/agent/analytics/tracking/tracker.js';
import { Settings } from '../../../dist/agent/cameras/camera-settings.js';
import { monotonicMs } from '../../../dist/agent/common/clock.js';
import { complete, configFile } from '../../../dist/agent/config/schema.js';
import { followFrames } from '../../../dist/agent/inference/frame-path.js';
import { Messaging } from '../../../dist/agent/messaging/messaging.js';
import { StatsCollector } from '../../../dist/agent/telemetry/collector.js';
import { createLog } from '../../../dist/agent/telemetry/log.js';
import { Reporter } from '../../../dist/agent/telemetry/reporter.js';
import { FramePool } from '../../../dist/pipelines/frame-pool.js';
import { encodeFrame } from '../../../dist/pipelines/images.js';

/** @param url of a broker */
export async function openPath({ detector, url, cameras }) {
  const directory = await mkdtemp(join(tmpdir(), 'cspcam-bench-'));
  const config = complete(
    configFile.parse({
      device: 'bench',
      mqtt: { url, outbox: { directory }, homeAssistant: { enabled: false } },
      cameras: Object.fromEntries(cameras.map((id) => [id, { source: 'test:ball' }])),
      log: { level: 'error' },
    }),
  );
  const log = createLog(config.log, config.device);
  const messaging = new Messaging({ config, model: detector.model, bootId: randomUUID(), log });
  const { announcements, publisher } = messaging;
  const settings = new Settings(config);
  const stats = new StatsCollector(monotonicMs);
  const reporter = new Reporter({
    config,
    log,
    listener: announcements,
    settings,
    stats,
    now: Date.now,
    nowMonotonicMs: monotonicMs,
  });
  let lastId = 0;
  const analytics = new Map(
    cameras.map((camera) => [
      camera,
      new CameraAnalytics({
        camera,
        tracker: new ByteTracker({ nextId: () => ++lastId, ...settings.trackerScores(camera) }),
        scene: new Scene({ zones: {}, lines: {}, stationarySeconds: 10, labels: detector.model.labels }),
        snapshots: new Snapshots(encodeFrame),
        listener: announcements,
        onError: (error) => log.warn({ err: error }, 'a picture could not be made'),
        now: monotonicMs,
      }),
    ]),
  );
  const pool = new FramePool();
  await messaging.start(new AbortController().signal);
  while (!publisher.connected) await new Promise((resolve) => setTimeout(resolve, 20));
  return {
    pool,
    publisher,
    /** @param onResult after everything of a frame has been published */
    follow: (frames, { ahead, onResult }) =>
      followFrames(frames, {
        detector,
        ahead,
        release: (pixels) => pool.release(pixels),
        onResult: (result) => {
          const camera = cameras.includes(result.frame.source) ? result.frame.source : cameras[0];
          const seen = { ...result, frame: { ...result.frame, source: camera } };
          reporter.result(seen, analytics.get(camera).update(seen));
          onResult(result);
        },
        onFailure: (_frame, error) => {
          throw error;
        },
        wants: () => true,
      }),
    close: async () => {
      await messaging.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
