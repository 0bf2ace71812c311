// Requests over MQTT -> what the parts of the agent do for them.

import { expected } from '#common/errors.js';
import type { Analytics } from '../../analytics/analytics.js';
import type { NextPicture } from '../../analytics/next-picture.js';
import type { Picture } from '../../analytics/picture.js';
import type { Settings } from '../../cameras/camera-settings.js';
import type { Cameras } from '../../cameras/cameras.js';
import { picturesOf } from '../../config/pictures.js';
import type { Config } from '../../config/schema.js';
import type { Log } from '../../telemetry/log.js';
import type { By, RequestHandlers } from './table.js';

export interface HandlerParts {
  /** Read with each request: a reload may change it. */
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
  /** Reads the configuration anew; says what has been done for it. */
  readonly reload: () => Promise<string>;
  readonly log: Log;
  /** Told after each change of a setting. */
  readonly changed: (by: By) => void;
}

export function requestHandlers(parts: HandlerParts): RequestHandlers {
  const { cameras, settings, analytics, log, changed } = parts;
  return {
    async snapshot({ camera }) {
      const expectPictures = () => {
        if (picturesOf(parts.config, camera).send === 'none')
          throw expected('pictures: events or always', `camera ${camera}`, 'none');
      };
      expectPictures();
      if (!parts.isRunning(camera)) throw expected('a camera that is running', 'camera', camera);
      const picture = await parts.nextPicture.of(camera);
      // A reload may have switched them off meanwhile.
      expectPictures();
      parts.publishPicture(camera, picture);
      const { width, height } = picture.sourceSize;
      return { camera, bytes: picture.jpeg.byteLength, width, height };
    },
    async restart({ camera }) {
      if (!settings.isEnabled(camera)) throw expected('a camera that is enabled', 'camera', camera);
      await cameras.close(camera);
      if (settings.isEnabled(camera)) cameras.open(camera);
      return { camera };
    },
    async enable({ camera }, by) {
      cameras.open(camera);
      settings.setEnabled(camera, true);
      changed(by);
      return { camera, enabled: cameras.isOpen(camera) };
    },
    async disable({ camera }, by) {
      settings.setEnabled(camera, false);
      await cameras.close(camera);
      // A reload may have switched it on meanwhile.
      if (settings.isEnabled(camera)) cameras.open(camera);
      changed(by);
      return { camera, enabled: cameras.isOpen(camera) };
    },
    async thresholds({ camera, minScore }, by) {
      const ids = camera === undefined ? Object.keys(parts.config.cameras) : [camera];
      for (const id of ids) {
        settings.setMinScore(id, minScore);
        analytics.setScores(id, settings.trackerScores(id));
      }
      changed(by);
      return { cameras: Object.fromEntries(ids.map((id) => [id, { minScore }])) };
    },
    async log({ level }, by) {
      log.level = level;
      changed(by);
      return { level };
    },
    bench: ({ seconds }) => parts.bench(seconds),
    reload: async () => ({ done: await parts.reload() }),
    config: async () => parts.config,
  };
}
