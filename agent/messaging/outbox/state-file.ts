// What is settled <-> one file of fixed size, which a full disk still takes and a crash at any byte leaves readable.

import { randomUUID } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { expected } from '#common/errors.js';
import { refusalReasons } from '../outcome.js';
import { evictionReasons, type SettledState } from './settlements.js';

const amount = z.number().int().nonnegative();
const slot = z.object({
  /** Counts the writes, so that the later of two slots is known. */
  generation: amount,
  /** Of the process that wrote it. */
  owner: z.string(),
  cursor: amount,
  end: amount,
  counts: z.object({
    delivered: amount,
    expired: amount,
    refusedFor: z.partialRecord(z.enum(refusalReasons), amount),
    evictedFor: z.partialRecord(z.enum(evictionReasons), amount),
  }),
});
type Slot = z.infer<typeof slot>;

const { O_CREAT, O_RDWR } = constants;
const NAME = 'state';
/** Written in turns: one of the two is whole whatever happens to the other. */
const SLOTS = 2;
/** A sector of a disk each. */
const SLOT_BYTES = 1024;
const CRC_DIGITS = 8;

/** Overwritten in place: a rename each second would have the file system write its journal as often. */
export class StateFile {
  readonly #file: string;
  readonly #owner = randomUUID();
  #generation = 0;

  constructor(directory: string) {
    this.#file = join(directory, NAME);
  }

  /** @returns what was saved last; nothing where there is nothing, or nothing whole */
  load(): SettledState | undefined {
    const newest = this.#newest();
    if (newest === undefined) return undefined;
    const { generation, cursor, end, counts } = newest;
    this.#generation = generation;
    return { cursor, end, counts };
  }

  /** @throws CspcamError where another process has written since; whatever the disk throws */
  check(): void {
    const newest = this.#newest();
    if (newest !== undefined && newest.owner !== this.#owner && newest.generation > this.#generation)
      throw expected('a folder that no other agent uses', this.#file, 'what another one has written');
  }

  /** @throws as `check` does */
  save(state: SettledState): void {
    this.check();
    const generation = this.#generation + 1;
    const text = JSON.stringify({ generation, owner: this.#owner, ...state } satisfies Slot);
    const bytes = Buffer.alloc(SLOT_BYTES, ' ');
    bytes.write(`${checksum(text)}${text}\n`);
    const descriptor = openSync(this.#file, O_RDWR | O_CREAT, 0o600);
    try {
      // The other slot's room is taken at once, so that no later write needs any.
      if (fstatSync(descriptor).size < SLOTS * SLOT_BYTES)
        writeSync(descriptor, Buffer.alloc(SLOTS * SLOT_BYTES, ' '), 0);
      const written = writeSync(descriptor, bytes, 0, SLOT_BYTES, (generation % SLOTS) * SLOT_BYTES);
      if (written < SLOT_BYTES)
        throw Object.assign(new Error('ENOSPC: a part was written'), { code: 'ENOSPC' });
    } finally {
      closeSync(descriptor);
    }
    this.#generation = generation;
  }

  #newest(): Slot | undefined {
    const bytes = readOrNothing(this.#file);
    const slots = Array.from({ length: SLOTS }, (_, at) =>
      parse(bytes.toString('latin1', at * SLOT_BYTES, (at + 1) * SLOT_BYTES)),
    );
    return slots.filter((found) => found !== undefined).toSorted((a, b) => b.generation - a.generation)[0];
  }
}

function parse(text: string): Slot | undefined {
  const rest = text.slice(CRC_DIGITS).split('\n', 1)[0]!;
  if (rest === '' || text.slice(0, CRC_DIGITS) !== checksum(rest)) return undefined;
  return slot.safeParse(JSON.parse(rest)).data;
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(CRC_DIGITS, '0');
}

function readOrNothing(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}
