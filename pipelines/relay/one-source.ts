// Packets of RTP and RTCP of a track -> the same, all of one source, whatever the camera calls itself (RFC 3550). Pure.

/** Where the source stands: of RTP behind its time stamp, of RTCP behind the header of its first packet. */
const OFFSETS = { rtp: 8, rtcp: 4 } as const;
const SOURCE_BYTES = 4;

/**
 * An encoder that starts anew in the middle of a session gives itself another name. GStreamer takes it for another
 * track, for which there is no place.
 */
export class OneSource {
  #first: number | undefined;

  /** @param packet is changed where it has another source */
  rename(kind: keyof typeof OFFSETS, packet: Buffer): void {
    const at = OFFSETS[kind];
    if (packet.length < at + SOURCE_BYTES) return;
    if (kind === 'rtp') this.#first ??= packet.readUInt32BE(at);
    if (this.#first !== undefined) packet.writeUInt32BE(this.#first, at);
  }
}
