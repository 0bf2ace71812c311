// Cameras that somebody wants a picture of -> a JPEG of the next frame that is looked at, with nothing drawn on it.

import type { Frame } from '../../../pipelines/frame.js';
import type { LivePicture } from './live-pictures.js';

interface Waiting {
  readonly resolve: (picture: Promise<LivePicture>) => void;
}

export class NextFrame {
  readonly #encode: (frame: Frame) => Promise<Buffer>;
  readonly #waiting = new Map<string, Set<Waiting>>();

  constructor(encode: (frame: Frame) => Promise<Buffer>) {
    this.#encode = encode;
  }

  /** For ever pending where no frame comes; rejects once nobody wants it any more. */
  of(camera: string, signal: AbortSignal): Promise<LivePicture> {
    return new Promise((resolve, reject) => {
      const all = this.#waiting.get(camera) ?? new Set();
      const onAbort = () => {
        all.delete(waiting);
        reject(signal.reason as Error);
      };
      const waiting: Waiting = {
        resolve: (picture) => {
          signal.removeEventListener('abort', onAbort);
          resolve(picture);
        },
      };
      this.#waiting.set(camera, all.add(waiting));
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** @param frame its pixels are valid during the call only */
  update(frame: Frame): void {
    const waiting = this.#waiting.get(frame.source);
    if (waiting === undefined || waiting.size === 0) return;
    this.#waiting.delete(frame.source);
    const { capturedMonotonicMs, capturedAtMs, sequence, sourceSize } = frame;
    const encoded = this.#encode({ ...frame, pixels: frame.pixels.slice(0) });
    const picture = encoded.then((jpeg) => ({
      jpeg,
      sequence,
      sourceSize,
      capturedAtMs,
      capturedMonotonicMs,
    }));
    for (const { resolve } of waiting) resolve(picture);
    // Nobody may be there any more.
    picture.catch(() => {});
  }
}
