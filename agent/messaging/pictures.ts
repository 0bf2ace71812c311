// Pictures to publish -> the newest of each topic, made smaller where the broker or the bound takes no more.

import type { Outgoing } from './broker/client.js';

/** @returns the same picture in so many bytes at most; nothing where it cannot be made so small */
export type FitPicture = (jpeg: Buffer, maximumBytes: number) => Promise<Buffer | undefined>;

/** Its payload is a JPEG. */
export interface PictureMessage extends Outgoing {
  readonly payload: Buffer;
}

export interface PicturesOptions {
  /** Without it they go as they are, or not at all. */
  readonly fit: FitPicture | undefined;
  /** The longest payload that may be tried. */
  readonly room: (message: Outgoing) => number;
  readonly put: (message: Outgoing) => void;
  /** Is told of one that cannot be made small enough. */
  readonly onTooLarge: (message: PictureMessage, maximumBytes: number) => void;
}

export class Pictures {
  readonly #options: PicturesOptions;
  /** As they came, by topic. */
  readonly #newest = new Map<string, PictureMessage>();

  constructor(options: PicturesOptions) {
    this.#options = options;
  }

  publish(message: PictureMessage): void {
    this.#newest.set(message.topic, message);
    const maximumBytes = this.#room(message);
    // Where not even a small one may be tried, the connection says why.
    if (message.payload.byteLength <= maximumBytes || maximumBytes <= 0) this.#options.put(message);
    else
      void this.#fit(message, maximumBytes).then((isPut) => {
        if (!isPut) this.#options.onTooLarge(message, maximumBytes);
      });
  }

  /** None of the topic is sent any more. */
  forget(topic: string): void {
    this.#newest.delete(topic);
  }

  /** The broker did not take the picture for its size: a smaller one is tried. Other topics are passed over. */
  refused(topic: string): void {
    const message = this.#newest.get(topic);
    const maximumBytes = message === undefined ? 0 : this.#room(message);
    if (message !== undefined && maximumBytes > 0) void this.#fit(message, maximumBytes);
  }

  #room(message: PictureMessage): number {
    return this.#options.room({ ...message, payload: '' });
  }

  /** @returns false where it cannot be made small enough */
  async #fit(message: PictureMessage, maximumBytes: number): Promise<boolean> {
    const { fit, put } = this.#options;
    const payload = await fit?.(message.payload, maximumBytes).catch(() => undefined);
    // A newer one has come meanwhile.
    if (this.#newest.get(message.topic) !== message) return true;
    if (payload !== undefined) put({ ...message, payload });
    return payload !== undefined;
  }
}
