// Cameras that somebody wants a picture of -> the next frame of each that has a result, as JPEG with its boxes.

import type { FrameResult } from '../inference/frame-path.js';
import { overlaySvg } from './detection-overlay.js';
import type { Picture } from './picture.js';
import type { Encode } from './snapshots.js';

export class NextPicture {
  readonly #encode: Encode;
  readonly #wanted = new Map<string, ((picture: Promise<Picture>) => void)[]>();

  constructor(encode: Encode) {
    this.#encode = encode;
  }

  /** Resolves with the next result of the camera; for ever pending where none comes. */
  of(camera: string): Promise<Picture> {
    return new Promise((resolve) => {
      this.#wanted.set(camera, [...(this.#wanted.get(camera) ?? []), resolve]);
    });
  }

  /** @param result its pixels are valid during the call only */
  update({ frame, sourceDetections }: FrameResult): void {
    const waiting = this.#wanted.get(frame.source);
    if (waiting === undefined) return;
    this.#wanted.delete(frame.source);
    const copy = { ...frame, pixels: frame.pixels.slice(0) };
    const { capturedAtMs, sourceSize } = frame;
    const encoded = this.#encode(copy, overlaySvg(sourceDetections, sourceSize));
    const picture = encoded.then((jpeg) => ({ jpeg, capturedAtMs, sourceSize }));
    for (const resolve of waiting) resolve(picture);
  }
}
