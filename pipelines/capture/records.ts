// What the capture process says to its parent: records of JSON and pixels <-> bytes of a pipe. Pure.

import type { Failure } from '../failure.js';
import type { Rect, Size } from '../frame.js';

export interface FrameRecord {
  readonly kind: 'frame';
  /** Counts every frame the pipeline produced; a gap is frames dropped. */
  readonly sequence: number;
  /** Frames dropped so far. */
  readonly dropped: number;
  readonly capturedAtMs: number;
  readonly capturedMonotonicMs: number;
  readonly mediaTimeMs: number;
  readonly sourceSize: Size;
  readonly content: Rect;
}

/** The last record. */
export type ExitRecord =
  | { readonly kind: 'exit'; readonly reason: 'eos'; readonly produced: number }
  | {
      readonly kind: 'exit';
      readonly reason: 'failure';
      readonly failure: Failure;
      readonly message: string;
    };

const magic = 0x43535043; // 'CSPC'
/** magic, bytes of JSON, bytes of pixels: uint32 little endian. */
const prefixBytes = 12;
const longestJson = 1 << 16;

/** Prefix and JSON; the pixels follow as they are. */
export function recordHead(record: FrameRecord | ExitRecord, pixelBytes: number): Buffer {
  const json = Buffer.from(JSON.stringify(record));
  const head = Buffer.allocUnsafe(prefixBytes + json.length);
  head.writeUInt32LE(magic, 0);
  head.writeUInt32LE(json.length, 4);
  head.writeUInt32LE(pixelBytes, 8);
  json.copy(head, prefixBytes);
  return head;
}

interface Body {
  readonly record: FrameRecord | ExitRecord;
  readonly pixels: Uint8Array<ArrayBuffer>;
  filled: number;
}

/** Puts chunks together again; pixels are copied once, into a buffer of the caller's. */
export class RecordReader {
  readonly #pixelBytes: number;
  readonly #acquire: (byteLength: number) => ArrayBuffer;
  readonly #onRecord: (record: FrameRecord | ExitRecord, pixels: ArrayBuffer) => void;
  #head = Buffer.alloc(0);
  #body: Body | undefined;

  constructor(
    pixelBytes: number,
    acquire: (byteLength: number) => ArrayBuffer,
    onRecord: (record: FrameRecord | ExitRecord, pixels: ArrayBuffer) => void,
  ) {
    this.#pixelBytes = pixelBytes;
    this.#acquire = acquire;
    this.#onRecord = onRecord;
  }

  /** @throws Error when the bytes are not records */
  push(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0)
      rest = this.#body === undefined ? this.#readHead(rest) : this.#fill(this.#body, rest);
  }

  /** The buffer of a frame that never became whole. */
  get unfinished(): ArrayBuffer | undefined {
    return this.#body?.pixels.buffer;
  }

  #readHead(chunk: Buffer): Buffer {
    const bytes = this.#head.length === 0 ? chunk : Buffer.concat([this.#head, chunk]);
    const jsonBytes = bytes.length < prefixBytes ? undefined : bytes.readUInt32LE(4);
    if (jsonBytes !== undefined && (bytes.readUInt32LE(0) !== magic || jsonBytes > longestJson)) {
      throw new Error('the capture process sent bytes that are not a record');
    }
    if (jsonBytes === undefined || bytes.length < prefixBytes + jsonBytes) {
      this.#head = Buffer.from(bytes);
      return Buffer.alloc(0);
    }
    const end = prefixBytes + jsonBytes;
    const pixelBytes = bytes.readUInt32LE(8);
    const record = JSON.parse(bytes.toString('utf8', prefixBytes, end)) as FrameRecord | ExitRecord;
    this.#head = Buffer.alloc(0);
    if (record.kind === 'exit') this.#onRecord(record, new ArrayBuffer(0));
    else if (pixelBytes !== this.#pixelBytes)
      throw new Error('the capture process sent a frame of a wrong size');
    else this.#body = { record, pixels: new Uint8Array(this.#acquire(pixelBytes)), filled: 0 };
    return bytes.subarray(end);
  }

  #fill(body: Body, chunk: Buffer): Buffer {
    const part = chunk.subarray(0, body.pixels.length - body.filled);
    body.pixels.set(part, body.filled);
    body.filled += part.length;
    if (body.filled === body.pixels.length) {
      this.#body = undefined;
      this.#onRecord(body.record, body.pixels.buffer);
    }
    return chunk.subarray(part.length);
  }
}
