// Bytes of an RTSP connection <-> messages and interleaved packets (RFC 2326), within bounds. Pure.

/** What the other side sent is not RTSP, or too much of it. */
export class RtspError extends Error {
  override readonly name = 'RtspError';
}

export interface RtspMessage {
  readonly kind: 'message';
  /** `RTSP/1.0 200 OK`, or `PLAY rtsp://camera/stream RTSP/1.0`. */
  readonly startLine: string;
  /** Names in lower case; a name that occurs several times has its values in their order. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: Buffer;
}

/** RTP or RTCP within the connection. */
export interface InterleavedPacket {
  readonly kind: 'packet';
  readonly channel: number;
  /** As it was sent: `$`, channel and length come first. */
  readonly bytes: Buffer;
}

const DOLLAR = 0x24;
/** `$`, channel, length. */
export const INTERLEAVED_PREFIX_BYTES = 4;
/** Many times what cameras send: an answer with its description has some twenty lines. */
const LONGEST_HEAD = 16 * 1024;
const LONGEST_BODY = 64 * 1024;
const MOST_HEADERS = 100;

/** Puts chunks together again, wherever they were cut. */
export class RtspReader {
  #rest: Buffer = Buffer.alloc(0);

  /** @throws RtspError for bytes that are no RTSP, or exceed the bounds */
  *push(chunk: Buffer): Generator<RtspMessage | InterleavedPacket, void, undefined> {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (;;) {
      this.#skipEmptyLines();
      const next = this.#rest[0] === DOLLAR ? this.#packet() : this.#message();
      if (next === undefined) return;
      yield next;
    }
  }

  /** Some cameras end a message with an empty line too many. */
  #skipEmptyLines(): void {
    let at = 0;
    while (this.#rest[at] === 0x0d || this.#rest[at] === 0x0a) at++;
    this.#take(at);
  }

  #packet(): InterleavedPacket | undefined {
    if (this.#rest.length < INTERLEAVED_PREFIX_BYTES) return undefined;
    const length = INTERLEAVED_PREFIX_BYTES + this.#rest.readUInt16BE(2);
    if (this.#rest.length < length) return undefined;
    const bytes = this.#take(length);
    return { kind: 'packet', channel: bytes[1]!, bytes };
  }

  #message(): RtspMessage | undefined {
    const head = endOfHead(this.#rest);
    if (head === undefined) {
      if (this.#rest.length > LONGEST_HEAD) throw new RtspError('an RTSP message without an end');
      return undefined;
    }
    const { startLine, headers } = parseHead(this.#rest.toString('latin1', 0, head));
    const bodyBytes = contentLength(headers);
    if (this.#rest.length < head + bodyBytes) return undefined;
    this.#take(head);
    // Copied: what it is cut from holds the packets that came with it.
    return { kind: 'message', startLine, headers, body: Buffer.from(this.#take(bodyBytes)) };
  }

  #take(bytes: number): Buffer {
    const taken = this.#rest.subarray(0, bytes);
    this.#rest = this.#rest.subarray(bytes);
    return taken;
  }
}

/** @returns the offset after the empty line that ends a head; lines may lack their carriage return */
function endOfHead(bytes: Buffer): number | undefined {
  const within = bytes.subarray(0, LONGEST_HEAD);
  const ends = ['\r\n\r\n', '\n\n'].flatMap((end) => {
    const at = within.indexOf(end, 0, 'latin1');
    return at < 0 ? [] : [at + end.length];
  });
  return ends.length === 0 ? undefined : Math.min(...ends);
}

function parseHead(text: string): Pick<RtspMessage, 'startLine' | 'headers'> {
  const [startLine = '', ...lines] = text.split(/\r?\n/).filter((line) => line !== '');
  if (!/^RTSP\/\d\.\d \d{3}\b|^[A-Z_]{2,20} \S+ RTSP\/\d\.\d$/.test(startLine))
    throw new RtspError(`bytes that are not RTSP ("${startLine.slice(0, 40)}")`);
  if (lines.length > MOST_HEADERS) throw new RtspError(`an RTSP message of ${lines.length} headers`);
  const headers = new Map<string, string[]>();
  for (const line of lines) {
    const [, name, value] = /^([^\s:]+)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
    // A line that is no header is passed over, as other players do.
    if (name === undefined) continue;
    const values = headers.get(name.toLowerCase());
    if (values === undefined) headers.set(name.toLowerCase(), [value!]);
    else values.push(value!);
  }
  return { startLine, headers };
}

function contentLength(headers: RtspMessage['headers']): number {
  const text = headers.get('content-length')?.[0] ?? '0';
  const length = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(length <= LONGEST_BODY)) throw new RtspError(`an RTSP message of ${text.slice(0, 20)} bytes`);
  return length;
}

export interface OutgoingMessage {
  readonly startLine: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body?: Buffer | undefined;
}

/** Headers without a value are left out; Content-Length is added where there is a body. */
export function encodeMessage({ startLine, headers, body }: OutgoingMessage): Buffer {
  const length = body === undefined ? {} : { 'Content-Length': `${body.length}` };
  const lines = Object.entries({ ...headers, ...length }).flatMap(([name, value]) =>
    // A line break in a value would begin a header of its own.
    value === undefined ? [] : [`${name}: ${value.replace(/[\r\n]+/g, ' ')}`],
  );
  const head = Buffer.from(`${[startLine, ...lines].join('\r\n')}\r\n\r\n`, 'latin1');
  return body === undefined ? head : Buffer.concat([head, body]);
}

/** The code of an answer; nothing of a request. */
export function statusOf({ startLine }: Pick<RtspMessage, 'startLine'>): number | undefined {
  const code = /^RTSP\/\d\.\d (\d{3})/.exec(startLine)?.[1];
  return code === undefined ? undefined : Number(code);
}

export function header({ headers }: Pick<RtspMessage, 'headers'>, name: string): string | undefined {
  return headers.get(name.toLowerCase())?.[0];
}
