// A recording -> its frames in source pixels, in step with those the detector saw, for pictures people look at.

import type { Frame, FrameSource } from '../../pipelines/frame.js';
import { openSource } from '../../pipelines/open.js';
import type { LargestPicture } from '../../pipelines/picture-size.js';

/**
 * Reads the recording a second time, without scaling it down. Frames must be asked for in their order.
 */
export class FullResolutionReader {
  readonly #uri: string;
  readonly #largest: LargestPicture | undefined;
  readonly #stop = new AbortController();
  #frames: AsyncIterator<Frame> | undefined;

  constructor(uri: string, largest?: LargestPicture) {
    this.#uri = uri;
    this.#largest = largest;
  }

  /** @returns the same frame at source size; the frame itself where the recording has no such frame */
  async of(frame: Frame): Promise<Frame> {
    return (await this.find(frame)) ?? frame;
  }

  /** @returns the same frame at source size; nothing where the recording has no such frame */
  async find(frame: Pick<Frame, 'mediaTimeMs' | 'sourceSize'>): Promise<Frame | undefined> {
    this.#frames ??= this.#open(frame).frames(this.#stop.signal)[Symbol.asyncIterator]();
    for (;;) {
      const next = await this.#frames.next();
      if (next.done) return undefined;
      // Half a millisecond: both readings round the same time stamp.
      if (next.value.mediaTimeMs > frame.mediaTimeMs - 0.5) return next.value;
    }
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#frames?.return?.();
  }

  #open({ sourceSize }: Pick<Frame, 'sourceSize'>): FrameSource {
    // Rows of GStreamer are padded to four bytes; the rest of the width is border.
    const inputSize = { width: Math.ceil(sourceSize.width / 4) * 4, height: sourceSize.height };
    return openSource(this.#uri, { inputSize, delivery: 'all', pace: 'unpaced', largest: this.#largest });
  }
}
