// Messages -> numbered records on the disk, or in memory while the disk does not take them; what is settled goes with them.

import { CspcamError, expected } from '#common/errors.js';
import { type FolderLock, lockFolder } from '#common/folder-lock.js';
import { makeFolderSync } from '#common/make-folder.js';
import { probeDisk } from './disk-probe.js';
import { MemoryRecords } from './memory-records.js';
import { HEAD_BYTES } from './records.js';
import { SegmentLog } from './segment-log.js';
import { nothingSettled, type OutboxCounts, type Settled, Settlements, withCounts } from './settlements.js';
import { StateFile } from './state-file.js';

export interface RecordStoreOptions {
  readonly directory: string;
  /** Key of the configuration that names the folder, for errors. */
  readonly where: string;
  /** All records on the disk together; read with each. */
  readonly maxBytes: number;
  /** A clock that never goes back. */
  readonly nowMs: () => number;
  /** Is told once of a disk that fails, and once that it works again. */
  readonly onDisk: (failure: Error | undefined) => void;
  /** The records of the folder came later than those of this run: all have new numbers, whatever is on its way is sent again. */
  readonly onRenumbered: () => void;
}

export type OutboxLosses = Readonly<Pick<OutboxCounts, 'expired' | 'evicted'>>;

/** About two thousand events. */
const MEMORY_BYTES = 1e6;
/** A disk that fails is tried again after so long. */
const RETRY_MS = 1000;
/** It is said to work again when it has done so for this long: a disk that is nearly full goes to and fro. */
const STEADY_MS = 10_000;
/** What it does not give back within this time is given up. */
const UNREADABLE_MS = 30_000;

/** Has no clock of its own: `tick` is called each second. */
export class RecordStore {
  readonly #options: RecordStoreOptions;
  readonly #log: SegmentLog;
  readonly #state: StateFile;
  #memory = new MemoryRecords(MEMORY_BYTES);
  #settlements = new Settlements();
  #lock: FolderLock | undefined;
  #opening: Promise<void> | undefined;
  #isOpen = false;
  #isClosed = false;
  /** Another agent writes there. */
  #isTakenOver = false;
  #savedCursor = -1;
  /** By earlier runs, which have told of it. */
  #lostBefore: OutboxLosses = { expired: 0, evicted: 0 };
  #failedMs: number | undefined;
  #worksSinceMs: number | undefined;
  #unreadable: { readonly index: number; readonly sinceMs: number } | undefined;

  constructor(options: RecordStoreOptions) {
    const { directory } = options;
    this.#options = options;
    this.#log = new SegmentLog(options);
    this.#state = new StateFile(directory);
  }

