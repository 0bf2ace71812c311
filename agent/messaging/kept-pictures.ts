// Configuration -> whether the broker may keep pictures of a camera. Pure.

import { isDeepStrictEqual } from 'node:util';
import { picturesOf } from '../config/pictures.js';
import type { Config } from '../config/schema.js';

export function keepsPictures(config: Config, camera: string): boolean {
  const { send, retain } = picturesOf(config, camera);
  return send !== 'none' && retain;
}

/** Whether what the broker has of it under one configuration is as right under the other one. */
export function isKeptAlike(one: Config, other: Config, camera: string): boolean {
  const rule = (config: Config) => [keepsPictures(config, camera), config.cameras[camera]?.masks.privacy];
  return isDeepStrictEqual(rule(one), rule(other));
}
