// The name of a clip -> its file or a part of it, as long as there is one and its camera may be shown.

import type { Readable } from 'node:stream';
import type { OpenClip } from '../../clips/clip-folder.js';
import { type PageReply, type PageRequest, type Route, refusal } from '../server/exchange.js';
import { spanOf } from '../server/ranges.js';

export interface ClipRouteOptions {
  /** @returns nothing where no clip has this name (any more) */
  readonly open: (file: string) => Promise<OpenClip | undefined>;
  readonly mayBeShown: (camera: string) => boolean;
}

export class ClipRoute implements Route {
  readonly method = 'GET';
  readonly path = '/api/clip/';
  readonly #options: ClipRouteOptions;
  /** What is being sent, with its camera. */
  readonly #reading = new Map<Readable, string>();

  constructor(options: ClipRouteOptions) {
    this.#options = options;
  }

  async answer({ rest, range }: PageRequest): Promise<PageReply> {
    const { open, mayBeShown } = this.#options;
    const clip = await open(rest);
    if (clip !== undefined && mayBeShown(clip.camera)) return this.#part(clip, range);
    await clip?.handle.close();
    return refusal(404, 'expected a clip that is kept');
  }

  /** Nothing more of it may be seen. */
  forget(camera: string): void {
    for (const [stream, of] of this.#reading) if (of === camera) stream.destroy();
  }

  async #part({ camera, handle, bytes: size }: OpenClip, range: string | undefined): Promise<PageReply> {
    const span = spanOf(range, size);
    if (span === 'outside') {
      await handle.close();
      return { status: 416, headers: { 'content-range': `bytes */${size}` } };
    }
    const { start, bytes } = span ?? { start: 0, bytes: size };
    const end = start + bytes - 1;
    const stream = handle.createReadStream({ start, end });
    this.#reading.set(stream, camera);
    stream.once('close', () => this.#reading.delete(stream));
    return {
      status: span === undefined ? 200 : 206,
      type: 'video/mp4',
      body: { stream, bytes },
      headers: {
        'accept-ranges': 'bytes',
        ...(span !== undefined && { 'content-range': `bytes ${start}-${end}/${size}` }),
      },
    };
  }
}
