// A detector and a source -> the agent's own path to the broker: frames, boxes, tracks, events, messages.

import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { monotonicMs } from '#common/clock.js';
import { CameraAnalytics } from '../../../agent/analytics/camera-analytics.js';
import { Scene } from '../../../agent/analytics/scene/scene.js';
import { Snapshots } from '../../../agent/analytics/snapshots.js';
import { ByteTracker } from '../../../agent/analytics/tracking/tracker.js';
import { Settings } from '../../../agent/cameras/camera-settings.js';
import { complete, configFile } from '../../../agent/config/schema.js';
import { type FrameResult, followFrames } from '../../../agent/inference/frame-path.js';
import { Messaging } from '../../../agent/messaging/messaging.js';
import { StatsCollector } from '../../../agent/telemetry/collector.js';
import { createLog } from '../../../agent/telemetry/log.js';
import { Reporter } from '../../../agent/telemetry/reporter.js';
import type { Detector } from '../../../models/runtime/detector.js';
import type { Frame } from '../../../pipelines/frame.js';
import { FramePool } from '../../../pipelines/frame-pool.js';
import { encodeFrame, encodePart } from '../../../pipelines/images.js';

export interface PathOptions {
  readonly detector: Detector;
  /** Of a broker. */
  readonly url: string;
  readonly cameras: readonly string[];
}

export interface Path {
  readonly pool: FramePool;
  follow(frames: AsyncIterable<Frame>, options: FollowOptions): Promise<void>;
  close(): Promise<void>;
}

interface FollowOptions {
  /** Frames that wait at the detector. */
  readonly ahead: number;
  /** After everything of a frame has been published. */
  readonly onResult: (result: FrameResult) => void;
}

const CONNECT_POLL_MS = 20;
const STATIONARY_SECONDS = 10;

export async function openPath({ detector, url, cameras }: PathOptions): Promise<Path> {
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
    detector: () => ({ state: 'working', failures: 0 }),
    now: Date.now,
    nowMonotonicMs: monotonicMs,
  });
  let lastId = 0;
  const analyticsOf = (camera: string) =>
    new CameraAnalytics({
      camera,
      tracker: new ByteTracker({ nextId: () => ++lastId, ...settings.trackerScores(camera) }),
      scene: new Scene({
        zones: {},
        lines: {},
        stationarySeconds: STATIONARY_SECONDS,
        labels: detector.model.labels,
      }),
      snapshots: new Snapshots({ encode: encodeFrame, encodePart }),
      listener: announcements,
      onError: (error) => log.warn({ err: error }, 'a picture could not be made'),
      now: monotonicMs,
    });
  const analytics = new Map(cameras.map((camera) => [camera, analyticsOf(camera)]));
  const pool = new FramePool();
  await messaging.start(new AbortController().signal);
  while (!publisher.connected) await wait(CONNECT_POLL_MS);
  return {
    pool,
    follow: (frames, { ahead, onResult }) =>
      followFrames(frames, {
        detector,
        ahead,
        release: (pixels) => pool.release(pixels),
        onResult: (result) => {
          // A recording has a name of its own.
          const camera = analytics.has(result.frame.source) ? result.frame.source : cameras[0]!;
          const seen = { ...result, frame: { ...result.frame, source: camera } };
          reporter.result(seen, analytics.get(camera)!.update(seen));
          onResult(result);
        },
        onFailure: (_frame, error) => {
          throw error;
        },
      }),
    close: async () => {
      await messaging.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
