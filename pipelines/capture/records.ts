// What the capture process says to its parent: records of JSON and pixels, JPEGs or packets <-> bytes of a pipe. Pure.
// Of a frame only the picture is sent, its rows as GStreamer pads them: borders are made on this side of the pipe.

import type { InputSize } from '../frame.js';
import { paddingOf } from '../letterbox.js';
import {
  type CaptureRecord,
  type FrameRecord,
  type PacketRecord,
  type PictureRecord,
  RecordError,
  readRecord,
  type WindowRecord,
} from './record-kinds.js';

const magic = 0x43535043; // 'CSPC'
/** magic, bytes of JSON, bytes of what follows: uint32 little endian. */
const prefixBytes = 12;
const longestJson = 1 << 16;
/** All JPEGs of an answer: several times what 8K takes. */
const MOST_PICTURE_BYTES = 1 << 26;
/** Key frames of 8K have a tenth of it. */
export const MOST_PACKET_BYTES = 1 << 24;

/** Prefix and JSON; pixels, JPEGs or a packet follow as they are. */
export function recordHead(record: CaptureRecord, bodyBytes: number): Buffer {
  const json = Buffer.from(JSON.stringify(record));
  const head = Buffer.allocUnsafe(prefixBytes + json.length);
  head.writeUInt32LE(magic, 0);
  head.writeUInt32LE(json.length, 4);
  head.writeUInt32LE(bodyBytes, 8);
  json.copy(head, prefixBytes);
  return head;
}

/** Bytes of a row of a plane as it is sent. */
export function rowBytes(width: number): number {
  return 4 * Math.ceil(width / 4);
}

/** Of a frame or a window of one: rows that have to be put in their place. */
interface FrameBody {
  readonly record: FrameRecord | WindowRecord;
  readonly pixels: Uint8Array<ArrayBuffer>; // (3, H, W)
  /** Bytes of a row and of a plane that are sent. */
  readonly sentRow: number;
  readonly sentBytes: number;
  /** Planes that are whole, and bytes of the next one. */
  plane: number;
  filled: number;
}

/** Of any other record: bytes as they are. */
interface PlainBody {
  readonly record: PictureRecord | PacketRecord;
  readonly bytes: Uint8Array<ArrayBuffer>;
  filled: number;
}

/** Puts chunks together again; pixels are copied once, into a buffer of the caller's. */
export class RecordReader {
  readonly #inputSize: InputSize;
  readonly #acquire: (byteLength: number) => ArrayBuffer;
  readonly #onRecord: (record: CaptureRecord, bytes: ArrayBuffer) => void;
  #head = Buffer.alloc(0);
  #body: FrameBody | PlainBody | undefined;

  /** @param acquire a buffer for a whole frame; what it holds is overwritten */
  constructor(
    inputSize: InputSize,
    acquire: (byteLength: number) => ArrayBuffer,
    onRecord: (record: CaptureRecord, bytes: ArrayBuffer) => void,
  ) {
    this.#inputSize = inputSize;
    this.#acquire = acquire;
    this.#onRecord = onRecord;
  }

