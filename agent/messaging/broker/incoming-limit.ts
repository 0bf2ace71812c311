// Bytes from a broker -> the same without packets that are too long: those are passed over and never gathered. Pure.

/** A PUBLISH that was passed over. */
export interface Skipped {
  readonly topic: string;
  /** Of the whole packet. */
  readonly bytes: number;
  /** Waits for an acknowledgement; undefined of QoS 0. */
  readonly messageId: number | undefined;
}

export interface IncomingLimitOptions {
  readonly maximumBytes: number;
  /** Of a message that the broker has not kept for whoever subscribes; default `maximumBytes`. */
  readonly maximumLiveBytes?: number;
  /** Of what is no message; default `maximumBytes`. */
  readonly maximumOtherBytes?: number;
  readonly onSkip: (skipped: Skipped) => void;
}

/** First byte, and up to four of the length. */
const LONGEST_HEADER = 5;
const PUBLISH = 3;
const RETAIN = 1;

interface Skipping {
  readonly bytes: number;
  readonly hasId: boolean;
  /** Still to come of the header. */
  headerLeft: number;
  /** The topic and the packet id stand at the beginning. */
  head: Buffer;
  isTold: boolean;
}

/**
 * MQTT 5 can tell the broker the limit; MQTT 3.1.1 cannot, and not every broker keeps it. Closing the connection
 * instead would let any client of the broker take the agent offline.
 */
export class IncomingLimit {
  readonly #options: IncomingLimitOptions;
  /** Of a header that is not whole yet. */
  #header = Buffer.alloc(0);
  /** What is left of the present packet. */
  #left = 0;
  #skipping: Skipping | undefined;

  constructor(options: IncomingLimitOptions) {
    this.#options = options;
  }

  /** @throws where something else than a message is too long */
  pass(chunk: Buffer): Buffer[] {
    const passed: Buffer[] = [];
    let rest = this.#header.length === 0 ? chunk : Buffer.concat([this.#header, chunk]);
    this.#header = Buffer.alloc(0);
    while (rest.length > 0) {
      if (this.#left === 0) {
        const header = readHeader(rest);
        if (header === undefined) {
          this.#header = Buffer.from(rest);
          break;
        }
        this.#begin(header);
      }
      const part = rest.subarray(0, this.#left);
      rest = rest.subarray(part.length);
      this.#left -= part.length;
      if (this.#skipping === undefined) passed.push(part);
      else this.#skip(this.#skipping, part);
      if (this.#left === 0) this.#skipping = undefined;
    }
    return passed;
  }

  #begin({ type, flags, bytes, headerBytes }: Header): void {
    this.#left = bytes;
    if (bytes <= this.#maximumOf(type, flags)) return;
    if (type !== PUBLISH) {
      const message = `a packet of ${bytes} bytes, which is no message`;
      throw Object.assign(new Error(message), { code: 'PACKET_TOO_LONG' });
    }
    const hasId = (flags & 0b110) !== 0;
    this.#skipping = { bytes, hasId, headerLeft: headerBytes, head: Buffer.alloc(0), isTold: false };
  }

  #maximumOf(type: number, flags: number): number {
    const { maximumBytes, maximumLiveBytes, maximumOtherBytes } = this.#options;
    const isRetained = (flags & RETAIN) !== 0;
    return (type !== PUBLISH ? maximumOtherBytes : isRetained ? undefined : maximumLiveBytes) ?? maximumBytes;
  }

  #skip(skipping: Skipping, part: Buffer): void {
    if (skipping.isTold) return;
    const header = Math.min(skipping.headerLeft, part.length);
    skipping.headerLeft -= header;
    skipping.head = Buffer.concat([skipping.head, part.subarray(header)]);
    const { head, hasId, bytes } = skipping;
    if (head.length < 2) return;
    const topicEnd = 2 + head.readUInt16BE(0);
    if (head.length < topicEnd + (hasId ? 2 : 0)) return;
    skipping.isTold = true;
    skipping.head = Buffer.alloc(0);
    const topic = head.toString('utf8', 2, topicEnd);
    const messageId = hasId ? head.readUInt16BE(topicEnd) : undefined;
    this.#options.onSkip({ topic, bytes, messageId });
  }
}

interface Header {
  readonly type: number;
  readonly flags: number;
  /** Of the whole packet, the header included. */
  readonly bytes: number;
  readonly headerBytes: number;
}

/** @returns nothing where the header is not whole */
function readHeader(bytes: Buffer): Header | undefined {
  const first = bytes[0]!;
  let length = 0;
  for (let at = 1; at < LONGEST_HEADER; at++) {
    const next = bytes[at];
    if (next === undefined) return undefined;
    length += (next & 127) * 128 ** (at - 1);
    if (next < 128)
      return { type: first >> 4, flags: first & 15, bytes: at + 1 + length, headerBytes: at + 1 };
  }
  // A length without an end: the parser says so.
  return { type: first >> 4, flags: first & 15, bytes: LONGEST_HEADER, headerBytes: LONGEST_HEADER };
}
