// What a configuration file may say of a camera.

import { existsSync } from 'node:fs';
import { z } from 'zod';
import { ExpectationError } from '#common/errors.js';
import { DEFAULT_PICTURE_SIZE, PICTURE_SIZE } from '../../pipelines/picture-size.js';
import { TRANSPORTS } from '../../pipelines/relay/address.js';
import { parseSource } from '../../pipelines/sources.js';
import { cameraClips } from './clips.js';
import { cameraPictures } from './pictures.js';
import { line, masks, zone } from './scene.js';
import { secondLook } from './second-look.js';
import { isFine, labels, name, part, seconds, text } from './values.js';

const source = text.superRefine((value, { addIssue }) => {
  if (value === '') return;
  try {
    parseSource(value, existsSync);
  } catch (error) {
    if (!(error instanceof ExpectationError)) throw error;
    addIssue(error.what);
  }
});

const motion = z.strictObject({
  enabled: z.boolean().default(true).describe('false looks at every frame, whether anything moves or not'),
  lookEverySeconds: z
    .number()
    .min(0.1)
    .max(60)
    .default(1)
    .describe('A scene in which nothing moves is still looked at once in this time'),
  keepLookingSeconds: z
    .number()
    .min(0)
    .max(3600)
    .default(2)
    .describe('Every frame is looked at for this long after the last motion'),
});

/** Pictures are taken of the one while the other is looked at: neither may come to an end. */
const isNetwork = (uri: string) => 'camera' in parseSource(uri, existsSync);

const cameraKeys = z.strictObject({
  source: source.meta({
    description:
      'Where video comes from: rtsp://..., file:/path/clip.mp4, v4l2:/dev/video0, csi:0, test:ball, or gst: and a launch string',
    examples: ['rtsp://camera.local/stream'],
  }),
  detect: source.optional().meta({
    description:
      'A smaller stream of the same camera, which is looked at instead; source is then opened for pictures alone',
    examples: ['rtsp://camera.local/substream'],
  }),
  enabled: z.boolean().default(true).describe('false keeps the camera in the file without opening it'),
  minScore: part.optional().meta({ description: 'Overrides minScore for this camera', examples: [0.5] }),
  labels: labels.meta({
    description: 'Report only these labels; default all',
    examples: [['person', 'car']],
  }),
  secondLook: secondLook
    .optional()
    .meta({ description: 'Overrides secondLook for this camera', examples: ['auto'] }),
  loop: z.boolean().default(false).describe('Begin a file again at its end'),
  stallTimeoutSeconds: z
    .number()
    .min(1)
    .max(3600)
    .default(10)
    .describe('Open the source anew after this long without a frame'),
  keyFrameTimeoutSeconds: z
    .number()
    .min(1)
    .max(3600)
    .default(45)
    .describe('The same of a camera that sends, but no key frame that a picture can begin with'),
  transport: z
    .enum(TRANSPORTS)
    .default('auto')
    .describe('Of RTSP: auto is TCP, and UDP where the camera has nothing else'),
  tls: z
    .strictObject({
      ca: text.optional().meta({
        description: 'File with the certificate authority (PEM)',
        examples: ['/etc/cspcam/cameras.pem'],
      }),
      fingerprint: z
        .string()
        .regex(/^([0-9a-f]{2}:?){31}[0-9a-f]{2}$/i, 'a SHA-256 fingerprint: 32 pairs of hexadecimal digits')
        .optional()
        .meta({
          description:
            'SHA-256 of the certificate, which then need not be signed by anybody; the error names it',
          examples: [Array(32).fill('5A').join(':')],
        }),
    })
    .optional()
    .describe('What certificate a camera with rtsps:// or https:// may show'),
  memoryLimitMegabytes: z
    .int()
    .min(64)
    .max(65_536)
    .default(1000)
    .describe('Start the capture of the source anew when it has more memory in use'),
  maxPictureSize: z
    .string()
    .regex(PICTURE_SIZE, 'a size like 7680x4320')
    .default(DEFAULT_PICTURE_SIZE)
    .describe('Refuse larger pictures, lying or upright, before they are decoded'),
  maxFps: z
    .number()
    .positive()
    .max(1000)
    .optional()
    .meta({ description: 'Look at no more frames per second than this; default all', examples: [5] }),
  motion: motion
    .prefault({})
    .describe('Saves the work for frames in which nothing moves; noise and changes of light are no motion'),
  stationarySeconds: seconds
    .default(10)
    .describe('An object that keeps its place so long is told and counted as stationary'),
  zones: z
    .record(name('a zone id'), zone)
    .default({})
    .meta({ description: 'Parts of the picture, each under an id of its own', examples: ['yard'] }),
  lines: z
    .record(name('a line id'), line)
    .default({})
    .meta({
      description: 'Lines on which crossings are counted, each under an id of its own',
      examples: ['gate'],
    }),
  masks: masks.prefault({}).describe('Parts of the picture that are not to be seen'),
  pictures: cameraPictures.optional().describe('Overrides pictures for this camera, key by key'),
  clips: cameraClips.optional().describe('Overrides clips for this camera, key by key'),
});

export const camera = cameraKeys
  .refine((at) => at.detect === undefined || (isNetwork(at.detect) && isNetwork(at.source)), {
    error: 'a stream of the network, beside a source that is one (rtsp, rtsps, http, https)',
    path: ['detect'],
    when: isFine,
  })
  .refine((at) => at.detect !== at.source, {
    error: 'another stream than source',
    path: ['detect'],
    when: isFine,
  });
