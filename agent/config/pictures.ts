// What a configuration file may say of pictures for people -> what holds for a camera.

import { z } from 'zod';

/** When a camera's pictures are made; `none` also refuses them to whoever asks. */
const SENDS = ['none', 'events', 'always'] as const;

const keys = {
  send: z
    .enum(SENDS)
    .describe(
      'none: no picture is ever made, and request/snapshot is refused; events: the best of each object once it has gone, and what is asked for; always: one at regular times as well',
    ),
  retain: z
    .boolean()
    .describe(
      'Whether the broker keeps the latest picture of each camera; false lets it forget earlier ones',
    ),
  everySeconds: z.number().min(1).max(86_400).describe('Time between two pictures, of always'),
  resolution: z
    .enum(['source', 'detector'])
    .describe(
      'source: at the size of the camera, some 10 ms of a processor each at 1080p; detector: at the size that the detector sees',
    ),
};

export const pictures = z.strictObject({
  send: keys.send.default('events'),
  retain: keys.retain.default(true),
  everySeconds: keys.everySeconds.default(60),
  resolution: keys.resolution.default('source'),
});

export const cameraPictures = z.strictObject({
  send: keys.send.optional().meta({ examples: ['none'] }),
  retain: keys.retain.optional().meta({ examples: [false] }),
  everySeconds: keys.everySeconds.optional().meta({ examples: [10] }),
  resolution: keys.resolution.optional().meta({ examples: ['detector'] }),
});

export type Pictures = z.output<typeof pictures>;

/** What holds for a camera: its own keys, and those of all cameras where it has none. */
export function picturesOf(
  config: {
    readonly pictures: Pictures;
    readonly cameras: Readonly<
      Record<string, { readonly pictures?: z.output<typeof cameraPictures> | undefined }>
    >;
  },
  camera: string,
): Pictures {
  const own = config.cameras[camera]?.pictures;
  const all = config.pictures;
  return {
    send: own?.send ?? all.send,
    retain: own?.retain ?? all.retain,
    everySeconds: own?.everySeconds ?? all.everySeconds,
    resolution: own?.resolution ?? all.resolution,
  };
}

/** From one picture to the next, of cameras that have them at regular times. */
export function everySeconds(config: Parameters<typeof picturesOf>[0]): ReadonlyMap<string, number> {
  return new Map(
    Object.keys(config.cameras).flatMap((id) => {
      const { send, everySeconds: seconds } = picturesOf(config, id);
      return send === 'always' ? [[id, seconds] as const] : [];
    }),
  );
}
