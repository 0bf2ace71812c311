// What a configuration file may say of objects that are followed -> what holds for a camera.

import { z } from 'zod';
import { part } from './values.js';

export const tracking = z.strictObject({
  startScore: part.optional().meta({
    description:
      'A detection from this score up may begin a track; lower ones only carry one on. Default minScore of the camera and 0.2, above 0.6 half way to 1',
    examples: [0.6],
  }),
  keepSeconds: z
    .number()
    .min(0.1)
    .max(60)
    .default(2)
    .describe(
      'An object that is not seen so long has gone; if it comes back, it is a new one. At least two and a half frames of a camera with maxFps',
    ),
});

/** An object may be missed in one frame, and frames come a little unevenly. */
const LEAST_FRAMES_KEPT = 2.5;

/** How long an object of the camera is kept without being seen: with frames further apart there would be none. */
export function keepSecondsOf(
  config: {
    readonly tracking: z.output<typeof tracking>;
    readonly cameras: Readonly<Record<string, { readonly maxFps?: number | undefined }>>;
  },
  camera: string,
): number {
  const { maxFps = Number.POSITIVE_INFINITY } = config.cameras[camera] ?? {};
  return Math.max(config.tracking.keepSeconds, LEAST_FRAMES_KEPT / maxFps);
}
