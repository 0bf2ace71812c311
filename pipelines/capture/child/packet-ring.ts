// Packets of a camera as they come -> the latest of them, in whole groups that begin with a key frame, in bounded memory. Pure.

import type { PacketInfo, PacketStream } from '../packet.js';

export interface KeptPacket extends PacketInfo {
  /** The same object for all packets of a stream. */
  readonly stream: PacketStream;
  readonly bytes: Buffer;
}

interface Group {
  packets: KeptPacket[];
  bytes: number;
}

export interface PacketRingOptions {
  readonly keepMs: number;
  readonly maximumBytes: number;
}

export class PacketRing {
  readonly #options: PacketRingOptions;
  readonly #groups: Group[] = [];
  #bytes = 0;
  /** Nothing can be decoded before the next key frame. */
  #isWaiting = true;

  constructor(options: PacketRingOptions) {
    this.#options = options;
  }

  /** @returns whether it can be decoded with those before it */
  put(packet: KeptPacket): boolean {
    if (packet.isKey) this.#groups.push({ packets: [], bytes: 0 });
    else if (this.#isWaiting) return false;
    this.#isWaiting = false;
    const group = this.#groups.at(-1)!;
    group.packets.push(packet);
    group.bytes += packet.bytes.length;
    this.#bytes += packet.bytes.length;
    this.#trim(packet.capturedMonotonicMs - this.#options.keepMs);
    return true;
  }

  /** Some packets never came: those that follow cannot be decoded. */
  lost(): void {
    this.#isWaiting = true;
  }

  /** From the last key frame at or before the time on, or from the first that is kept; CLOCK_MONOTONIC. */
  since(ms: number): readonly KeptPacket[] {
    // Of one that was too long the beginning is missing.
    const whole = this.#groups.filter(({ packets }) => packets[0]?.isKey);
    const last = whole.findLastIndex(({ packets }) => packets[0]!.capturedMonotonicMs <= ms);
    return whole.slice(Math.max(0, last)).flatMap(({ packets }) => packets);
  }

  #trim(keepFromMs: number): void {
    const { maximumBytes } = this.#options;
    const isOld = () =>
      (this.#groups[1]?.packets[0]?.capturedMonotonicMs ?? Number.POSITIVE_INFINITY) <= keepFromMs;
    while (this.#groups.length > 1 && (isOld() || this.#bytes > maximumBytes))
      this.#bytes -= this.#groups.shift()!.bytes;
    if (this.#bytes <= maximumBytes) return;
    // One that is too long by itself: whoever is being sent it gets the rest all the same.
    Object.assign(this.#groups[0]!, { bytes: 0, packets: [] });
    this.#bytes = 0;
  }
}
