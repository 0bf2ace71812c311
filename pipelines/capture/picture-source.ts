// Source -> whether it is a still picture, which is played as a camera that never moves.

import { CaptureError, oneLine } from '../failure.js';
import { fileKind } from '../file-kind.js';
import type { Source } from '../sources.js';

/** @throws CaptureError for a file that is neither a picture nor a video */
export function isPicture(source: Source): boolean {
  try {
    return source.scheme === 'file' && fileKind(source.path) === 'picture';
  } catch (error) {
    throw new CaptureError({ failure: 'decode', message: oneLine((error as Error).message) });
  }
}
