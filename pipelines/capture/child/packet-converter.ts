// A raw picture as a GDP packet -> the same in another form, by a small pipeline of its own that waits for the next.

import { readGdp } from './gdp.js';
import { type AppSink, type AppSource, CapturePipeline } from './pipeline.js';

export interface RawPicture {
  /** The packets that say what it is. */
  readonly header: readonly Buffer[];
  readonly packet: Buffer;
}

export interface Converted {
  readonly bytes: Buffer;
  readonly streamheader: unknown;
}

export class PacketConverter {
  readonly #pipeline: CapturePipeline;
  readonly #source: AppSource;
  readonly #sink: AppSink;
  #header: readonly Buffer[] = [];

  /** @param elements from raw video to what is wanted */
  constructor(elements: string) {
    const sink = 'appsink name=converted sync=false async=false enable-last-sample=false';
    this.#pipeline = new CapturePipeline(`appsrc name=packets ! gdpdepay ! ${elements} ! ${sink}`);
    this.#source = this.#pipeline.element<AppSource>('packets');
    this.#sink = this.#pipeline.element<AppSink>('converted');
    this.#pipeline.play();
  }

  /** An element of the pipeline, by its name. */
  element<Kind>(name: string): Kind {
    return this.#pipeline.element<Kind>(name);
  }

  /** One at a time; its bytes may change as soon as this returns. @returns nothing where the pipeline has ended */
  convert({ header, packet }: RawPicture): Promise<Converted | undefined> {
    const converted = this.next();
    const known = this.#header;
    this.#header = header;
    const others = header.filter((one, i) => known[i] === undefined || !one.equals(known[i]));
    // `gdpdepay` leaves half a kilobyte behind with each of the events beside the caps, which are others with each size.
    const news = others.every((one) => readGdp(one).kind === 'caps') ? others : header;
    for (const bytes of [...news, packet]) this.#source.push(bytes);
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
    this.#pipeline.stop();
  }
}
