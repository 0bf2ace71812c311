// Source URI -> frames for as long as the daemon lives: a capture process, started again whenever it ends.

import { type Backoff, retryDelayMs } from '#common/backoff.js';
import { type Clock, systemClock } from '#common/clock.js';
import { installedElements } from '../elements.js';
import type { FailureReport } from '../failure.js';
import type { Frame, FrameSource, Size } from '../frame.js';
import type { FramePool } from '../frame-pool.js';
import { type Pace, type PreferredElements, planCapture } from '../launch.js';
import { parseSource, type Source } from '../sources.js';

import type { GateOptions } from './gate.js';
import { type Capture, type CaptureEnd, type CaptureHandlers, CaptureProcess } from './process.js';
import type { FrameRecord } from './records.js';
import { FrameSlot } from './slot.js';

export type CameraStatus =
  | { readonly state: 'starting' | 'running' | 'ended' | 'stopped' }
  | ({ readonly state: 'retrying'; readonly attempt: number; readonly retryInMs: number } & FailureReport);

export interface CameraCounters {
  /** Frames the source produced, dropped and skipped ones included; over all restarts. */
  readonly captured: number;
  readonly dropped: number;
  readonly restarts: number;
}

export interface CameraOptions {
  readonly id: string;
  /** As `parseSource` reads it. */
  readonly uri: string;
  readonly inputSize: Size;
  readonly pool: FramePool;
  readonly onStatus: (status: CameraStatus) => void;
  /** Recordings start again at their end. Default true. */
  readonly loop?: boolean;
  readonly pace?: Pace;
  /** Passes over frames of a scene in which nothing moves; default none. */
  readonly motion?: GateOptions | undefined;
  readonly prefer?: PreferredElements;
  /** Without a frame for so long, also at the start, the capture process is killed. Default 10 s. */
  readonly stallTimeoutMs?: number;
  readonly clock?: Clock;
  /** 0 to 1 */
  readonly random?: () => number;
  /** Starts a capture; by default a process with a GStreamer pipeline. */
  readonly capture?: (handlers: CaptureHandlers) => Promise<Capture>;
}

const BACKOFF: Backoff = { firstMs: 500, longestMs: 30_000 };
/** After so long without a failure the next one counts as the first. */
const GOOD_AFTER_MS = 30_000;

export class Camera implements FrameSource {
  readonly id: string;
  readonly #options: CameraOptions;
  readonly #source: Source;
  readonly #clock: Clock;
  readonly #stallTimeoutMs: number;
  readonly #slot: FrameSlot;
  #capture: Capture | undefined;
  #cancelTimer = () => {};
  #lastFrameMs = 0;
  #runningSinceMs: number | undefined;
  #attempt = 0;
  #stalled: FailureReport | undefined;
  #starting: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;
  #status: CameraStatus = { state: 'stopped' };
  #firstSequence = 0;
  #captured = 0;
  #droppedBefore = 0;
  #droppedInChild = 0;
  #skippedBefore = 0;
  #skippedInChild = 0;
  #restarts = 0;

  /** @throws CspcamError for a URI that cannot be parsed */
  constructor(options: CameraOptions) {
    this.id = options.id;
    this.#options = options;
    this.#source = parseSource(options.uri);
    this.#clock = options.clock ?? systemClock;
    // Frames of a still scene come that much later.
    this.#stallTimeoutMs = (options.stallTimeoutMs ?? 10_000) + (options.motion?.lookEveryMs ?? 0);
    this.#slot = new FrameSlot((pixels) => options.pool.release(pixels));
  }

  get status(): CameraStatus {
    return this.#status;
  }

  get counters(): CameraCounters {
    return {
      captured: this.#captured,
      dropped: this.#droppedBefore + this.#droppedInChild + this.#slot.overwritten,
      restarts: this.#restarts,
    };
  }

  /** Process id of the capture, where one runs. */
  get pid(): number | undefined {
    return this.#capture?.pid;
  }

  /** Once; a closed camera stays closed. */
  start(): void {
    this.#begin();
  }

  /** The newest frame each time; for one consumer. Ends when the camera is closed or a recording has ended. */
  frames(signal: AbortSignal): AsyncIterable<Frame> {
    return this.#slot.frames(signal);
  }

