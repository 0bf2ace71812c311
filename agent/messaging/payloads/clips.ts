// A clip that has been kept -> the body of `clips`.

import type { Clip } from '../../clips/camera-clips.js';
import type { Body } from '../schemas.js';
import { round } from './numbers.js';

export function clipBody(clip: Clip): Body<'clips'> {
  const { camera, file, path, bytes, startedAtMs, durationMs, stream, end, tracks, zones, lines } = clip;
  return {
    camera,
    file,
    path,
    bytes,
    startedAt: new Date(startedAtMs).toISOString(),
    seconds: round(durationMs / 1000, 1),
    codec: stream.codec,
    sourceSize: { width: stream.size.width, height: stream.size.height },
    end,
    tracks: tracks.map(({ id, label }) => ({ id, label })),
    zones: [...zones],
    lines: [...lines],
  };
}
