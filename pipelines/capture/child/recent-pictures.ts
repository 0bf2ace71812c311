// The last pictures of the source, which GStreamer keeps by reference -> JPEGs of those that somebody asks for.

import type { Masks } from '../../masks.js';
import type { PictureRecord } from '../record-kinds.js';
import type { PictureRequest } from '../requests.js';
import { leadingPackets, readGdp } from './gdp.js';
import type { ParentLink } from './parent-link.js';
import { type MaskedPicture, PictureEncoder } from './picture-encoder.js';
import type { AppSink } from './pipeline.js';
import { geometryOf, type SourceGeometry } from './source-geometry.js';

export interface RecentPicturesOptions {
  /** Keeps the newest and drops the oldest. */
  readonly sink: AppSink;
  readonly link: Pick<ParentLink, 'sendPicture'>;
  readonly masks: Masks | undefined;
  /** That the pictures may take which are kept. */
  readonly bytes: number;
  /** Pictures that may be kept, where their memory is one of few buffers of the hardware. */
  readonly most?: number;
}

interface Sent {
  readonly ptsMs: number;
  readonly capturedAtMs: number;
}

interface Held extends Sent {
  readonly picture: MaskedPicture;
}

const FIRST_DEPTH = 4;
const LEAST_DEPTH = 2;
/** Frames whose times are known: more than any that is still kept. */
const MOST_SENT = 256;
/** Requests that wait; one more is answered with nothing. */
const MOST_WAITING = 8;
/** Requests in a row with pictures to spare, after which one less is kept. */
const CALM = 10;
/** Somebody who asks for the same picture again does so soon. */
const HELD_MS = 2000;
/** No two pictures that are kept at once are so far apart, but for those of two series. */
const FAR_MS = 5000;
/** Of most formats; the largest have four. */
const BYTES_PER_PIXEL = 1.5;
const MOST_BYTES_PER_PIXEL = 4;

/** The answer where there is none. */
export function noPicture({ id }: PictureRequest): PictureRecord {
  return { kind: 'picture', id, partBytes: [], sourceSize: { width: 0, height: 0 }, capturedAtMs: 0 };
}

export class RecentPictures {
  readonly #options: RecentPicturesOptions;
  readonly #encoder: PictureEncoder;
  readonly #sent = new Map<number, Sent>();
  #newest: Sent | undefined;
  /** The picture that was taken out last. Those before it are gone. */
  #held: Held | undefined;
  #takenUpToMs = Number.NEGATIVE_INFINITY;
  /** That may still lie in the sink from before the time stamps went back. */
  #leftOver = 0;
  #letGo: NodeJS.Timeout | undefined;
  #waiting = 0;
  #last: Promise<void> = Promise.resolve();
  #bound = LEAST_DEPTH;
  #depth = FIRST_DEPTH;
  #calm = 0;

  constructor(options: RecentPicturesOptions) {
    this.#options = options;
    this.#encoder = new PictureEncoder(options.masks?.privacy ?? []);
  }

  /** As many are kept as the detector needs time for, and not more than the bytes allow. */
  onSize({ width, height, format = '' }: SourceGeometry): void {
    const { bytes, most = Number.POSITIVE_INFINITY } = this.#options;
    const perPixel = /^(I420|NV12|YV12|NV21)$/.test(format) ? BYTES_PER_PIXEL : MOST_BYTES_PER_PIXEL;
    this.#bound = Math.max(1, Math.min(most, Math.floor(bytes / (width * height * perPixel))));
    this.#setDepth(this.#depth);
  }

  /** A frame has gone to the parent, which may ask for its picture. */
  onSent(sequence: number, ptsMs: number | undefined, capturedAtMs: number): void {
    if (ptsMs === undefined) return;
    const beforeMs = this.#newest?.ptsMs ?? Number.NEGATIVE_INFINITY;
    if (ptsMs <= beforeMs) this.#beginAnew();
    this.#newest = { ptsMs, capturedAtMs };
    // Of stamps that stand still nobody can tell which picture is whose.
    if (ptsMs === beforeMs) return;
    this.#sent.set(sequence, this.#newest);
    if (this.#sent.size > MOST_SENT) this.#sent.delete(this.#sent.keys().next().value!);
  }

  #beginAnew(): void {
    this.#sent.clear();
    this.#held = undefined;
    this.#takenUpToMs = Number.NEGATIVE_INFINITY;
    this.#leftOver = this.#depth;
  }

