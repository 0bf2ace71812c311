// What the configuration says of a camera -> what each of its captures is told, whoever opens it.

import type { CameraOptions } from '../../pipelines/capture/camera-options.js';
import { largestPicture } from '../../pipelines/picture-size.js';
import type { Config } from '../config/schema.js';

export function captureSettings({
  stallTimeoutSeconds,
  keyFrameTimeoutSeconds,
  memoryLimitMegabytes,
  maxPictureSize,
  transport,
  tls,
  masks,
}: Config['cameras'][string]) {
  return {
    stallTimeoutMs: stallTimeoutSeconds * 1000,
    keyFrameTimeoutMs: keyFrameTimeoutSeconds * 1000,
    memoryBytes: memoryLimitMegabytes * 1e6,
    largest: largestPicture(maxPictureSize, 'maxPictureSize'),
    transport,
    tls,
    masks: { privacy: masks.privacy, motion: masks.motion },
  } satisfies Partial<CameraOptions>;
}
