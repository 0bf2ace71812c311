// Numbered records in order <-> files of a folder; a crash at any byte loses no earlier record, damage only what it hits.

import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { encode, HEAD_BYTES, lengthAt, nextRecordAt, recordAt, scan } from './records.js';

export interface SegmentLogOptions {
  readonly directory: string;
  /** All files together; read with each record. */
  readonly maxBytes: number;
}

/** Why there is no record of a number. */
export type Unreadable =
  /** None was written, or its file is gone. */
  | 'absent'
  /** It is not what was written. */
  | 'damaged';

interface Segment {
  /** Number of its first record. */
  readonly first: number;
  readonly file: string;
  bytes: number;
}

interface Reading {
  readonly segment: Segment;
  offset: number;
  /** What has been read from `offset` on. */
  bytes: Buffer;
  /** Records below it have been passed. */
  index: number;
  /** What stands at `offset` was found behind something that is no record. */
  isBehindDamage: boolean;
}

/** When space is short one of so many goes, so that what goes is a small part. */
const FEWEST_SEGMENTS = 8;
/** One is read at once where it is damaged. */
const LARGEST_SEGMENT_BYTES = 4e6;
const CHUNK_BYTES = 64 * 1024;
const NAME = /^(\d{16})\.events$/;

/**
 * Survives kill -9 with every appended record (the kernel has them); a power cut may lose the last seconds. Whoever
 * uses it knows which records still matter, and says so by `removeBelow`.
 */
export class SegmentLog {
  readonly #options: SegmentLogOptions;
  #segments: Segment[] = [];
  /** Of the last segment, where it may be written to. */
  #descriptor: number | undefined;
  /** The last segment ends in the middle of a record: the next record begins a new one. */
  #isTorn = false;
  /** After the last record. */
  #end = 0;
  #reading: Reading | undefined;

  constructor(options: SegmentLogOptions) {
    this.#options = options;
  }

