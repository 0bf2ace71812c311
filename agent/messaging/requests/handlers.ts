// Requests over MQTT -> what the parts of the agent do for them.

import { expected } from '#common/errors.js';
import type { Analytics } from '../../analytics/analytics.js';
import type { NextPicture } from '../../analytics/next-picture.js';
import type { Picture } from '../../analytics/picture.js';
import type { Settings } from '../../cameras/camera-settings.js';
import type { Cameras } from '../../cameras/cameras.js';
import type { Config } from '../../config/schema.js';
import type { Log } from '../../telemetry/log.js';
import type { RequestHandlers } from './table.js';

export interface HandlerParts {
  readonly config: Config;
  readonly cameras: Pick<Cameras, 'isOpen' | 'open' | 'close'>;
  readonly settings: Settings;
  readonly analytics: Pick<Analytics, 'setScores'>;
  readonly nextPicture: NextPicture;
  readonly publishPicture: (camera: string, picture: Picture) => void;
  /** Whether frames of the camera come. */
  readonly isRunning: (camera: string) => boolean;
  /** How fast the network that runs is, measured for so long beside the cameras' work. */
  readonly bench: (seconds: number) => Promise<object>;
  readonly log: Log;
}

export function requestHandlers(parts: HandlerParts): RequestHandlers {
  const { config, cameras, settings, analytics, log } = parts;
  return {
    async snapshot({ camera }) {
      if (!parts.isRunning(camera)) throw expected('a camera that is running', 'camera', camera);
      const picture = await parts.nextPicture.of(camera);
      parts.publishPicture(camera, picture);
      return { camera, bytes: picture.jpeg.byteLength };
    },
    async restart({ camera }) {
      await cameras.close(camera);
      cameras.open(camera);
      return { camera };
    },
    async enable({ camera }) {
      cameras.open(camera);
      return { camera, enabled: cameras.isOpen(camera) };
    },
    async disable({ camera }) {
      await cameras.close(camera);
      return { camera, enabled: cameras.isOpen(camera) };
    },
    async thresholds({ camera, minScore }) {
      const changed = camera === undefined ? Object.keys(config.cameras) : [camera];
      for (const id of changed) {
        settings.setMinScore(id, minScore);
        analytics.setScores(id, settings.trackerScores(id));
      }
      return { cameras: Object.fromEntries(changed.map((id) => [id, { minScore }])) };
    },
    async log({ level }) {
      log.level = level;
      return { level };
    },
    bench: ({ seconds }) => parts.bench(seconds),
    config: async () => config,
  };
}