  /** Answers follow in the order of the requests. */
  answer(request: PictureRequest): void {
    if (this.#waiting >= MOST_WAITING) {
      this.#send(request, []);
      return;
    }
    this.#waiting += 1;
    this.#last = this.#last.then(async () => {
      await this.#answer(request).catch(() => this.#send(request, []));
      this.#waiting -= 1;
    });
  }

  /** All that has been asked is answered: at the end of a stream its last pictures are still there. */
  async answered(): Promise<void> {
    while (this.#waiting > 0) await this.#last;
  }

  close(): void {
    this.#encoder.close();
  }

  async #answer(request: PictureRequest): Promise<void> {
    const { sequence } = request;
    const wanted = sequence === undefined ? this.#newest : this.#sent.get(sequence);
    const held = wanted && (await this.#find(wanted, sequence !== undefined));
    if (held === undefined) return this.#send(request, []);
    const jpegs: Buffer[] = [];
    for (const part of request.parts) {
      const jpeg = await this.#encoder.jpeg(held.picture, part);
      if (jpeg === undefined) return this.#send(request, []);
      jpegs.push(jpeg);
    }
    this.#send(request, jpegs, held);
  }

  #send(request: PictureRequest, jpegs: readonly Buffer[], held?: Held): void {
    const partBytes = jpegs.map(({ length }) => length);
    const of = held && { sourceSize: held.picture.size, capturedAtMs: held.capturedAtMs };
    this.#options.link.sendPicture({ ...noPicture(request), partBytes, ...of }, jpegs);
  }

  /** @param isExact another picture than that of the frame will not do */
  async #find(wanted: Sent, isExact: boolean): Promise<Held | undefined> {
    if (wanted.ptsMs <= this.#takenUpToMs) {
      const held = this.#held;
      return held?.ptsMs === wanted.ptsMs || !isExact ? held : undefined;
    }
    for (let older = 0; ; older++) {
      const { packet, streamheader } = await this.#pull();
      if (packet === null) return undefined;
      const { ptsMs } = readGdp(packet);
      if (ptsMs === undefined || ptsMs < wanted.ptsMs) continue;
      if (ptsMs > wanted.ptsMs + FAR_MS && this.#leftOver-- > 0) continue;
      this.#takenUpToMs = ptsMs;
      const isWanted = ptsMs === wanted.ptsMs;
      this.#adapt(older, isWanted);
      if (!isWanted && isExact) return undefined;
      return this.#hold(
        { packet, header: leadingPackets(streamheader) },
        isWanted ? wanted : { ...wanted, ptsMs },
      );
    }
  }

  async #pull(): Promise<{ packet: Buffer | null; streamheader: unknown }> {
    for (;;) {
      const pulled = await new Promise<{ packet: Buffer | null; streamheader: unknown }>((resolve) =>
        this.#options.sink.pull((packet, { streamheader }) => resolve({ packet, streamheader })),
      );
      if (pulled.packet === null || readGdp(pulled.packet).kind === 'buffer') return pulled;
    }
  }

  async #hold(raw: { packet: Buffer; header: readonly Buffer[] }, sent: Sent): Promise<Held | undefined> {
    const geometry = geometryOf(raw.header);
    const size = geometry && { width: geometry.width, height: geometry.height };
    const picture = size && (await this.#encoder.masked(raw, size));
    this.#held = picture && { ...sent, picture };
    clearTimeout(this.#letGo);
    this.#letGo = setTimeout(() => {
      this.#held = undefined;
    }, HELD_MS).unref();
    return this.#held;
  }

  /** Each picture that is passed over costs a copy, and one that is gone is no picture. */
  #adapt(older: number, isThere: boolean): void {
    if (!isThere) this.#setDepth(this.#depth + 2);
    else if (older < 2) this.#calm = 0;
    else if (++this.#calm >= CALM) this.#setDepth(this.#depth - 1);
  }

  #setDepth(depth: number): void {
    this.#calm = 0;
    this.#depth = Math.min(this.#bound, Math.max(LEAST_DEPTH, depth));
    this.#options.sink['max-buffers'] = this.#depth;
  }
}