  /** @returns the number after the last record */
  open(): number {
    this.close();
    const { directory } = this.#options;
    this.#segments = readdirSync(directory)
      .filter((name) => NAME.test(name))
      .sort()
      .map((name) => ({ first: Number(name.slice(0, 16)), file: join(directory, name), bytes: 0 }));
    for (const segment of this.#segments) segment.bytes = statSync(segment.file).size;
    const last = this.#segments.at(-1);
    this.#end = 0;
    if (last === undefined) return 0;
    const { end, isWhole } = scan(readFileSync(last.file), last.first);
    this.#isTorn = !isWhole;
    this.#end = end;
    return end;
  }

  get #segmentBytes(): number {
    return Math.min(LARGEST_SEGMENT_BYTES, this.#options.maxBytes / FEWEST_SEGMENTS);
  }

  /** Number of the oldest record; nothing in an empty log. */
  get first(): number | undefined {
    return this.#segments[0]?.first;
  }

  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Whether a payload of that many bytes needs an old segment to go. */
  isFullFor(payloadBytes: number): boolean {
    return this.bytes + HEAD_BYTES + payloadBytes > this.#options.maxBytes;
  }

  /** Number after the last record of the oldest segment, which goes where space is short; nothing in an empty log. */
  get oldestEnd(): number | undefined {
    return this.#segments.length === 0 ? undefined : (this.#segments[1]?.first ?? this.#end);
  }

  /**
   * @param index above that of every earlier record
   * @throws where the disk does not take it; nothing half-written stays
   */
  append(index: number, payload: Buffer): void {
    const record = encode(index, payload);
    const segment = this.#writable(index, record.length);
    const descriptor = this.#descriptor!;
    // A folder that was removed takes records all the same, and nobody finds them again.
    if (fstatSync(descriptor).nlink === 0) throw new Error(`${segment.file} was removed`);
    try {
      for (let done = 0; done < record.length; )
        done += writeSync(descriptor, record, done, record.length - done, segment.bytes + done);
    } catch (error) {
      // Where this fails too the next record is written over it.
      truncate(descriptor, segment.bytes);
      throw error;
    }
    segment.bytes += record.length;
    this.#end = index + 1;
  }

  /**
   * Cheap in order.
   *
   * @throws where the disk does not give it
   */
  read(index: number): Buffer | Unreadable {
    const segment = this.#segments.findLast(({ first }) => first <= index);
    if (segment === undefined) return 'absent';
    if (this.#reading?.segment !== segment || this.#reading.index > index)
      this.#reading = {
        ...{ segment, index: segment.first, offset: 0 },
        ...{ bytes: Buffer.alloc(0), isBehindDamage: false },
      };
    const at = this.#reading;
    for (;;) {
      const record = recordAt(at.bytes) ?? recordAt(load(at)) ?? recordAt(seek(at));
      // What the segment ends with and is no record was one.
      if (record === undefined)
        return at.offset < segment.bytes && index === at.index && index < this.#end ? 'damaged' : 'absent';
      // What stands here is wanted later.
      if (record.index > index) return at.isBehindDamage ? 'damaged' : 'absent';
      at.index = record.index + 1;
      at.offset += record.bytes;
      at.bytes = at.bytes.subarray(record.bytes);
      at.isBehindDamage = false;
      if (record.index === index) return record.payload ?? 'damaged';
    }
  }

  /** Files that hold only records below `index` go; the last one stays, to be written on. @throws where the disk keeps them */
  removeBelow(index: number): void {
    while (this.#segments.length > 1 && this.oldestEnd! <= index) this.removeOldest();
  }

  /** @throws where the disk keeps it */
  removeOldest(): void {
    const [oldest] = this.#segments;
    if (oldest === undefined) return;
    rmSync(oldest.file, { force: true });
    if (this.#segments.length === 1) this.close();
    this.#segments.shift();
    if (this.#reading?.segment === oldest) this.#reading = undefined;
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
    this.#reading = undefined;
  }

  #writable(index: number, bytes: number): Segment {
    const last = this.#segments.at(-1);
    const isFull = last !== undefined && last.bytes > 0 && last.bytes + bytes > this.#segmentBytes;
    if (last !== undefined && !isFull && !this.#isTorn) {
      this.#descriptor ??= openSync(last.file, 'r+');
      return last;
    }
    // What is torn from its first record on is written anew.
    if (last?.first === index) this.#segments.pop();
    const file = join(this.#options.directory, `${String(index).padStart(16, '0')}.events`);
    const descriptor = openSync(file, 'w+', 0o600);
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = descriptor;
    this.#isTorn = false;
    const segment = { first: index, file, bytes: 0 };
    this.#segments.push(segment);
    return segment;
  }
}

/** From where the reader stands: a chunk, or one record where that is longer. */
function load(at: Reading): Buffer {
  at.bytes = readFrom(at, CHUNK_BYTES);
  const wanted = lengthAt(at.bytes) ?? 0;
  if (wanted > at.bytes.length) at.bytes = readFrom(at, wanted);
  return at.bytes;
}

/** Over damage to the next record of the segment. */
function seek(at: Reading): Buffer {
  at.bytes = readFrom(at, Number.POSITIVE_INFINITY);
  const next = nextRecordAt(at.bytes, 0);
  if (next === undefined) return Buffer.alloc(0);
  at.isBehindDamage = true;
  at.offset += next;
  at.bytes = at.bytes.subarray(next);
  return at.bytes;
}

function readFrom({ segment, offset }: Reading, most: number): Buffer {
  const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(most, segment.bytes - offset)));
  const descriptor = openSync(segment.file, 'r');
  try {
    return bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, offset));
  } finally {
    closeSync(descriptor);
  }
}

function truncate(descriptor: number, bytes: number): void {
  try {
    ftruncateSync(descriptor, bytes);
  } catch {}
}
