// Records in order <-> files of a folder, in bounded space; a crash at any byte loses no earlier record.

import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { decode, encode, HEAD_BYTES, scan } from './records.js';

export interface LogRecord {
  /** Counts from 0 over the life of the folder. */
  readonly index: number;
  readonly bytes: Buffer;
}

export interface SegmentLogOptions {
  readonly directory: string;
  /** All files together; the oldest segment goes first. */
  readonly maxBytes: number;
}

interface Segment {
  readonly first: number;
  readonly file: string;
  bytes: number;
}

interface Reading {
  readonly segment: Segment;
  /** The index of the record at `offset`. */
  index: number;
  offset: number;
  /** What has been read from `offset` on. */
  bytes: Buffer;
}

const SEGMENTS = 8;
const CHUNK_BYTES = 64 * 1024;
const NAME = /^(\d{16})\.log$/;
const CURSOR = 'cursor';

/** Survives kill -9 with every appended record (the kernel has them); a power cut may lose the last seconds. */
export class SegmentLog {
  readonly #options: SegmentLogOptions;
  readonly #segments: Segment[] = [];
  /** The last segment is open for writing. */
  #descriptor: number | undefined;
  #end = 0;
  #cursor = 0;
  #reading: Reading | undefined;

  constructor(options: SegmentLogOptions) {
    this.#options = options;
  }

  /** Reads what is there; what follows a damaged record of the last segment is cut off. */
  open(): void {
    const { directory } = this.#options;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const names = readdirSync(directory)
      .filter((name) => NAME.test(name))
      .sort();
    for (const name of names) {
      const file = join(directory, name);
      const bytes = readFileSync(file);
      const { records, goodBytes } = scan(bytes);
      const first = Number(name.slice(0, 16));
      this.#segments.push({ first, file, bytes: goodBytes });
      this.#end = first + records;
      if (goodBytes < bytes.length) truncate(file, goodBytes);
    }
    const saved = Number(readText(join(directory, CURSOR)));
    const oldest = this.#segments[0]?.first ?? 0;
    // An outdated cursor sends some records twice, which a subscriber can tell; a damaged one sends all.
    this.#cursor = Math.max(oldest, Math.min(Number.isSafeInteger(saved) ? saved : 0, this.#end));
    if (this.#segments.length === 0) this.#end = this.#cursor = Number.isSafeInteger(saved) ? saved : 0;
  }

  /** Index after the last record. */
  get end(): number {
    return this.#end;
  }

  /** Index of the first record that still matters. */
  get cursor(): number {
    return this.#cursor;
  }

  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /**
   * Where space is short the oldest go for it, and `cursor` moves on over those that were still wanted.
   *
   * @throws where the disk does not take it; nothing half-written stays
   */
  append(payload: Buffer): void {
    const record = encode(payload);
    this.#makeRoom(record.length);
    const segment = this.#writable(record.length);
    try {
      writeAll(this.#descriptor!, record);
    } catch (error) {
      ftruncateSync(this.#descriptor!, segment.bytes);
      throw error;
    }
    segment.bytes += record.length;
    this.#end++;
  }

  /** The record, or nothing where it is damaged or gone. Cheap in order. */
  read(index: number): LogRecord | undefined {
    const segment = this.#segments.findLast(({ first }) => first <= index);
    if (segment === undefined || index >= this.#end) return undefined;
    if (this.#reading?.segment !== segment || this.#reading.index > index)
      this.#reading = { segment, index: segment.first, offset: 0, bytes: Buffer.alloc(0) };
    const at = this.#reading;
    for (;;) {
      const payload = decode(at.bytes, 0) ?? decode(this.#load(at), 0);
      if (payload === undefined) return undefined;
      if (at.index === index) return { index, bytes: payload };
      at.index++;
      at.offset += HEAD_BYTES + payload.length;
      at.bytes = at.bytes.subarray(HEAD_BYTES + payload.length);
    }
  }

  /** Bytes from where the reader stands: a chunk, or one record where that is longer. */
  #load(at: Reading): Buffer {
    const left = at.segment.bytes - at.offset;
    const descriptor = openSync(at.segment.file, 'r');
    try {
      at.bytes = readFrom(descriptor, at.offset, Math.min(left, CHUNK_BYTES));
      const wanted = at.bytes.length < HEAD_BYTES ? 0 : HEAD_BYTES + at.bytes.readUInt32LE(0);
      if (wanted > at.bytes.length && wanted <= left) at.bytes = readFrom(descriptor, at.offset, wanted);
    } finally {
      closeSync(descriptor);
    }
    return at.bytes;
  }

  /** Records below `index` are done with: their files go, and the next start begins there. */
  advance(index: number): void {
    this.#cursor = Math.max(this.#cursor, Math.min(index, this.#end));
    while (this.#segments.length > 1 && this.#segments[1]!.first <= this.#cursor) this.#removeOldest();
  }

  /** Worth a call every second: what is done with since then is sent again after a crash. */
  saveCursor(): void {
    const file = join(this.#options.directory, CURSOR);
    writeFileSync(`${file}.part`, String(this.#cursor));
    renameSync(`${file}.part`, file);
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
    this.#reading = undefined;
  }

  #makeRoom(bytes: number): void {
    while (this.#segments.length > 0 && this.bytes + bytes > this.#options.maxBytes) {
      const next = this.#segments[1]?.first ?? this.#end;
      this.#removeOldest();
      this.#cursor = Math.max(this.#cursor, next);
    }
  }

  #removeOldest(): void {
    const [oldest] = this.#segments.splice(0, 1);
    if (this.#segments.length === 0) this.close();
    if (this.#reading?.segment === oldest) this.#reading = undefined;
    rmSync(oldest!.file, { force: true });
  }

  #writable(bytes: number): Segment {
    const last = this.#segments.at(-1);
    const full =
      last !== undefined && last.bytes > 0 && last.bytes + bytes > this.#options.maxBytes / SEGMENTS;
    if (last !== undefined && !full) {
      this.#descriptor ??= openSync(last.file, 'a', 0o600);
      return last;
    }
    const file = join(this.#options.directory, `${String(this.#end).padStart(16, '0')}.log`);
    const descriptor = openSync(file, 'a', 0o600);
    this.close();
    this.#descriptor = descriptor;
    const segment = { first: this.#end, file, bytes: 0 };
    this.#segments.push(segment);
    return segment;
  }
}

function writeAll(descriptor: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
}

function readFrom(descriptor: number, offset: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(Math.max(0, length));
  return bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, offset));
}

function truncate(file: string, bytes: number): void {
  const descriptor = openSync(file, 'r+');
  try {
    ftruncateSync(descriptor, bytes);
  } finally {
    closeSync(descriptor);
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
