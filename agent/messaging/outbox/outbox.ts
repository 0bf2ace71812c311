// Messages that must not be lost -> the broker, in their order, over outages and crashes, in bounded space.

import { z } from 'zod';
import type { Part } from '#common/part.js';
import type { Done, Outcome } from '../outcome.js';
import { leastAgeMs, type Moment } from './age.js';
import { type OutboxLosses, RecordStore, type RecordStoreOptions } from './record-store.js';
import { ReplayPace } from './replay-pace.js';
import type { OutboxCounts } from './settlements.js';

export interface OutboxOptions extends Omit<RecordStoreOptions, 'nowMs' | 'onRenumbered'> {
  /** QoS 1. */
  readonly send: (topic: string, payload: string, done: Done) => void;
  readonly now: () => Moment;
  /** Read with each message. */
  readonly maxAgeMs: number;
  /** What had gathered before a connection, messages per second; later ones are not held back. Read at each connection. */
  readonly replayPerSecond: number;
  /** Is told at most once a minute of what was given up since. */
  readonly onLoss: (loss: OutboxLosses) => void;
}

export interface OutboxReport extends OutboxCounts {
  /** Pending ones that a crash would take, for the disk does not. */
  readonly inMemory: number;
}

const stored = z.object({
  topic: z.string(),
  payload: z.string(),
  made: z.object({ bootId: z.string(), monotonicMs: z.number(), wallMs: z.number().optional() }),
});
type Stored = z.infer<typeof stored>;

/** Sent and not yet acknowledged. */
const WINDOW = 32;
const SECOND_MS = 1000;
const LOSS_EVERY_MS = 60_000;
const TICK_MS = 50;
/** So many may turn out expired or damaged in a row before something else gets its turn. */
const MOST_AT_ONCE = 1000;

