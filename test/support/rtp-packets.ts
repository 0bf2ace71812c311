// Access units of H.264 or H.265 -> RTP packets (RFC 6184, RFC 7798).

import { type AccessUnit, type Codec, isParameterSet, nalType } from './access-units.js';

export const PAYLOAD_TYPE = 96;
const SSRC = 0x1234_5678;
const MOST_PAYLOAD_BYTES = 1300;

/** RTCP, RFC 3550, section 6.6: the stream has ended. */
export function goodbye(): Buffer {
  // An empty receiver report stands first, as it has to in a packet of several.
  const packet = Buffer.from([0x80, 201, 0, 1, 0, 0, 0, 0, 0x81, 203, 0, 1, 0, 0, 0, 0]);
  packet.writeUInt32BE(SSRC, 4);
  packet.writeUInt32BE(SSRC, 12);
  return packet;
}

export class RtpPackets {
  readonly #codec: Codec;
  #sequence = 0xfff0;

  constructor(codec: Codec) {
    this.#codec = codec;
  }

  /** @returns packets, the last of which has the marker of the end of a picture */
  of(unit: AccessUnit, timestamp: number): Buffer[] {
    const parameters = unit.filter((nal) => isParameterSet(nal, this.#codec));
    const rest = unit.filter((nal) => !isParameterSet(nal, this.#codec));
    const payloads = [
      ...(parameters.length === 0 ? [] : [this.#together(parameters)]),
      ...rest.flatMap((nal) => (nal.length <= MOST_PAYLOAD_BYTES ? [nal] : this.#parts(nal))),
    ];
    return payloads.map((payload, i) => this.#packet(payload, timestamp, i === payloads.length - 1));
  }

  #packet(payload: Buffer, timestamp: number, isLast: boolean): Buffer {
    const header = Buffer.alloc(12);
    header[0] = 0x80;
    header[1] = PAYLOAD_TYPE | (isLast ? 0x80 : 0);
    header.writeUInt16BE(this.#sequence, 2);
    header.writeUInt32BE(timestamp % 2 ** 32, 4);
    header.writeUInt32BE(SSRC, 8);
    this.#sequence = (this.#sequence + 1) & 0xffff;
    return Buffer.concat([header, payload]);
  }

  /** STAP-A, AP: small units in one packet. */
  #together(units: readonly Buffer[]): Buffer {
    const header = this.#codec === 'H264' ? Buffer.from([0x78]) : Buffer.from([48 << 1, 1]);
    return Buffer.concat([
      header,
      ...units.flatMap((nal) => [Buffer.from([nal.length >> 8, nal.length & 0xff]), nal]),
    ]);
  }

  /** FU-A, FU: a large unit in several packets. */
  #parts(nal: Buffer): Buffer[] {
    const isH264 = this.#codec === 'H264';
    const headerBytes = isH264 ? 1 : 2;
    const body = nal.subarray(headerBytes);
    const count = Math.ceil(body.length / MOST_PAYLOAD_BYTES);
    return Array.from({ length: count }, (_, i) => {
      const flags = (i === 0 ? 0x80 : 0) | (i === count - 1 ? 0x40 : 0);
      const header = isH264
        ? [(nal[0]! & 0xe0) | 28, flags | nalType(nal, 'H264')]
        : [(nal[0]! & 0x81) | (49 << 1), nal[1]!, flags | nalType(nal, 'H265')];
      const part = body.subarray(i * MOST_PAYLOAD_BYTES, (i + 1) * MOST_PAYLOAD_BYTES);
      return Buffer.concat([Buffer.from(header), part]);
    });
  }
}
