// A raw picture as a GDP packet -> the same in another form, by a small pipeline of its own that waits for the next.

import { type SocketPair, socketDescriptor, socketPair } from '../socket-pair.js';
import { type AppSink, CapturePipeline } from './pipeline.js';

export interface RawPicture {
  /** The packets that say what it is. */
  readonly header: readonly Buffer[];
  readonly packet: Buffer;
}

export interface Converted {
  readonly bytes: Buffer;
  readonly streamheader: unknown;
}

/** Bytes that are read at once: a picture has megabytes. */
const BLOCK_BYTES = 1 << 20;

export class PacketConverter {
  readonly #ends: SocketPair;
  readonly #pipeline: CapturePipeline;
  readonly #sink: AppSink;
  #header: readonly Buffer[] = [];

  private constructor(ends: SocketPair, elements: string) {
    this.#ends = ends;
    ends.ours.on('error', () => {});
    const source = `fdsrc fd=${socketDescriptor(ends.theirs)} blocksize=${BLOCK_BYTES} ! gdpdepay`;
    const sink = 'appsink name=converted sync=false async=false enable-last-sample=false';
    this.#pipeline = new CapturePipeline(`${source} ! ${elements} ! ${sink}`);
    this.#sink = this.#pipeline.element<AppSink>('converted');
    this.#pipeline.play();
  }

  /** @param elements from raw video to what is wanted */
  static async open(elements: string): Promise<PacketConverter> {
    return new PacketConverter(await socketPair(() => {}), elements);
  }

  /** An element of the pipeline, by its name. */
  element<Kind>(name: string): Kind {
    return this.#pipeline.element<Kind>(name);
  }

  /** One at a time. @returns nothing where the pipeline has ended */
  async convert({ header, packet }: RawPicture): Promise<Converted | undefined> {
    const converted = this.next();
    const isKnown =
      header.length === this.#header.length && header.every((one, i) => one.equals(this.#header[i]!));
    this.#header = header;
    for (const bytes of isKnown ? [packet] : [...header, packet]) this.#ends.ours.write(bytes);
    return converted;
  }

  /** What comes next out of the pipeline, where one picture gives more than one packet. */
  next(): Promise<Converted | undefined> {
    return new Promise((resolve) => {
      this.#sink.pull((bytes, { streamheader }) =>
        resolve(bytes === null ? undefined : { bytes, streamheader }),
      );
    });
  }

  close(): void {
    this.#ends.ours.destroy();
    this.#pipeline.stop();
    this.#ends.theirs.destroy();
  }
}
