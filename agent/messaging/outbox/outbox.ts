// Messages that must not be lost -> the broker, in their order, over outages and crashes, in bounded space.

import { z } from 'zod';
import { expected } from '#common/errors.js';
import type { Part } from '#common/part.js';
import { ReplayPace } from './replay-pace.js';
import type { SegmentLog } from './segment-log.js';

export interface OutboxOptions {
  readonly log: Pick<
    SegmentLog,
    'open' | 'append' | 'read' | 'advance' | 'saveCursor' | 'close' | 'end' | 'cursor' | 'bytes'
  >;
  /** QoS 1: `done(true)` once the broker has it. */
  readonly send: (topic: string, payload: string, done: (delivered: boolean) => void) => void;
  /** Milliseconds since 1970: an age must survive a restart. */
  readonly now: () => number;
  readonly maxAgeMs: number;
  /** What had gathered before a connection, messages per second; later ones are not held back. */
  readonly replayPerSecond: number;
  /** Is told once of a disk that fails, and once that it works again. */
  readonly onDisk: (failure: Error | undefined) => void;
}

/** `restored + produced = delivered + dropped... + pending`, at any moment. */
export interface OutboxCounters {
  /** Found on the disk at the start. */
  restored: number;
  produced: number;
  delivered: number;
  /** Older than they may be when their turn came. */
  droppedOld: number;
  /** For want of space. */
  droppedSpace: number;
  /** The disk did not take them, or gave back something else. */
  droppedDisk: number;
}

const stored = z.object({ topic: z.string(), payload: z.string(), atMs: z.number() });

/** Sent and not yet acknowledged. */
const WINDOW = 32;
const SAVE_EVERY_MS = 1000;
const TICK_MS = 50;

export class Outbox implements Part {
  readonly counters: OutboxCounters = {
    restored: 0,
    produced: 0,
    delivered: 0,
    droppedOld: 0,
    droppedSpace: 0,
    droppedDisk: 0,
  };
  readonly #options: OutboxOptions;
  readonly #pace: ReplayPace;
  /** Index of the next record to send. */
  #next = 0;
  /** Sent, and whether acknowledged. */
  readonly #sent = new Map<number, boolean>();
  /** Changes with each connection: answers to an earlier one no longer count. */
  #connection = 0;
  #connected = false;
  /** Records below it wait for their turn. */
  #backlogEnd = 0;
  #saved = -1;
  #diskFailed = false;
  #timers: NodeJS.Timeout[] = [];
  readonly #stopped = new AbortController();
  #isOpen = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#pace = new ReplayPace(options.replayPerSecond, TICK_MS);
  }

  /** @throws CspcamError where the folder cannot be used */
  async start(signal: AbortSignal): Promise<void> {
    AbortSignal.any([signal, this.#stopped.signal]).throwIfAborted();
    const { log } = this.#options;
    try {
      log.open();
    } catch (error) {
      const { message } = error as Error;
      throw expected('a folder that can be written', 'mqtt.outbox.directory', message, error);
    }
    this.#isOpen = true;
    this.#next = log.cursor;
    this.counters.restored = log.end - log.cursor;
    this.#timers = [setInterval(() => this.#save(), SAVE_EVERY_MS), setInterval(() => this.#pump(), TICK_MS)];
    for (const timer of this.#timers) timer.unref();
  }

  get pending(): number {
    const { end, cursor } = this.#options.log;
    const settled = [...this.#sent.values()].filter((done) => done).length;
    return end - cursor - settled;
  }

  /** Once it returns, the message survives the process. */
  put(topic: string, payload: string): void {
    const { log, now } = this.#options;
    this.counters.produced++;
    const { cursor } = log;
    try {
      log.append(Buffer.from(JSON.stringify({ topic, payload, atMs: now() })));
      this.#disk(undefined);
    } catch (error) {
      this.counters.droppedDisk++;
      this.#disk(error as Error);
    }
    // What went to make room is gone even where the disk then refused the new one.
    this.counters.droppedSpace += log.cursor - cursor;
    this.#forgetBelow(log.cursor);
    this.#pump();
  }

  connected(): void {
    const { log, now } = this.#options;
    this.#connection++;
    this.#connected = true;
    for (const [index, settled] of this.#sent) if (!settled) this.#sent.delete(index);
    this.#next = log.cursor;
    this.#backlogEnd = log.end;
    this.#pace.begin(now());
    this.#pump();
  }

  disconnected(): void {
    this.#connected = false;
  }

  /** What was not acknowledged is sent at the next start. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
    this.#connected = false;
    // The cursor of a folder that was never opened is not known.
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#save();
    this.#options.log.close();
  }

  #pump(): void {
    const { log, now } = this.#options;
    while (this.#connected && this.#next < log.end && this.#sent.size < WINDOW) {
      if (this.#next < this.#backlogEnd && !this.#pace.allows(now())) return;
      const index = this.#next++;
      if (this.#sent.get(index) === true) continue;
      const message = this.#read(index);
      if (message === undefined) this.#settle(index);
      else this.#send(index, message.topic, message.payload);
    }
  }

  #read(index: number): z.infer<typeof stored> | undefined {
    const { log, now, maxAgeMs } = this.#options;
    try {
      const bytes = log.read(index)?.bytes;
      const message = bytes && stored.parse(JSON.parse(bytes.toString('utf8')));
      if (message !== undefined && now() - message.atMs <= maxAgeMs) return message;
      this.counters[message === undefined ? 'droppedDisk' : 'droppedOld']++;
    } catch (error) {
      this.counters.droppedDisk++;
      this.#disk(error as Error);
    }
    return undefined;
  }

  #send(index: number, topic: string, payload: string): void {
    const connection = this.#connection;
    this.#sent.set(index, false);
    this.#options.send(topic, payload, (delivered) => {
      // A record that went for want of space meanwhile is counted there.
      if (connection !== this.#connection || !delivered || !this.#sent.has(index)) return;
      this.counters.delivered++;
      this.#settle(index);
      this.#pump();
    });
  }

  /** The cursor goes to the first record that is not done with. */
  #settle(index: number): void {
    const { log } = this.#options;
    this.#sent.set(index, true);
    let cursor = log.cursor;
    while (this.#sent.get(cursor) === true) this.#sent.delete(cursor++);
    log.advance(cursor);
  }

  #forgetBelow(cursor: number): void {
    for (const [index, settled] of this.#sent) {
      if (index >= cursor) continue;
      this.#sent.delete(index);
      // It was counted as delivered or dropped already, and now as dropped for space too.
      if (settled) this.counters.droppedSpace--;
    }
    this.#next = Math.max(this.#next, cursor);
  }

  #save(): void {
    const { log } = this.#options;
    if (this.#saved === log.cursor) return;
    try {
      log.saveCursor();
      this.#saved = log.cursor;
    } catch (error) {
      this.#disk(error as Error);
    }
  }

  #disk(failure: Error | undefined): void {
    if ((failure !== undefined) === this.#diskFailed) return;
    this.#diskFailed = failure !== undefined;
    this.#options.onDisk(failure);
  }
}
