// What a picture for people is: a JPEG and the frame it shows.

import type { Size } from '../../pipelines/frame.js';

export interface Picture {
  readonly jpeg: Buffer;
  /** Milliseconds since 1970. */
  readonly capturedAtMs: number;
  readonly sourceSize: Size;
  /** Of the frame that it shows, as messages have it; nothing for a picture of another stream. */
  readonly frameSequence?: number;
  /** The object that it was taken of, with what is around it and without its box. */
  readonly object?: { readonly trackId: number; readonly crop: Buffer };
}
