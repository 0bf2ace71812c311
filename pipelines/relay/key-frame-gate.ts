// RTP packets of a video track from anywhere in its stream -> its whole pictures from the first key frame on, and after a
// lost packet from the next: what refers to pictures that nobody here has seen would be decoded to a grey smear. Pure.

import { h264Signs } from './h264-signs.js';
import { h265Signs } from './h265-signs.js';
import { readRtp } from './rtp-packet.js';
import type { RtpCodec } from './sdp.js';
import { both, NOTHING, type ReadSigns, type Signs } from './signs.js';

/** Parameter sets and headers that stand before the slices of a key frame; many times what they take. */
const MOST_HELD_BYTES = 64 * 1024;
/** Of a picture that is handed on: key frames of 8K have a quarter of it. */
const MOST_PICTURE_BYTES = 1 << 24;
const SEQUENCES = 1 << 16;

/** Codecs whose pictures refer to others; with the rest one may begin anywhere, or their depayloaders know. */
const READERS: Partial<Record<RtpCodec, ReadSigns>> = { H264: h264Signs, H265: h265Signs };

export class KeyFrameGate {
  readonly #signs: ReadSigns | undefined;
  readonly #payloadType: number | undefined;
  #isOpen: boolean;
  #sequence: number | undefined;
  /** Of one picture, since it began or since a part of it went on. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  #timestamp: number | undefined;
  #hasSlice = false;
  /** A marker has come behind its slices; some cameras set others too. */
  #hasEnded = false;
  #seen: Signs = NOTHING;
  /** Of this picture its beginning has been seen, and no packet since is lost. */
  #isWhole = false;

  /** @param payloadType what has another is not of the track; nothing for any */
  constructor(codec: RtpCodec, payloadType?: number) {
    this.#signs = READERS[codec];
    this.#payloadType = payloadType;
    this.#isOpen = this.#signs === undefined;
  }

  /** Whether pictures are handed on. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Packets are lost: nothing passes before the next key frame. */
  closeAgain(): void {
    this.#isOpen = this.#signs === undefined;
    this.#held = [];
    this.#heldBytes = 0;
    this.#isWhole = false;
    this.#seen = NOTHING;
  }

  /**
   * @param rtp a packet, without the prefix of its transport @param whole what is handed on of it
   * @returns what may be handed on now, in its order: a decoder needs whole pictures, so that nothing comes later by it
   */
  pass(rtp: Buffer, whole: Buffer): readonly Buffer[] {
    const packet = readRtp(rtp);
    if (packet === undefined) return [];
    const isOther = this.#payloadType !== undefined && packet.payloadType !== this.#payloadType;
    if (this.#signs === undefined) return isOther || packet.payload.length === 0 ? [] : [whole];
    if (packet.sequence === this.#sequence) return [];
    // Within one connection too: a camera that cannot send fast enough leaves packets out.
    const isNext = packet.sequence === ((this.#sequence ?? Number.NaN) + 1) % SEQUENCES;
    this.#sequence = packet.sequence;
    if (!isNext) this.closeAgain();
    const signs = isOther || packet.payload.length === 0 ? 'ignored' : this.#signs(packet.payload);
    if (signs === 'ignored') return [];
    if (signs === 'invalid') {
      this.closeAgain();
      this.#timestamp = packet.timestamp;
      return [];
    }
    // Time stamps of some cameras stand still, and some pictures have that of the one before.
    const isNew = packet.timestamp !== this.#timestamp || (this.#hasEnded && signs.begins);
    const before = isNew ? this.#release() : [];
    if (isNew) this.#beginPicture(packet.timestamp, isNext || signs.begins);
    else if (!isNext) this.#isWhole = signs.begins;
    this.#hold(whole);
    this.#seen = both(this.#seen, signs);
    this.#hasSlice ||= signs.isSlice;
    this.#hasEnded = packet.hasMarker && this.#hasSlice;
    return packet.hasMarker ? [...before, ...this.#release()] : before;
  }

  /** @returns the picture, or a part of it that the camera ended with a marker */
  #release(): readonly Buffer[] {
    const { isKey, hasParameters, isIntra } = this.#seen;
    if (!this.#isOpen && !(this.#isWhole && (isKey || (hasParameters && isIntra)))) return [];
    this.#isOpen = true;
    const held = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    return held;
  }

  #beginPicture(timestamp: number, isWhole: boolean): void {
    this.#timestamp = timestamp;
    this.#held = [];
    this.#heldBytes = 0;
    this.#seen = NOTHING;
    this.#hasSlice = false;
    this.#isWhole = isWhole;
  }

  #hold(whole: Buffer): void {
    this.#heldBytes += whole.length;
    // A picture that is no key frame after so many bytes does not become one.
    const isWanted = this.#isOpen || this.#seen.isKey || this.#seen.isIntra;
    if (this.#heldBytes > (isWanted ? MOST_PICTURE_BYTES : MOST_HELD_BYTES)) this.closeAgain();
    // Copied: the chunk that it was cut from holds many others.
    else this.#held.push(Buffer.from(whole));
  }
}
