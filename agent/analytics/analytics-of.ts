// Configuration + labels of the network -> the analytics of every camera, whose tracks share one series of ids.

import { monotonicMs } from '#common/clock.js';
import type { Frame } from '../../pipelines/frame.js';
import { encodeFrame } from '../../pipelines/images.js';
import { countedLabels, type Settings } from '../cameras/camera-settings.js';
import { picturesOf } from '../config/pictures.js';
import type { Config } from '../config/schema.js';
import type { Log } from '../telemetry/log.js';
import { Analytics } from './analytics.js';
import { CameraAnalytics } from './camera-analytics.js';
import { MainSnapshots } from './main-snapshots.js';
import type { SceneListener } from './reports.js';
import { Scene } from './scene/scene.js';
import { Snapshots } from './snapshots.js';
import { ByteTracker } from './tracking/tracker.js';

export interface AnalyticsInput {
  readonly config: Pick<Config, 'cameras' | 'tracking' | 'pictures'>;
  /** All that the network knows. */
  readonly labels: readonly string[];
  readonly settings: Pick<Settings, 'trackerScores'>;
  readonly listener: SceneListener;
  /** The full picture of a camera that is looked at by a smaller stream. */
  readonly fullPicture: (camera: string) => Promise<Frame>;
  readonly log: Pick<Log, 'warn'>;
}

/** A capture that crashed is back sooner. */
const SHORTEST_LOSS_MS = 3000;

export function analyticsOf({
  config,
  labels,
  settings,
  listener,
  fullPicture,
  log,
}: AnalyticsInput): Analytics {
  const { keepSeconds } = config.tracking;
  const snapshotsOf = (camera: string, detect: string | undefined) => {
    const snapshots = new Snapshots(encodeFrame);
    if (detect === undefined) return snapshots;
    return new MainSnapshots({ snapshots, fullPicture: () => fullPicture(camera), encode: encodeFrame });
  };
  let lastId = 0;
  const nextId = () => ++lastId;
  const analytics = Object.entries(config.cameras).map(
    ([camera, { zones, lines, stationarySeconds, ...of }]) => {
      const cameraAnalytics = new CameraAnalytics({
        camera,
        tracker: new ByteTracker({ nextId, keepSeconds, ...settings.trackerScores(camera) }),
        scene: new Scene({ zones, lines, stationarySeconds, labels: countedLabels(of.labels, labels) }),
        snapshots: picturesOf(config, camera).send === 'none' ? undefined : snapshotsOf(camera, of.detect),
        listener,
        onError: (error) => log.warn({ err: error, camera }, 'a picture could not be made'),
        now: monotonicMs,
      });
      return [camera, cameraAnalytics] as const;
    },
  );
  return new Analytics(new Map(analytics), Math.max(keepSeconds * 1000, SHORTEST_LOSS_MS));
}
