// Configuration + labels of the network -> the analytics of a camera, made anew whenever they change. All tracks share
// one series of ids.

import { monotonicMs } from '#common/clock.js';
import type { Frame } from '../../pipelines/frame.js';
import { encodeFrame, encodePart } from '../../pipelines/images.js';
import { countedLabels, type Settings } from '../cameras/camera-settings.js';
import { picturesOf } from '../config/pictures.js';
import type { Config } from '../config/schema.js';
import { keepSecondsOf } from '../config/tracking.js';
import type { Log } from '../telemetry/log.js';
import { CameraAnalytics } from './camera-analytics.js';
import type { AskPicture } from './full-size-picture.js';
import { MainSnapshots } from './main-snapshots.js';
import type { SceneListener } from './reports.js';
import { Scene } from './scene/scene.js';
import { Snapshots } from './snapshots.js';
import { joined, LABEL_GROUPS } from './tracking/label-groups.js';
import { ByteTracker } from './tracking/tracker.js';

export interface AnalyticsInput {
  /** Read whenever analytics are made. */
  readonly config: Pick<Config, 'cameras' | 'inference' | 'tracking' | 'pictures'>;
  /** All that the network knows; read as the configuration. */
  readonly labels: readonly string[];
  readonly settings: Pick<Settings, 'trackerScores'>;
  readonly listener: SceneListener;
  /** The full picture of a camera that is looked at by a smaller stream. */
  readonly fullPicture: (camera: string) => Promise<Frame>;
  /** Pictures of the frames that are looked at, at the size of their source. */
  readonly askPicture: AskPicture;
  readonly log: Pick<Log, 'warn'>;
}

/** A capture that crashed is back sooner. */
const SHORTEST_LOSS_MS = 3000;

/** How long a camera may be away and keep its objects. */
export function lostAfterMs({ tracking }: Pick<Config, 'tracking'>): number {
  return Math.max(tracking.keepSeconds * 1000, SHORTEST_LOSS_MS);
}

export class AnalyticsMaker {
  readonly #input: AnalyticsInput;
  #lastId = 0;

  constructor(input: AnalyticsInput) {
    this.#input = input;
  }

  /** What follows the objects of the camera. */
  analyticsOf(camera: string): CameraAnalytics {
    const { config, labels, settings, listener, log } = this.#input;
    const { zones, lines, stationarySeconds, labels: wanted } = config.cameras[camera]!;
    return new CameraAnalytics({
      camera,
      tracker: new ByteTracker({
        nextId: () => ++this.#lastId,
        keepSeconds: keepSecondsOf(config, camera),
        // Of labels of which a frame reports one, an object may get another in the next.
        labelGroups: joined([...LABEL_GROUPS, ...config.inference.oneLabelOf]),
        ...settings.trackerScores(camera),
      }),
      scene: new Scene({ zones, lines, stationarySeconds, labels: countedLabels(wanted, labels) }),
      snapshots: this.snapshotsOf(camera),
      listener,
      onError: (error) => log.warn({ err: error, camera }, 'a picture could not be made'),
      now: monotonicMs,
    });
  }

  /** What takes pictures of its objects; nothing where the configuration wants none. */
  snapshotsOf(camera: string): Snapshots | MainSnapshots | undefined {
    const { config, fullPicture, askPicture } = this.#input;
    const encoders = { encode: encodeFrame, encodePart };
    if (picturesOf(config, camera).send === 'none') return undefined;
    if (config.cameras[camera]!.detect === undefined) return new Snapshots({ ...encoders, ask: askPicture });
    const snapshots = new Snapshots(encoders);
    return new MainSnapshots({ ...encoders, snapshots, fullPicture: () => fullPicture(camera) });
  }
}
