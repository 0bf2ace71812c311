// A packet of the GStreamer Data Protocol 1.0, as `gdppay` writes it -> kind, time stamp, flags, payload. Pure.

/** Bytes of the header: big endian, with the fields below (libs of gst-plugins-bad, dataprotocol.h). */
const HEADER_BYTES = 62;
const OFFSETS = { packetFlags: 2, kind: 4, length: 6, pts: 10, flags: 42 };
/** Of GstBufferFlags. */
const DELTA = 1 << 13;
const NO_TIME = 0xffff_ffff_ffff_ffffn;

export interface GdpPacket {
  readonly kind: 'buffer' | 'caps' | 'event';
  /** Presentation time in milliseconds; nothing where the buffer has none. */
  readonly ptsMs: number | undefined;
  /** Cannot be decoded without those before it. */
  readonly isDelta: boolean;
  readonly payload: Buffer;
}

export function readGdp(packet: Buffer): GdpPacket {
  const kind = packet.readUInt16BE(OFFSETS.kind);
  const pts = packet.readBigUInt64BE(OFFSETS.pts);
  const flags = packet.readUInt16BE(OFFSETS.flags);
  const end = HEADER_BYTES + packet.readUInt32BE(OFFSETS.length);
  return {
    kind: kind === 1 ? 'buffer' : kind === 2 ? 'caps' : 'event',
    ptsMs: pts === NO_TIME ? undefined : Number(pts) / 1e6,
    isDelta: (flags & DELTA) !== 0,
    payload: packet.subarray(HEADER_BYTES, end),
  };
}

/**
 * The packets that a reader needs before the first buffer: the start of the stream, its caps and its segment. Events that
 * name objects of the pipeline they come from can be written by `gdppay`, but not be read by `gdpdepay`.
 *
 * @param streamheader of the caps that `gdppay` sets
 */
export function leadingPackets(streamheader: unknown): readonly Buffer[] {
  if (!Array.isArray(streamheader)) return [];
  return streamheader.filter(Buffer.isBuffer).flatMap((packet) => {
    const { kind, payload } = readGdp(packet);
    if (kind === 'caps') return [packet];
    const text = payload.toString('latin1');
    if (text.startsWith('GstEventSegment')) return [packet];
    return text.startsWith('GstEventStreamStart')
      ? [withPayload(packet, Buffer.from(text.replace(STREAM_OBJECT, ''), 'latin1'))]
      : [];
  });
}

/** @param fields of caps as they are written, `(type)value`, in place of those that the packet has */
export function withCapsFields(caps: Buffer, fields: Readonly<Record<string, string>>): Buffer {
  let text = readGdp(caps)
    .payload.toString('latin1')
    .replace(/;?\0?$/, '');
  for (const [name, value] of Object.entries(fields))
    text = `${text.replace(new RegExp(`, ${name}=\\(\\w+\\)[^,;]*`), '')}, ${name}=${value}`;
  return withPayload(caps, Buffer.from(`${text}\0`, 'latin1'));
}

const STREAM_OBJECT = /, stream=\(GstStream\)"(?:[^"\\]|\\.)*"/;

/** The same packet with another payload, without the sum over its header, which is no longer right. */
export function withPayload(packet: Buffer, payload: Buffer): Buffer {
  const header = Buffer.from(packet.subarray(0, HEADER_BYTES));
  header.writeUInt8(0, OFFSETS.packetFlags);
  header.writeUInt32BE(payload.length, OFFSETS.length);
  return Buffer.concat([header, payload]);
}