  /** @throws RecordError when the bytes are not records; whatever the callbacks throw */
  push(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) {
      const body = this.#body;
      if (body === undefined) rest = this.#readHead(rest);
      else rest = 'bytes' in body ? this.#fillPlain(body, rest) : this.#fill(body, rest);
    }
  }

  /** The buffer of a frame that never became whole. */
  get unfinished(): ArrayBuffer | undefined {
    return this.#body !== undefined && 'pixels' in this.#body ? this.#body.pixels.buffer : undefined;
  }

  #readHead(chunk: Buffer): Buffer {
    const bytes = this.#head.length === 0 ? chunk : Buffer.concat([this.#head, chunk]);
    const jsonBytes = bytes.length < prefixBytes ? undefined : bytes.readUInt32LE(4);
    if (jsonBytes !== undefined && (bytes.readUInt32LE(0) !== magic || jsonBytes > longestJson)) {
      throw new RecordError('the capture process sent bytes that are not a record');
    }
    if (jsonBytes === undefined || bytes.length < prefixBytes + jsonBytes) {
      this.#head = Buffer.from(bytes);
      return Buffer.alloc(0);
    }
    const end = prefixBytes + jsonBytes;
    const bodyBytes = bytes.readUInt32LE(8);
    const record = readRecord(bytes.toString('utf8', prefixBytes, end));
    this.#head = Buffer.alloc(0);
    if (record.kind === 'frame' || record.kind === 'window') this.#body = this.#begin(record, bodyBytes);
    else if (record.kind === 'picture' && bodyBytes > 0) this.#body = plainBody(record, bodyBytes);
    else if (record.kind === 'packet') this.#body = plainBody(record, bodyBytes);
    else this.#onRecord(record, new ArrayBuffer(0));
    return bytes.subarray(end);
  }

  #begin(record: FrameRecord | WindowRecord, pixelBytes: number): FrameBody {
    const { width, height } = this.#inputSize;
    const { content } = record;
    const sentRow = rowBytes(content.width);
    const sentBytes = sentRow * content.height;
    const isWithin =
      Math.min(content.x, content.y) >= 0 &&
      content.x + content.width <= width &&
      content.y + content.height <= height;
    if (pixelBytes !== 3 * sentBytes || !isWithin)
      throw new RecordError('the capture process sent a frame of a wrong size');
    const pixels = new Uint8Array(this.#acquire(3 * width * height));
    const padding = paddingOf(this.#inputSize);
    if (content.width < width) pixels.fill(padding);
    else
      for (let plane = 0; plane < 3; plane++) {
        const top = width * (plane * height + content.y);
        pixels.fill(padding, plane * width * height, top);
        pixels.fill(padding, top + width * content.height, (plane + 1) * width * height);
      }
    return { record, pixels, sentRow, sentBytes, plane: 0, filled: 0 };
  }

  #fillPlain(body: PlainBody, chunk: Buffer): Buffer {
    const part = chunk.subarray(0, body.bytes.length - body.filled);
    body.bytes.set(part, body.filled);
    body.filled += part.length;
    if (body.filled === body.bytes.length) {
      this.#body = undefined;
      this.#onRecord(body.record, body.bytes.buffer);
    }
    return chunk.subarray(part.length);
  }

  #fill(body: FrameBody, chunk: Buffer): Buffer {
    const { record, pixels, sentRow, sentBytes } = body;
    const { width, height } = this.#inputSize;
    const part = chunk.subarray(0, sentBytes - body.filled);
    const top = width * (body.plane * height + record.content.y);
    // Without borders beside it a plane is one piece.
    if (sentRow === width && record.content.width === width) pixels.set(part, top + body.filled);
    else this.#placeRows(body, part, top + record.content.x);
    body.filled += part.length;
    if (body.filled === sentBytes) {
      body.plane += 1;
      body.filled = 0;
    }
    if (body.plane === 3) {
      this.#body = undefined;
      this.#onRecord(record, pixels.buffer);
    }
    return chunk.subarray(part.length);
  }

  /** @param first place of the first pixel of the content in the plane that is being filled */
  #placeRows({ record, pixels, sentRow, filled }: FrameBody, part: Buffer, first: number): void {
    for (let at = 0; at < part.length; ) {
      const column = (filled + at) % sentRow;
      const row = (filled + at - column) / sentRow;
      const rest = Math.min(sentRow - column, part.length - at);
      // The last bytes of a row may be no pixels.
      const count = Math.min(rest, Math.max(0, record.content.width - column));
      part.copy(pixels, first + row * this.#inputSize.width + column, at, at + count);
      at += rest;
    }
  }
}

function plainBody(record: PictureRecord | PacketRecord, bytes: number): PlainBody {
  if (record.kind === 'packet') {
    if (bytes === 0 || bytes > MOST_PACKET_BYTES)
      throw new RecordError(`the capture process sent a packet of ${bytes} bytes`);
  } else {
    const told = record.partBytes.reduce((sum, part) => sum + part, 0);
    if (bytes !== told || bytes > MOST_PICTURE_BYTES)
      throw new RecordError('the capture process sent a picture of a wrong size');
  }
  return { record, bytes: new Uint8Array(bytes), filled: 0 };
}
