// Clips that are written -> files in one folder that together are never more than so many bytes: the oldest go first.

import { constants } from 'node:fs';
import { type FileHandle, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { CspcamError } from '#common/errors.js';
import { makeFolder } from '#common/make-folder.js';
import { salvaged } from './salvage.js';

export interface ClipFolderOptions {
  readonly folder: string;
  /** Asked with each write: a reload may change it. */
  readonly maximumBytes: () => number;
  /** Told where the disk takes nothing, and with nothing once it takes everything again. */
  readonly onDisk: (failure: Error | undefined) => void;
  /** Told of a clip of before that cannot be read: it stays, and counts for nothing. */
  readonly onLeftOut: (name: string, error: Error) => void;
}

export interface ClipFolderReport {
  readonly files: number;
  readonly bytes: number;
  readonly failure: Error | undefined;
}

/** A whole clip that somebody reads, and closes. */
export interface OpenClip {
  readonly camera: string;
  readonly handle: FileHandle;
  readonly bytes: number;
}

/** There is no room for it, whatever is given up. */
export class NoRoomError extends CspcamError {}

interface Entry {
  readonly name: string;
  /** Counts the clips of the folder, however its clock was set. */
  readonly number: number;
  /** As the disk has them, in blocks. */
  bytes: number;
}

const NAME = /^(?<camera>[a-z0-9][a-z0-9_-]*)-\d{8}T\d{6}Z-(?<number>\d{6,})\.mp4(\.part)?$/;
const PART = '.part';
const BLOCK_BYTES = 4096;
/** No link that leads elsewhere, and nothing that is waited for, such as a pipe. */
const READING = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const FILE_MODE = 0o640;
const FOLDER_MODE = 0o750;

export class ClipFolder {
  readonly #options: ClipFolderOptions;
  /** Whole ones, the oldest first. */
  #kept: Entry[] = [];
  readonly #written = new Set<Entry>();
  #lastNumber = 0;
  #isRead = false;
  #failure: Error | undefined;
  /** One change of the folder after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: ClipFolderOptions) {
    this.#options = options;
  }

  get folder(): string {
    return this.#options.folder;
  }

  get report(): ClipFolderReport {
    return { files: this.#kept.length, bytes: this.#bytes, failure: this.#failure };
  }

  /** Counts what is there, and ends what a crash has left; a folder that cannot be read is tried again with each clip. */
  async start(): Promise<void> {
    await this.#inTurn(async () => {
      await this.#make();
      if (!this.#isRead) await this.#read();
    }).catch(() => {});
  }

  /** Gives up what is more than there may be now. */
  async trim(): Promise<void> {
    await this.#inTurn(() => this.#makeRoom(0)).catch(() => {});
  }

  /**
   * A new file, empty.
   *
   * @param atMs when the clip begins, milliseconds since 1970
   * @throws the error of the disk
   */
  create(camera: string, atMs: number): Promise<ClipFile> {
    return this.#inTurn(async () => {
      await this.#make();
      if (!this.#isRead) await this.#read();
      const number = ++this.#lastNumber;
      const time = new Date(atMs).toISOString().replace(/\.\d+|[-:]/g, '');
      const entry = { name: `${camera}-${time}-${String(number).padStart(6, '0')}.mp4`, number, bytes: 0 };
      const handle = await open(join(this.folder, entry.name + PART), 'wx', FILE_MODE);
      // The umask of the unit would keep it from the group. Not every file system has modes.
      await handle.chmod(FILE_MODE).catch(() => {});
      this.#written.add(entry);
      return new ClipFile(handle, {
        append: (bytes, size) => this.#inTurn(() => this.#append(entry, handle, bytes, size)),
        end: () => this.#inTurn(() => this.#end(entry)),
      });
    });
  }

  /**
   * What is open can be read to its end, whatever goes meanwhile; its room is free once it is closed.
   *
   * @returns nothing where no whole clip has this name (any more)
   * @throws the error of the disk
   */
  async open(name: string): Promise<OpenClip | undefined> {
    if (!this.#kept.some((kept) => kept.name === name)) return undefined;
    const handle = await open(join(this.folder, name), READING).catch((error: NodeJS.ErrnoException) => {
      // Somebody else has taken it away, or put a link there.
      if (error.code === 'ENOENT' || error.code === 'ELOOP') return undefined;
      throw error;
    });
    const found = await handle?.stat();
    if (handle !== undefined && found?.isFile() && found.size > 0)
      return { camera: cameraOf(name), handle, bytes: found.size };
    await handle?.close();
    return undefined;
  }

  get #bytes(): number {
    return [...this.#kept, ...this.#written].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  async #make(): Promise<void> {
    await makeFolder(this.folder, { mode: FOLDER_MODE });
  }

  async #read(): Promise<void> {
    const names = (await readdir(this.folder)).filter((name) => NAME.test(name));
    const readable = (name: string) =>
      this.#entryOf(name).catch((error: Error) => void this.#options.onLeftOut(name, error));
    const entries = await Promise.all(names.map(readable));
    this.#kept = entries.filter((entry) => entry !== undefined).sort((a, b) => a.number - b.number);
    this.#lastNumber = Math.max(0, ...names.map(numberOf));
    this.#isRead = true;
    await this.#makeRoom(0);
  }

  /** What was being written when the agent was killed is kept as far as it can be played. */
  async #entryOf(name: string): Promise<Entry | undefined> {
    const path = join(this.folder, name);
    if (!name.endsWith(PART)) return entry(name, (await stat(path)).size);
    const whole = name.slice(0, -PART.length);
    const size = await ended(join(this.folder, whole));
    return size === undefined ? undefined : entry(whole, size);
  }

  async #append(entry: Entry, handle: FileHandle, bytes: Uint8Array, size: number): Promise<void> {
    const after = inBlocks(size + bytes.length);
    await this.#makeRoom(after - entry.bytes);
    // What was written of it before the disk was full counts too, until it is taken back.
    entry.bytes = after;
    try {
      await handle.appendFile(bytes);
      // An empty file finds its place on a disk that is full.
      this.#onDisk(undefined);
    } catch (error) {
      await handle.truncate(size).catch(() => {});
      entry.bytes = inBlocks(size);
      throw error;
    }
  }

  async #makeRoom(bytes: number): Promise<void> {
    while (this.#bytes + bytes > this.#options.maximumBytes()) {
      const oldest = this.#kept[0];
      if (oldest === undefined) {
        if (bytes === 0) return;
        throw new NoRoomError(`clips.maxMegabytes leaves no room for ${bytes} bytes`);
      }
      await unlink(join(this.folder, oldest.name)).catch((error: NodeJS.ErrnoException) => {
        // Somebody else has taken it away.
        if (error.code !== 'ENOENT') throw error;
      });
      this.#kept.shift();
    }
  }

  /** What cannot be moved stays as it is, and counts: the next start looks after it. */
  async #end(entry: Entry): Promise<EndedFile | undefined> {
    const path = join(this.folder, entry.name);
    const bytes = await ended(path).catch((error: NodeJS.ErrnoException) => {
      // Somebody has taken it away while it was written.
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    this.#written.delete(entry);
    if (bytes === undefined) return undefined;
    entry.bytes = inBlocks(bytes);
    this.#kept.push(entry);
    this.#kept.sort((a, b) => a.number - b.number);
    return { file: entry.name, path, bytes };
  }

  #inTurn<Result>(act: () => Promise<Result>): Promise<Result> {
    const done = this.#turn.then(act).catch((error: Error) => {
      if (!(error instanceof NoRoomError)) this.#onDisk(error);
      throw error;
    });
    this.#turn = done.catch(() => {});
    return done;
  }

  #onDisk(failure: Error | undefined): void {
    const isNews = (failure === undefined) !== (this.#failure === undefined);
    this.#failure = failure;
    if (isNews) this.#options.onDisk(failure);
  }
}

