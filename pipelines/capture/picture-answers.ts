// Requests for pictures of a capture process -> its answers, each to whoever asked.

import { type Clock, systemClock } from '#common/clock.js';
import type { Size } from '../frame.js';
import type { PictureRecord } from './record-kinds.js';
import type { CaptureRequest, PicturePart } from './requests.js';

/** What is wanted of a frame: the frame's number, as its camera counts, or none for the newest; and the parts of it. */
export interface WantedPicture {
  readonly sequence?: number | undefined;
  readonly parts: readonly PicturePart[];
}

export interface CapturedPicture {
  /** In the order of the parts. */
  readonly jpegs: readonly Buffer[];
  readonly sourceSize: Size;
  /** Wall clock, milliseconds since 1970. */
  readonly capturedAtMs: number;
}

/** A process that is busy with other pictures gets to it within this time, or never. */
const LIMIT_MS = 5000;

export class PictureAnswers {
  readonly #clock: Clock;
  readonly #waiting = new Map<number, (picture: CapturedPicture | undefined) => void>();
  #lastId = 0;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** @returns nothing where there is no such picture, or no more */
  ask(ask: (request: CaptureRequest) => void, wanted: WantedPicture): Promise<CapturedPicture | undefined> {
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      const cancel = this.#clock.after(LIMIT_MS, () => this.#resolve(id, undefined));
      this.#waiting.set(id, (picture) => {
        cancel();
        resolve(picture);
      });
      ask({ kind: 'picture', id, ...wanted });
    });
  }

  onRecord({ id, partBytes, sourceSize, capturedAtMs }: PictureRecord, bytes: ArrayBuffer): void {
    if (partBytes.length === 0) {
      this.#resolve(id, undefined);
      return;
    }
    let end = 0;
    const jpegs = partBytes.map((length) => {
      end += length;
      return Buffer.from(bytes, end - length, length);
    });
    this.#resolve(id, { jpegs, sourceSize, capturedAtMs });
  }

  /** The process has gone. */
  end(): void {
    for (const id of [...this.#waiting.keys()]) this.#resolve(id, undefined);
  }

  #resolve(id: number, picture: CapturedPicture | undefined): void {
    const resolve = this.#waiting.get(id);
    this.#waiting.delete(id);
    resolve?.(picture);
  }
}
