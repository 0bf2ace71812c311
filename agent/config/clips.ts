// What a configuration file may say of clips of events -> what holds for a camera.

import { z } from 'zod';
import { labels, name, text } from './values.js';

/** What a clip is kept of. */
const OF = ['track', 'zone', 'line'] as const;

const keys = {
  enabled: z
    .boolean()
    .describe(
      'Keep clips of events as the camera sends them, of H.264 and H.265; not of a camera with masks.privacy',
    ),
  beforeSeconds: z
    .number()
    .min(0)
    .max(60)
    .describe('A clip begins so long before the event, or a key frame earlier'),
  afterSeconds: z
    .number()
    .min(0)
    .max(300)
    .describe('A clip goes on so long after the last of its events has ended'),
  maxSeconds: z.number().min(1).max(3600).describe('A clip is no longer than this'),
  of: z
    .array(z.enum(OF))
    .min(1)
    .describe(
      'What a clip is kept of. track: an object, while it is followed; zone: while it is in a zone; line: when it crosses one',
    ),
};
const labelsOf = labels.meta({
  description: 'Only of objects of these labels; default all',
  examples: [['person']],
});
const zones = z
  .array(name('a zone id'))
  .min(1)
  .optional()
  .meta({ description: 'Only of these zones, with of: zone; default all', examples: [['yard']] });

export const clips = z.strictObject({
  enabled: keys.enabled.default(false),
  folder: text.optional().meta({
    description: 'Folder for clips alone; default clips in the folder for what must survive a restart',
    examples: ['/var/lib/cspcam/porch/clips'],
  }),
  maxMegabytes: z
    .number()
    .min(10)
    .max(10_000_000)
    .default(1000)
    .describe('All clips together are never more: the oldest go first'),
  beforeSeconds: keys.beforeSeconds.default(5),
  afterSeconds: keys.afterSeconds.default(5),
  maxSeconds: keys.maxSeconds.default(120),
  of: keys.of.default(['track']),
  labels: labelsOf,
  zones,
});

export const cameraClips = z.strictObject({
  enabled: keys.enabled.optional().meta({ examples: [true] }),
  beforeSeconds: keys.beforeSeconds.optional().meta({ examples: [10] }),
  afterSeconds: keys.afterSeconds.optional().meta({ examples: [10] }),
  maxSeconds: keys.maxSeconds.optional().meta({ examples: [60] }),
  of: keys.of.optional().meta({ examples: [['zone']] }),
  labels: labelsOf,
  zones,
});

type CameraClips = z.output<typeof cameraClips>;
export type Clips = Omit<z.output<typeof clips>, 'folder' | 'maxMegabytes'>;

interface WithClips {
  readonly clips: z.output<typeof clips>;
  readonly cameras: Readonly<
    Record<
      string,
      { readonly clips?: CameraClips | undefined; readonly masks: { readonly privacy: readonly unknown[] } }
    >
  >;
}

/** What holds for a camera: its own keys, and those of all cameras where it has none. */
export function clipsOf(config: Pick<WithClips, 'clips' | 'cameras'>, camera: string): Clips {
  const { folder, maxMegabytes, ...all } = config.clips;
  const own = Object.entries(config.cameras[camera]?.clips ?? {}).filter(([, value]) => value !== undefined);
  return { ...all, ...Object.fromEntries(own) };
}

/** What does not go together, by the key of the camera that says so, or has to. */
export function clipMistakes(config: WithClips): { readonly path: string[]; readonly message: string }[] {
  return Object.entries(config.cameras).flatMap(([id, { masks }]) => {
    const { enabled, beforeSeconds, afterSeconds, maxSeconds } = clipsOf(config, id);
    const path = ['cameras', id, 'clips'];
    if (!enabled) return [];
    if (masks.privacy.length > 0)
      return [
        {
          path: [...path, 'enabled'],
          message: 'false for a camera with masks.privacy, as nobody paints what it sends',
        },
      ];
    if (maxSeconds <= beforeSeconds + afterSeconds)
      return [
        { path: [...path, 'maxSeconds'], message: 'a number above beforeSeconds and afterSeconds together' },
      ];
    return [];
  });
}