export class Outbox implements Part {
  readonly #options: OutboxOptions;
  readonly #store: RecordStore;
  #pace: ReplayPace;
  /** Number of the next record to send. */
  #next = 0;
  /** Read, and not sent yet. */
  #held: { readonly index: number; readonly message: Stored } | undefined;
  readonly #sent = new Set<number>();
  /** Changes with each connection: what was sent on an earlier one is sent again. */
  #connection = 0;
  #isConnected = false;
  #isPumping = false;
  /** Records below it wait for their turn. */
  #backlogEnd = 0;
  #timers: NodeJS.Timeout[] = [];
  /** What there was when it was told last. */
  #told: OutboxLosses & { readonly atMs: number } = {
    expired: 0,
    evicted: 0,
    atMs: Number.NEGATIVE_INFINITY,
  };
  readonly #stopped = new AbortController();

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#pace = new ReplayPace(options.replayPerSecond, TICK_MS);
    this.#store = new RecordStore({
      ...options,
      get maxBytes() {
        return options.maxBytes;
      },
      nowMs: () => this.#nowMs,
      onRenumbered: () => this.#begin(),
    });
  }

  /** Goes on in memory where the disk fails. @throws CspcamError where another agent has the folder */
  async start(signal: AbortSignal): Promise<void> {
    const either = AbortSignal.any([signal, this.#stopped.signal]);
    either.throwIfAborted();
    await this.#store.open();
    either.throwIfAborted();
    this.#timers = [
      setInterval(() => this.#eachSecond(), SECOND_MS),
      setInterval(() => this.#pump(), TICK_MS),
    ];
    for (const timer of this.#timers) timer.unref();
  }

  /** Since the folder was made. */
  get report(): OutboxReport {
    return { ...this.#store.counts, inMemory: this.#store.inMemory };
  }

  put(topic: string, payload: string): void {
    const message: Stored = { topic, payload, made: this.#options.now() };
    const index = this.#store.put(Buffer.from(JSON.stringify(message)));
    if (index === this.#next) this.#held = { index, message };
    this.#pump();
  }

  /**
   * Takes what another outbox has not delivered; it must be stopped after that, or both send it.
   *
   * @returns whether all of it is on the disk here: the disk of the other may not give it, or this one not take it
   */
  takeOver(from: Outbox): boolean {
    const store = from.#store;
    let isAll = true;
    for (let index = store.cursor; index < store.end; index++) {
      const record = store.isSettled(index) ? undefined : store.read(index);
      if (record !== undefined) this.#store.put(record);
      else if (!store.isSettled(index)) isAll = false;
    }
    return isAll && this.#store.inMemory === 0;
  }

  connected(): void {
    this.#isConnected = true;
    this.#begin();
  }

  disconnected(): void {
    this.#isConnected = false;
  }

  /** What was not acknowledged is sent at the next start. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
    this.#isConnected = false;
    await this.#store.close();
    this.#tellLoss();
  }

  #eachSecond(): void {
    this.#store.tick();
    if (this.#nowMs - this.#told.atMs >= LOSS_EVERY_MS) this.#tellLoss();
  }

  #tellLoss(): void {
    const { expired, evicted } = this.#store.losses;
    const loss = { expired: expired - this.#told.expired, evicted: evicted - this.#told.evicted };
    if (loss.expired + loss.evicted === 0) return;
    this.#told = { expired, evicted, atMs: this.#nowMs };
    this.#options.onLoss(loss);
  }

  get #nowMs(): number {
    return this.#options.now().monotonicMs;
  }

  #begin(): void {
    this.#connection++;
    this.#sent.clear();
    this.#held = undefined;
    this.#next = this.#store.cursor;
    this.#backlogEnd = this.#store.end;
    this.#pace = new ReplayPace(this.#options.replayPerSecond, TICK_MS);
    this.#pace.begin(this.#nowMs);
    this.#pump();
  }

  #pump(): void {
    // The answer to a message may come before `send` returns.
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      for (let passed = 0; passed < MOST_AT_ONCE && this.#sendNext(); passed++);
    } finally {
      this.#isPumping = false;
    }
  }

  /** @returns whether there may be more to do at once */
  #sendNext(): boolean {
    const store = this.#store;
    if (!this.#isConnected || this.#next >= store.end || this.#sent.size >= WINDOW) return false;
    const index = this.#next;
    const message = this.#read(index);
    // Settled, or the disk does not give it now.
    if (message === undefined) {
      if (!store.isSettled(index)) return false;
      this.#next++;
      return true;
    }
    if (index < this.#backlogEnd && !this.#pace.allows(this.#nowMs)) return false;
    this.#next++;
    this.#held = undefined;
    this.#send(index, message);
    return true;
  }

  #read(index: number): Stored | undefined {
    if (this.#store.isSettled(index)) return undefined;
    const message = this.#held?.index === index ? this.#held.message : this.#parse(index);
    if (message === undefined) return undefined;
    this.#held = { index, message };
    if (leastAgeMs(message.made, this.#options.now()) <= this.#options.maxAgeMs) return message;
    this.#store.settle(index, { kind: 'expired' });
    return undefined;
  }

  #parse(index: number): Stored | undefined {
    const bytes = this.#store.read(index);
    if (bytes === undefined) return undefined;
    try {
      return stored.parse(JSON.parse(bytes.toString('utf8')));
    } catch {
      this.#store.settle(index, { kind: 'evicted', reason: 'damaged' });
      return undefined;
    }
  }

  #send(index: number, { topic, payload }: Stored): void {
    const connection = this.#connection;
    this.#sent.add(index);
    this.#options.send(topic, payload, (outcome) => this.#answered(index, connection, outcome));
  }

  #answered(index: number, connection: number, outcome: Outcome): void {
    // Numbers may have changed since; what an earlier connection answers late is sent again.
    if (connection !== this.#connection) return;
    this.#sent.delete(index);
    // The connection is at its end: all that is left goes on the next one.
    if (outcome.kind === 'pending') return;
    this.#store.settle(index, outcome);
    this.#pump();
  }
}