  /** A disk that fails is told to `onDisk`, and tried again. @throws CspcamError where another agent has the folder */
  async open(): Promise<void> {
    try {
      this.#lock ??= await this.#lockFolder();
      if (this.#isClosed) this.#lock.release();
      else this.#adopt();
    } catch (error) {
      if (error instanceof CspcamError) throw error;
      this.#failed(error as Error);
    }
  }

  get counts(): OutboxCounts {
    return this.#settlements.counts;
  }

  /** Messages of this run, or found by it, that were given up. */
  get losses(): OutboxLosses {
    const { expired, evicted } = this.counts;
    return { expired: expired - this.#lostBefore.expired, evicted: evicted - this.#lostBefore.evicted };
  }

  /** Messages that a crash would take. */
  get inMemory(): number {
    return this.#memory.size;
  }

  /** Everything below it is settled. */
  get cursor(): number {
    return this.#settlements.cursor;
  }

  /** Number of the next message. */
  get end(): number {
    return this.#settlements.end;
  }

  isSettled(index: number): boolean {
    return this.#settlements.isSettled(index);
  }

  /** Once it returns the message survives the process, unless `inMemory` has grown. @returns its number */
  put(payload: Buffer): number {
    const index = this.#settlements.produce();
    if (payload.length + HEAD_BYTES > this.#options.maxBytes)
      this.settle(index, { kind: 'evicted', reason: 'space' });
    else if (this.#memory.size > 0 || !this.#mayTry || !this.#write(index, payload))
      this.#remember(index, payload);
    return index;
  }

  /** @returns nothing where it is settled by that, or not to be had now */
  read(index: number): Buffer | undefined {
    const kept = this.#memory.get(index);
    if (kept !== undefined) return kept;
    try {
      const found = this.#isOpen ? this.#log.read(index) : 'absent';
      if (typeof found !== 'string') return found;
      this.settle(index, { kind: 'evicted', reason: found === 'damaged' ? 'damaged' : 'disk' });
      return undefined;
    } catch (error) {
      this.#cannotRead(index, error as NodeJS.ErrnoException);
      return undefined;
    }
  }

  settle(index: number, settled: Settled): void {
    this.#settlements.settle(index, settled);
    this.#memory.delete(index);
  }

  tick(): void {
    if (this.#isTakenOver || this.#isClosed) return;
    if (!this.#isOpen) this.#openAgain();
    else {
      if (this.#failedMs !== undefined && this.#mayTry) this.#retry();
      this.#save();
    }
    const isSteady =
      this.#worksSinceMs !== undefined && this.#options.nowMs() - this.#worksSinceMs >= STEADY_MS;
    if (!isSteady || this.#memory.size > 0) return;
    this.#failedMs = undefined;
    this.#worksSinceMs = undefined;
    this.#options.onDisk(undefined);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#opening;
    if (this.#isOpen && !this.#isTakenOver) {
      this.#flush();
      // Nobody finds them again; the file of counts takes their end on a full disk too.
      for (const [index] of this.#memory.entries()) this.settle(index, { kind: 'evicted', reason: 'disk' });
      this.#savedCursor = -1;
      this.#save();
    }
    this.#isOpen = false;
    this.#log.close();
    this.#lock?.release();
    this.#lock = undefined;
  }

  get #mayTry(): boolean {
    if (!this.#isOpen || this.#isTakenOver) return false;
    return this.#failedMs === undefined || this.#options.nowMs() - this.#failedMs >= RETRY_MS;
  }

  /** `StateFile` notices an agent of another network namespace. */
  async #lockFolder(): Promise<FolderLock> {
    const { directory, where } = this.#options;
    makeFolderSync(directory, { mode: 0o700 });
    const lock = await lockFolder(directory, 'outbox');
    if (lock !== undefined) return lock;
    throw expected('a folder that no other agent uses', where, `${directory}, which another cspcam uses`);
  }

  /** Takes the records of the folder for its own, before those of this run. */
  #adopt(): void {
    const kept = this.#state.load();
    const end = this.#log.open();
    const found = kept ?? { ...nothingSettled(), cursor: this.#log.first ?? 0 };
    const hadAny = this.end > 0;
    const { counts } = this;
    this.#lostBefore = new Settlements(found).counts;
    this.#settlements = new Settlements(withCounts({ ...found, end: Math.max(found.end, end) }, counts));
    const waiting = this.#memory.entries();
    this.#memory = new MemoryRecords(MEMORY_BYTES);
    for (const [, payload] of waiting) this.#memory.add(this.#settlements.produce(), payload);
    this.#isOpen = true;
    if (hadAny) this.#options.onRenumbered();
    this.#save();
  }

  #openAgain(): void {
    this.#opening ??= this.open()
      // Another agent has it by now; it was told that the disk failed.
      .catch(() => {})
      .finally(() => {
        this.#opening = undefined;
      });
  }

  #retry(): void {
    const { directory } = this.#options;
    try {
      makeFolderSync(directory, { mode: 0o700 });
      // Files may have gone, or the disk come back as another one.
      this.#log.open();
    } catch (error) {
      this.#failed(error as Error);
      return;
    }
    if (this.#memory.size > 0) this.#flush();
    else this.#probe();
  }

  #flush(): void {
    for (const [index, payload] of this.#memory.entries()) {
      if (!this.#write(index, payload)) return;
      this.#memory.delete(index);
    }
  }

  #probe(): void {
    try {
      probeDisk(this.#options.directory);
      this.#worksSinceMs ??= this.#options.nowMs();
    } catch (error) {
      this.#failed(error as Error);
    }
  }

  #write(index: number, payload: Buffer): boolean {
    try {
      this.#makeRoom(payload.length);
      this.#log.append(index, payload);
      if (this.#failedMs !== undefined) this.#worksSinceMs ??= this.#options.nowMs();
      return true;
    } catch (error) {
      this.#failed(error as Error);
      return false;
    }
  }

  /** What goes is counted and saved as gone before it is: a crash between finds it settled. */
  #makeRoom(bytes: number): void {
    while (this.#log.isFullFor(bytes)) {
      const { oldestEnd } = this.#log;
      if (oldestEnd === undefined) return;
      this.#settlements.settleBelow(oldestEnd, { kind: 'evicted', reason: 'space' });
      this.#saveState();
      this.#log.removeOldest();
    }
  }

  #remember(index: number, payload: Buffer): void {
    const memory = this.#memory;
    memory.add(index, payload);
    for (let oldest = memory.surplus; oldest !== undefined; oldest = memory.surplus)
      this.settle(oldest, { kind: 'evicted', reason: 'disk' });
  }

  /** What is settled since the last time is sent again after a crash. */
  #save(): void {
    try {
      if (this.#savedCursor === this.cursor) {
        this.#state.check();
        return;
      }
      this.#saveState();
      this.#log.removeBelow(this.cursor);
    } catch (error) {
      this.#failed(error as Error);
    }
  }

  #saveState(): void {
    this.#state.save(this.#settlements.state);
    this.#savedCursor = this.cursor;
  }

  #cannotRead(index: number, error: NodeJS.ErrnoException): void {
    const nowMs = this.#options.nowMs();
    this.#failed(error);
    if (this.#unreadable?.index !== index) this.#unreadable = { index, sinceMs: nowMs };
    if (error.code === 'ENOENT' || nowMs - this.#unreadable.sinceMs >= UNREADABLE_MS)
      this.settle(index, { kind: 'evicted', reason: 'disk' });
  }

  #failed(error: Error): void {
    const isFirst = this.#failedMs === undefined;
    this.#failedMs = this.#options.nowMs();
    this.#worksSinceMs = undefined;
    if (error instanceof CspcamError) this.#leaveToOther();
    if (isFirst || error instanceof CspcamError) this.#options.onDisk(error);
  }

  /** The records on the disk are the other agent's now, who sends them. */
  #leaveToOther(): void {
    this.#isTakenOver = true;
    this.#log.close();
    for (let index = this.cursor; index < this.end; index++)
      if (!this.#memory.has(index)) this.settle(index, { kind: 'evicted', reason: 'disk' });
  }
}
