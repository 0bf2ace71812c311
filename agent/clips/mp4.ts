// Coded packets of one stream -> bytes of a fragmented MP4, which can be played however far it was written. The only
// owner of mediabunny, which is loaded with the first clip.

import type { EncodedPacket, EncodedVideoPacketSource, Output } from 'mediabunny';
import type { PacketStream } from '../../pipelines/capture/packet.js';

export interface Mp4Packet {
  readonly isKey: boolean;
  /** Presentation time, from 0. */
  readonly ms: number;
  /** A guess, which counts for the last one alone. */
  readonly durationMs: number;
  readonly bytes: Uint8Array;
}

/** With each key frame: of a fragment with several, mediabunny 1.61 marks the first alone as one, and players could not seek. */
const SHORTEST_FRAGMENT_SECONDS = 0;

export class Mp4 {
  readonly #output: Output;
  readonly #source: EncodedVideoPacketSource;
  readonly #packet: typeof EncodedPacket;
  readonly #config: { readonly decoderConfig: VideoDecoderConfig };
  #isFirst = true;

  private constructor(
    output: Output,
    source: EncodedVideoPacketSource,
    packet: typeof EncodedPacket,
    stream: PacketStream,
  ) {
    this.#output = output;
    this.#source = source;
    this.#packet = packet;
    this.#config = { decoderConfig: decoderConfig(stream) };
  }

  /** @param append writes at the end; what it throws, `add()` and `end()` throw */
  static async open(stream: PacketStream, append: (bytes: Uint8Array) => Promise<void>): Promise<Mp4> {
    const { EncodedPacket, EncodedVideoPacketSource, Mp4OutputFormat, Output, StreamTarget } = await import(
      'mediabunny'
    );
    const output = new Output({
      format: new Mp4OutputFormat({
        fastStart: 'fragmented',
        minimumFragmentDuration: SHORTEST_FRAGMENT_SECONDS,
      }),
      target: new StreamTarget(new WritableStream({ write: ({ data }) => append(data) })),
    });
    const source = new EncodedVideoPacketSource(stream.codec === 'h264' ? 'avc' : 'hevc');
    output.addVideoTrack(source);
    await output.start();
    return new Mp4(output, source, EncodedPacket, stream);
  }

  /** In the order of decoding. Written with the next key frame. */
  async add({ isKey, ms, durationMs, bytes }: Mp4Packet): Promise<void> {
    const packet = new this.#packet(bytes, isKey ? 'key' : 'delta', ms / 1000, durationMs / 1000);
    await this.#source.add(packet, this.#isFirst ? this.#config : undefined);
    this.#isFirst = false;
  }

  /** Writes what is left. */
  end(): Promise<void> {
    return this.#output.finalize();
  }
}

function decoderConfig({ codec, size, configuration }: PacketStream): VideoDecoderConfig {
  const description = Buffer.from(configuration, 'base64');
  return {
    codec: codec === 'h264' ? avcName(description) : hevcName(description),
    codedWidth: size.width,
    codedHeight: size.height,
    description,
  };
}

/** As RFC 6381 has it: profile, constraints, level. */
function avcName(record: Buffer): string {
  return `avc1.${record.toString('hex', 1, 4)}`;
}

/** As ISO 14496-15, annex E has it: profile, compatibility (the bits in reverse), tier and level, constraints. */
function hevcName(record: Buffer): string {
  const general = record[1]!;
  const space = ['', 'A', 'B', 'C'][general >> 6]!;
  const compatibility = [...record.readUInt32BE(2).toString(2).padStart(32, '0')].reverse().join('');
  const constraints =
    record
      .toString('hex', 6, 12)
      .replace(/(00)+$/, '')
      .match(/../g) ?? [];
  const level = `${(general >> 5) & 1 ? 'H' : 'L'}${record[12]}`;
  return [
    'hvc1',
    `${space}${general & 31}`,
    Number.parseInt(compatibility, 2).toString(16),
    level,
    ...constraints,
  ].join('.');
}