  /** Safe to call twice; no process is left when it resolves. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  get #closed(): boolean {
    return this.#closing !== undefined;
  }

  async #close(): Promise<void> {
    this.#cancelTimer();
    this.#slot.end();
    await this.#starting;
    await this.#capture?.close();
    this.#setStatus({ state: 'stopped' });
  }

  #begin(): void {
    if (this.#attempt === 0) this.#setStatus({ state: 'starting' });
    this.#stalled = undefined;
    this.#runningSinceMs = undefined;
    this.#firstSequence = this.#captured;
    this.#droppedBefore += this.#droppedInChild;
    this.#droppedInChild = 0;
    this.#skippedBefore += this.#skippedInChild;
    this.#skippedInChild = 0;
    this.#starting = this.#open();
  }

  async #open(): Promise<void> {
    const handlers: CaptureHandlers = {
      frame: (record, pixels) => this.#onFrame(record, pixels),
      end: (end) => this.#onEnd(end),
    };
    try {
      this.#capture = await (this.#options.capture ?? ((h) => this.#spawn(h)))(handlers);
      this.#lastFrameMs = this.#clock.nowMs();
      if (!this.#closed) this.#watch(false);
    } catch (error) {
      this.#onEnd({ reason: 'failure', failure: 'crashed', message: (error as Error).message });
    }
  }

  async #spawn(handlers: CaptureHandlers): Promise<Capture> {
    const { inputSize, pool, pace = 'realtime', prefer, motion } = this.#options;
    const elements = await installedElements();
    const options = { inputSize, delivery: 'newest', pace, motion, ...(prefer && { prefer }) } as const;
    const plan = planCapture(this.#source, options, (name) => elements.has(name));
    const capture = new CaptureProcess(plan, pool, handlers);
    if (!this.#closed) await capture.start();
    return capture;
  }

  /** Two looks in a row, as after a pause of this process the frames are there but not read yet. */
  #watch(suspected: boolean): void {
    this.#cancelTimer = this.#clock.after(this.#stallTimeoutMs / 4, () => {
      const silentMs = this.#clock.nowMs() - this.#lastFrameMs;
      const late = silentMs >= this.#stallTimeoutMs;
      if (late && suspected) {
        this.#stalled = { failure: 'stalled', message: `no frame for ${Math.round(silentMs / 100) / 10} s` };
        this.#capture?.kill();
      } else this.#watch(late);
    });
  }

  #onFrame(record: FrameRecord, pixels: ArrayBuffer): void {
    if (this.#closed) {
      this.#options.pool.release(pixels);
      return;
    }
    this.#lastFrameMs = this.#clock.nowMs();
    if (this.#runningSinceMs === undefined) {
      this.#runningSinceMs = this.#lastFrameMs;
      if (this.#status.state !== 'running') this.#setStatus({ state: 'running' });
    }
    const { kind, dropped, sequence, skipped = 0, ...times } = record;
    this.#captured = this.#firstSequence + sequence + 1;
    this.#droppedInChild = dropped;
    this.#skippedInChild = skipped;
    const counts = { sequence: this.#captured - 1, skipped: this.#skippedBefore + skipped };
    this.#slot.put({ ...times, ...counts, source: this.id, inputSize: this.#options.inputSize, pixels });
  }

  #onEnd(end: CaptureEnd): void {
    this.#cancelTimer();
    this.#capture = undefined;
    if (this.#closed) return;
    const ranMs = this.#runningSinceMs === undefined ? 0 : this.#lastFrameMs - this.#runningSinceMs;
    if (ranMs >= GOOD_AFTER_MS) this.#attempt = 0;
    if (end.reason === 'failure') this.#retry(this.#stalled ?? end);
    else if (
      this.#source.scheme === 'test' ||
      (this.#source.scheme === 'file' && this.#options.loop === false)
    ) {
      this.#setStatus({ state: 'ended' });
      this.#slot.end();
    } else if (this.#source.scheme !== 'file' || end.produced === 0) {
      this.#retry({ failure: 'ended', message: 'the stream ended' });
    } else {
      this.#attempt = 0;
      this.#begin();
    }
  }

  #retry(report: FailureReport): void {
    this.#attempt += 1;
    const retryInMs = retryDelayMs(BACKOFF, this.#attempt, (this.#options.random ?? Math.random)());
    const { failure, message } = report;
    this.#setStatus({ state: 'retrying', failure, message, attempt: this.#attempt, retryInMs });
    this.#cancelTimer = this.#clock.after(retryInMs, () => {
      this.#restarts += 1;
      this.#begin();
    });
  }

  #setStatus(status: CameraStatus): void {
    this.#status = status;
    this.#options.onStatus(status);
  }
}
