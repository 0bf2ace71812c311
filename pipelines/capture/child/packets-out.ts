// Coded packets of an appsink -> the latest of them in memory, and records to the parent from the time that it asks for.

import { monotonicMs } from '#common/clock.js';
import type { PacketStream } from '../packet.js';
import { MOST_PACKET_BYTES } from '../records.js';
import type { PacketsEndRequest, PacketsRequest } from '../requests.js';
import type { FrameTimes } from './frame-times.js';
import { readGdp } from './gdp.js';
import { type KeptPacket, PacketRing } from './packet-ring.js';
import { streamOf } from './packet-stream.js';
import type { ParentLink } from './parent-link.js';
import type { AppSink } from './pipeline.js';

/** Half a minute at 8 Mbit/s. */
const MOST_KEPT_BYTES = 1 << 25;

export interface PacketsOutOptions {
  readonly sink: AppSink;
  readonly link: Pick<ParentLink, 'hasEnded' | 'sendPacket' | 'sendNoPackets'>;
  readonly times: FrameTimes;
  readonly keepMs: number;
}

export class PacketsOut {
  readonly #options: PacketsOutOptions;
  #ring: PacketRing;
  /** Of the packets that come now, or what they are instead. */
  #stream: PacketStream | { readonly other: string } | undefined;
  #request: { readonly id: number; sent: PacketStream | undefined } | undefined;

  constructor(options: PacketsOutOptions) {
    this.#options = options;
    this.#ring = this.#makeRing();
  }

  pull(): void {
    this.#options.sink.pull((packet) => {
      // At the end of the stream the sink of its frames tells.
      if (packet === null || this.#options.link.hasEnded) return;
      this.#onPacket(packet);
      this.pull();
    });
  }

  /** What is kept at once, what comes as it comes. */
  send({ id, sinceMs }: PacketsRequest): void {
    this.#request = { id, sent: undefined };
    if (this.#stream !== undefined && 'other' in this.#stream) this.#sayNone(this.#stream.other);
    else for (const packet of this.#ring.since(sinceMs)) this.#send(packet);
  }

  end({ id }: PacketsEndRequest): void {
    if (this.#request?.id === id) this.#request = undefined;
  }

  #onPacket(packet: Buffer): void {
    const { kind, ptsMs, isDelta, payload } = readGdp(packet);
    if (kind === 'caps') this.#onCaps(payload.toString('latin1'));
    if (kind !== 'buffer' || this.#stream === undefined || 'other' in this.#stream) return;
    if (ptsMs === undefined || payload.length > MOST_PACKET_BYTES) {
      this.#ring.lost();
      return;
    }
    const { capturedMonotonicMs } = this.#options.times.next(ptsMs, monotonicMs());
    const kept = { isKey: !isDelta, ptsMs, capturedMonotonicMs, stream: this.#stream, bytes: payload };
    if (this.#ring.put(kept)) this.#send(kept);
  }

  /** Those of another stream cannot stand in one file with those before. */
  #onCaps(caps: string): void {
    const stream = streamOf(caps);
    if (JSON.stringify(stream) === JSON.stringify(this.#stream)) return;
    this.#stream = stream;
    this.#ring = this.#makeRing();
    if ('other' in stream) this.#sayNone(stream.other);
  }

  #send({ stream, bytes, ...info }: KeptPacket): void {
    const request = this.#request;
    // What follows a picture that was lost begins with a key frame, for who has just asked as well.
    if (request === undefined || (request.sent === undefined && !info.isKey)) return;
    const isNew = request.sent !== stream;
    request.sent = stream;
    this.#options.link.sendPacket(
      { kind: 'packet', id: request.id, ...info, ...(isNew && { stream }) },
      bytes,
    );
  }

  #sayNone(message: string): void {
    if (this.#request === undefined) return;
    this.#options.link.sendNoPackets({ kind: 'no-packets', id: this.#request.id, message });
    this.#request = undefined;
  }

  #makeRing(): PacketRing {
    return new PacketRing({ keepMs: this.#options.keepMs, maximumBytes: MOST_KEPT_BYTES });
  }
}
