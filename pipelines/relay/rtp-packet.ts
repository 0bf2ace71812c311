// Bytes of an RTP packet -> what stands in its header, and its payload (RFC 3550, section 5.1). Pure.

export interface RtpPacket {
  readonly payloadType: number;
  readonly sequence: number;
  readonly timestamp: number;
  /** The last of its picture; some cameras say so of more than one, or of none. */
  readonly hasMarker: boolean;
  /** Without padding; empty where there is nothing else. */
  readonly payload: Buffer;
}

const HEADER_BYTES = 12;
const WORD_BYTES = 4;

/** @returns nothing for what is no RTP */
export function readRtp(rtp: Buffer): RtpPacket | undefined {
  if (rtp.length < HEADER_BYTES || rtp[0]! >> 6 !== 2) return undefined;
  const hasPadding = (rtp[0]! & 0x20) !== 0;
  const hasExtension = (rtp[0]! & 0x10) !== 0;
  let start = HEADER_BYTES + WORD_BYTES * (rtp[0]! & 0x0f);
  if (hasExtension) {
    if (rtp.length < start + WORD_BYTES) return undefined;
    start += WORD_BYTES * (1 + rtp.readUInt16BE(start + 2));
  }
  const end = rtp.length - (hasPadding ? rtp.at(-1)! : 0);
  if (end < start) return undefined;
  return {
    payloadType: rtp[1]! & 0x7f,
    sequence: rtp.readUInt16BE(2),
    timestamp: rtp.readUInt32BE(4),
    hasMarker: (rtp[1]! & 0x80) !== 0,
    payload: rtp.subarray(start, end),
  };
}
