// What a picture for people is: a JPEG and the frame it shows.

import type { Size } from '../../pipelines/frame.js';

export interface Picture {
  readonly jpeg: Buffer;
  /** Milliseconds since 1970. */
  readonly capturedAtMs: number;
  readonly sourceSize: Size;
}
