// A packet of the GStreamer Data Protocol 1.0, as `gdppay` writes it -> kind, time stamp, payload. Pure.

/** Bytes of the header: big endian, with the fields below (libs of gst-plugins-bad, dataprotocol.h). */
const HEADER_BYTES = 62;
const OFFSETS = { kind: 4, length: 6, pts: 10 };
const NO_TIME = 0xffff_ffff_ffff_ffffn;

export interface GdpPacket {
  readonly kind: 'buffer' | 'caps' | 'event';
  /** Presentation time in milliseconds; nothing where the buffer has none. */
  readonly ptsMs: number | undefined;
  readonly payload: Buffer;
}

export function readGdp(packet: Buffer): GdpPacket {
  const kind = packet.readUInt16BE(OFFSETS.kind);
  const pts = packet.readBigUInt64BE(OFFSETS.pts);
  const end = HEADER_BYTES + packet.readUInt32BE(OFFSETS.length);
  return {
    kind: kind === 1 ? 'buffer' : kind === 2 ? 'caps' : 'event',
    ptsMs: pts === NO_TIME ? undefined : Number(pts) / 1e6,
    payload: packet.subarray(HEADER_BYTES, end),
  };
}