interface EndedFile {
  /** Its name. */
  readonly file: string;
  readonly path: string;
  readonly bytes: number;
}

interface Steps {
  append(bytes: Uint8Array, size: number): Promise<void>;
  end(): Promise<EndedFile | undefined>;
}

export class ClipFile {
  readonly #handle: FileHandle;
  readonly #steps: Steps;
  #size = 0;

  constructor(handle: FileHandle, steps: Steps) {
    this.#handle = handle;
    this.#steps = steps;
  }

  /** All of it or nothing. @throws NoRoomError, or the error of the disk */
  async append(bytes: Uint8Array): Promise<void> {
    await this.#steps.append(bytes, this.#size);
    this.#size += bytes.length;
  }

  /** Under its own name from now on; nothing where nothing in it can be played. @throws the error of the disk */
  async end(): Promise<EndedFile | undefined> {
    await this.#handle.close();
    return this.#steps.end();
  }
}

/** Gives a file its name. @returns its bytes; nothing, and no file, where nothing of it can be played */
async function ended(path: string): Promise<number | undefined> {
  const bytes = await salvaged(path + PART);
  if (bytes === undefined) await unlink(path + PART);
  else await rename(path + PART, path);
  return bytes;
}

function entry(name: string, size: number): Entry {
  return { name, number: numberOf(name), bytes: inBlocks(size) };
}

function numberOf(name: string): number {
  return Number(NAME.exec(name)!.groups!['number']);
}

function cameraOf(name: string): string {
  return NAME.exec(name)!.groups!['camera']!;
}

function inBlocks(bytes: number): number {
  return Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES;
}
