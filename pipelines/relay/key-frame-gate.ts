// RTP packets of a video track from anywhere in its stream -> its whole pictures from the first key frame on, and after a
// lost packet from the next: what refers to pictures that nobody here has seen would be decoded to a grey smear. Pure.

import type { RtpCodec } from './sdp.js';

interface RtpPacket {
  readonly sequence: number;
  readonly timestamp: number;
  /** The last of its picture; some cameras say so of more than one, or of none. */
  readonly hasMarker: boolean;
  readonly payload: Buffer;
}

/** What one packet tells of the picture that it is a part of. */
interface Signs {
  /** Nothing of the picture comes before it. */
  readonly begins: boolean;
  /** Begins or goes on with a picture that needs no other. */
  readonly isKey: boolean;
  /** H.264: parameters of the sequence come with pictures that one may begin at. */
  readonly hasParameters: boolean;
  /** H.264: a slice that only refers to itself. */
  readonly isIntra: boolean;
}

const NOTHING: Signs = { begins: false, isKey: false, hasParameters: false, isIntra: false };
/** Parameter sets and headers that stand before the slices of a key frame; many times what they take. */
const MOST_HELD_BYTES = 64 * 1024;
/** Of a picture that is handed on: key frames of 8K have a quarter of it. */
const MOST_PICTURE_BYTES = 1 << 24;
const SEQUENCES = 1 << 16;

type ReadSigns = (payload: Buffer) => Signs;
/** Codecs whose pictures refer to others; with the rest one may begin anywhere, or their depayloaders know. */
const READERS: Partial<Record<RtpCodec, ReadSigns>> = { H264: h264Signs, H265: h265Signs };

export class KeyFrameGate {
  readonly #signs: ReadSigns | undefined;
  #isOpen: boolean;
  #sequence: number | undefined;
  /** Of one picture, since it began or since a part of it went on. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  #timestamp: number | undefined;
  #seen: Signs = NOTHING;
  /** Of this picture its beginning has been seen, and no packet since is lost. */
  #isWhole = false;

  constructor(codec: RtpCodec) {
    this.#signs = READERS[codec];
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
    if (this.#signs === undefined) return [whole];
    const packet = readRtp(rtp);
    if (packet === undefined || packet.sequence === this.#sequence) return [];
    // Within one connection too: a camera that cannot send fast enough leaves packets out.
    const isNext = packet.sequence === ((this.#sequence ?? Number.NaN) + 1) % SEQUENCES;
    this.#sequence = packet.sequence;
    if (!isNext) this.closeAgain();
    const signs = this.#signs(packet.payload);
    const isNew = packet.timestamp !== this.#timestamp;
    const before = isNew ? this.#release() : [];
    if (isNew) this.#beginPicture(packet.timestamp, isNext || signs.begins);
    else if (!isNext) this.#isWhole = signs.begins;
    this.#hold(whole);
    this.#seen = both(this.#seen, signs);
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
  return {
    sequence: rtp.readUInt16BE(2),
    timestamp: rtp.readUInt32BE(4),
    hasMarker: (rtp[1]! & 0x80) !== 0,
    payload: rtp.subarray(start),
  };
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
  const isSlice = type === 1 || type === 5;
  return {
    begins: isSlice ? isFirst(rest) : type >= 6 && type <= 9,
    isKey: type === 5,
    hasParameters: type === 7,
    isIntra: type === 1 && isIntraSlice(rest),
  };
}

/** `first_mb_in_slice` is 0, or `first_slice_segment_in_pic_flag` is set: both are one bit that is set. */
function isFirst(rest: Buffer): boolean {
  return ((rest[0] ?? 0) & 0x80) !== 0;
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
    return [...aggregated(payload, 2)]
      .map((unit) => h265Unit((unit[0]! >> 1) & 0x3f, unit.subarray(2)))
      .reduce(both, NOTHING);
  if (type !== 49) return h265Unit(type, payload.subarray(2));
  const isStart = payload.length > 3 && (payload[2]! & 0x80) !== 0;
  return isStart ? h265Unit(payload[2]! & 0x3f, payload.subarray(3)) : NOTHING;
}

/** Parameter sets, delimiters and what is told of a picture in advance come before its slices. */
function h265Unit(type: number, rest: Buffer): Signs {
  const begins = type < 32 ? isFirst(rest) : type <= 35 || type === 39;
  return { ...NOTHING, begins, isKey: type >= 16 && type <= 21 };
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
    begins: a.begins || b.begins,
    isKey: a.isKey || b.isKey,
    hasParameters: a.hasParameters || b.hasParameters,
    isIntra: a.isIntra || b.isIntra,
  };
}
