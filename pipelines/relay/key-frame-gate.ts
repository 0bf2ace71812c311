// RTP packets of a video track from anywhere in its stream -> those from its first key frame on: what comes before it
// refers to pictures that nobody here has seen, and would be decoded to a grey smear. Pure.

import type { RtpCodec } from './sdp.js';

interface RtpPacket {
  readonly timestamp: number;
  readonly payload: Buffer;
}

/** What one packet tells of the picture that it is a part of. */
interface Signs {
  /** Begins or goes on with a picture that needs no other. */
  readonly isKey: boolean;
  /** H.264: parameters of the sequence come with pictures that one may begin at. */
  readonly hasParameters: boolean;
  /** H.264: a slice that only refers to itself. */
  readonly isIntra: boolean;
}

const NOTHING: Signs = { isKey: false, hasParameters: false, isIntra: false };
/** Parameter sets and headers that stand before the slices of a key frame; many times what they take. */
const MOST_HELD_BYTES = 64 * 1024;

type ReadSigns = (payload: Buffer) => Signs;
/** Codecs whose pictures refer to others; with the rest one may begin anywhere, or their depayloaders know. */
const READERS: Partial<Record<RtpCodec, ReadSigns>> = { H264: h264Signs, H265: h265Signs };

export class KeyFrameGate {
  readonly #signs: ReadSigns | undefined;
  #isOpen: boolean;
  /** Of one picture, since it began. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  #timestamp: number | undefined;
  #seen: Signs = NOTHING;

  constructor(codec: RtpCodec) {
    this.#signs = READERS[codec];
    this.#isOpen = this.#signs === undefined;
  }

  /** Packets are lost: nothing passes before the next key frame. */
  closeAgain(): void {
    this.#isOpen = this.#signs === undefined;
    this.#beginPicture(undefined);
  }

  /**
   * @param rtp a packet, without the prefix of its transport @param whole what is handed on of it
   * @returns what may be handed on now, in its order
   */
  pass(rtp: Buffer, whole: Buffer): readonly Buffer[] {
    if (this.#isOpen || this.#signs === undefined) return [whole];
    const packet = readRtp(rtp);
    if (packet === undefined) return [];
    if (packet.timestamp !== this.#timestamp) this.#beginPicture(packet.timestamp);
    this.#hold(whole);
    this.#seen = both(this.#seen, this.#signs(packet.payload));
    if (!this.#seen.isKey && !(this.#seen.hasParameters && this.#seen.isIntra)) return [];
    this.#isOpen = true;
    const held = this.#held;
    this.#held = [];
    return held;
  }

  #beginPicture(timestamp: number | undefined): void {
    this.#timestamp = timestamp;
    this.#held = [];
    this.#heldBytes = 0;
    this.#seen = NOTHING;
  }

  #hold(whole: Buffer): void {
    this.#heldBytes += whole.length;
    // A picture that is no key frame after so many bytes does not become one.
    if (this.#heldBytes > MOST_HELD_BYTES) this.#held = [];
    // Copied: the chunk that it was cut from holds many others.
    else this.#held.push(Buffer.from(whole));
  }
}

const RTP_HEADER_BYTES = 12;

/** RFC 3550, section 5.1. @returns nothing for what is no RTP, or has no payload */
function readRtp(rtp: Buffer): RtpPacket | undefined {
  if (rtp.length < RTP_HEADER_BYTES || rtp[0]! >> 6 !== 2) return undefined;
  let start = RTP_HEADER_BYTES + 4 * (rtp[0]! & 0x0f);
  const hasExtension = (rtp[0]! & 0x10) !== 0;
  if (hasExtension) {
    if (rtp.length < start + 4) return undefined;
    start += 4 + 4 * rtp.readUInt16BE(start + 2);
  }
  if (rtp.length <= start) return undefined;
  return { timestamp: rtp.readUInt32BE(4), payload: rtp.subarray(start) };
}

/** RFC 6184: single units, several in one packet (STAP-A), and the first part of one (FU-A). */
function h264Signs(payload: Buffer): Signs {
  const type = payload[0]! & 0x1f;
  if (type === 24)
    return [...aggregated(payload, 1)]
      .map((unit) => h264Unit(unit[0]! & 0x1f, unit.subarray(1)))
      .reduce(both, NOTHING);
  if (type !== 28) return h264Unit(type, payload.subarray(1));
  const isStart = payload.length > 2 && (payload[1]! & 0x80) !== 0;
  return isStart ? h264Unit(payload[1]! & 0x1f, payload.subarray(2)) : NOTHING;
}

function h264Unit(type: number, rest: Buffer): Signs {
  return { isKey: type === 5, hasParameters: type === 7, isIntra: type === 1 && isIntraSlice(rest) };
}

/** H.264, 7.3.3: first_mb_in_slice and slice_type are the first two numbers, in Exp-Golomb code. */
function isIntraSlice(slice: Buffer): boolean {
  let at = 0;
  const bit = () => {
    const byte = slice[at >> 3] ?? 0;
    return (byte >> (7 - (at++ & 7))) & 1;
  };
  const number = () => {
    let zeros = 0;
    while (zeros < 32 && bit() === 0) zeros++;
    let value = 1;
    for (let i = 0; i < zeros; i++) value = 2 * value + bit();
    return value - 1;
  };
  number();
  const sliceType = number() % 5;
  return sliceType === 2 || sliceType === 4;
}

/** RFC 7798: the same for H.265, whose pictures for a random access have types of their own. */
function h265Signs(payload: Buffer): Signs {
  const type = (payload[0]! >> 1) & 0x3f;
  if (type === 48)
    return [...aggregated(payload, 2)].map((unit) => h265Unit((unit[0]! >> 1) & 0x3f)).reduce(both, NOTHING);
  if (type !== 49) return h265Unit(type);
  const isStart = payload.length > 3 && (payload[2]! & 0x80) !== 0;
  return isStart ? h265Unit(payload[2]! & 0x3f) : NOTHING;
}

function h265Unit(type: number): Signs {
  return { ...NOTHING, isKey: type >= 16 && type <= 21 };
}

/** Units with their lengths of 16 bits before them. */
function* aggregated(payload: Buffer, start: number): Generator<Buffer, void, undefined> {
  for (let at = start; at + 2 < payload.length; ) {
    const length = payload.readUInt16BE(at);
    const unit = payload.subarray(at + 2, at + 2 + length);
    if (unit.length > 0) yield unit;
    at += 2 + length;
  }
}

function both(a: Signs, b: Signs): Signs {
  return {
    isKey: a.isKey || b.isKey,
    hasParameters: a.hasParameters || b.hasParameters,
    isIntra: a.isIntra || b.isIntra,
  };
}
