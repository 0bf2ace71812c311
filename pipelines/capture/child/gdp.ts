// A packet of the GStreamer Data Protocol 1.0, as `gdppay` writes it -> kind, time stamp, payload. Pure.

/** Bytes of the header: big endian, with the fields below (libs of gst-plugins-bad, dataprotocol.h). */
const headerBytes = 62;
const offsets = { kind: 4, length: 6, pts: 10 };
const noTime = 0xffff_ffff_ffff_ffffn;

export interface GdpPacket {
  readonly kind: 'buffer' | 'caps' | 'event';
  /** Presentation time in milliseconds; nothing where the buffer has none. */
  readonly ptsMs: number | undefined;
  readonly payload: Buffer;
}

export function readGdp(packet: Buffer): GdpPacket {
  const kind = packet.readUInt16BE(offsets.kind);
  const pts = packet.readBigUInt64BE(offsets.pts);
  const end = headerBytes + packet.readUInt32BE(offsets.length);
  return {
    kind: kind === 1 ? 'buffer' : kind === 2 ? 'caps' : 'event',
    ptsMs: pts === noTime ? undefined : Number(pts) / 1e6,
    payload: packet.subarray(headerBytes, end),
  };
}

export interface SourceGeometry {
  readonly width: number;
  readonly height: number;
  readonly pixel: { readonly numerator: number; readonly denominator: number };
  /** `range:matrix:transfer:primaries` or a name, as GStreamer writes it; nothing where the caps lack it. */
  readonly colorimetry?: string;
}

/** @param streamheader of the caps that gdppay sets: the packets a late reader needs, the caps among them */
export function geometryOf(streamheader: unknown): SourceGeometry | undefined {
  if (!Array.isArray(streamheader)) return undefined;
  const caps = streamheader
    .filter(Buffer.isBuffer)
    .map(readGdp)
    .find(({ kind }) => kind === 'caps');
  const text = caps?.payload.toString('latin1') ?? '';
  const width = /\bwidth=\(int\)(\d+)/.exec(text)?.[1];
  const height = /\bheight=\(int\)(\d+)/.exec(text)?.[1];
  if (width === undefined || height === undefined) return undefined;
  const [, numerator = '1', denominator = '1'] =
    /pixel-aspect-ratio=\(fraction\)(\d+)\/(\d+)/.exec(text) ?? [];
  const colorimetry = /\bcolorimetry=\(string\)([\w:]+)/.exec(text)?.[1];
  return {
    ...(colorimetry !== undefined && { colorimetry }),
    width: Number(width),
    height: Number(height),
    pixel: { numerator: Number(numerator), denominator: Number(denominator) },
  };
}
