// Source URI -> frames for as long as the daemon lives: a capture process, started again whenever it ends.

import { retryDelayMs } from '#common/backoff.js';
import { type Clock, systemClock } from '#common/clock.js';
import { FAILURES, type Failure, type FailureReport, startFailure } from '../failure.js';
import { findSource } from '../find-source.js';
import type { Rect } from '../frame.js';
import type { Source } from '../sources.js';
import type { CameraOptions, CameraStatus } from './camera-options.js';
import { FrameNumbers } from './frame-numbers.js';
import { whenThereAgain } from './knock.js';
import { type CapturedPicture, PictureAnswers, type WantedPicture } from './picture-answers.js';
import type { Capture, CaptureEnd, CaptureHandlers } from './process.js';
import type { FrameRecord, WindowRecord } from './record-kinds.js';
import type { CaptureRequest } from './requests.js';
import { spawnCapture } from './spawn-capture.js';
import { StallWatch } from './stall-watch.js';

/** From one beginning of a recording to the next: each is a new process. */
const LEAST_LOOP_MS = 1000;
/** After so long without a failure the next one counts as the first. */
const GOOD_AFTER_MS = 10_000;

export class Camera {
  readonly #options: CameraOptions;
  readonly #source: Source;
  readonly #clock: Clock;
  readonly #watch: StallWatch;
  readonly #numbers = new FrameNumbers();
  readonly #pictures: PictureAnswers;
  readonly #stop = new AbortController();
  #capture: Capture | undefined;
  #starting: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;
  #status: CameraStatus = { state: 'stopped' };
  #stalled: FailureReport | undefined;
  #runningSinceMs: number | undefined;
  #hasRun = false;
  #begunMs = 0;
  #attempt = 0;
  /** In a row, of each class: a camera that is off now and then must not be logged in to any sooner. */
  readonly #failures = new Map<Failure, number>();
  #restarts = 0;
  #cancelRetry = () => {};

  /** @throws CspcamError for a URI that cannot be parsed */
  constructor(options: CameraOptions) {
    this.#options = options;
    this.#source = findSource(options.uri);
    this.#clock = options.clock ?? systemClock;
    this.#pictures = new PictureAnswers(this.#clock);
    this.#watch = new StallWatch({
      clock: this.#clock,
      // Frames of a still scene come that much later.
      timeoutMs: (options.stallTimeoutMs ?? 10_000) + (options.motion?.lookEveryMs ?? 0),
      onStall: (silentMs) => this.#onStall(silentMs),
    });
  }

  get status(): CameraStatus {
    return this.#status;
  }

  /** How often a capture was started again after a failure. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Process id of the capture, where one runs. */
  get pid(): number | undefined {
    return this.#capture?.pid;
  }

  /**
   * JPEGs of a frame at the size of its source, which the capture process still has for a short while.
   *
   * @returns nothing where there is no such picture, or no more
   */
  async picture({ sequence, parts }: WantedPicture): Promise<CapturedPicture | undefined> {
    const capture = this.#capture;
    const own = sequence === undefined ? undefined : this.#numbers.inProcess(sequence);
    if (capture === undefined || !this.#options.keepPictures || this.#closed) return undefined;
    if (sequence !== undefined && own === undefined) return undefined;
    return this.#pictures.ask((request) => capture.ask(request), { sequence: own, parts });
  }

  /**
   * Asks for parts of a frame to come, unscaled: the next one, or one soon after it. In place of those that were asked for
   * and have not come.
   *
   * @param notBeforeMs CLOCK_MONOTONIC at capture: frames before are not looked at
   */
  look(windows: readonly Rect[], notBeforeMs?: number): void {
    if (this.#closed || this.#options.onWindow === undefined) return;
    this.#capture?.ask({ kind: 'windows', windows, notBeforeMs });
  }

  /** @returns whether there is a capture that may answer */
  ask(request: CaptureRequest): boolean {
    this.#capture?.ask(request);
    return this.#capture !== undefined;
  }

  /** Once; a closed camera stays closed. */
  start(): void {
    this.#begin();
  }

  /** Safe to call twice, and at any time; no process is left and no frame comes when it resolves. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  get #closed(): boolean {
    return this.#stop.signal.aborted;
  }

  async #close(): Promise<void> {
    this.#stop.abort();
    this.#cancelRetry();
    this.#watch.stop();
    await this.#starting;
    await this.#capture?.close();
    this.#pictures.end();
    this.#options.packets?.onEnd();
    this.#setStatus({ state: 'stopped' });
  }

  #begin(): void {
    // Neither a further try nor a recording that begins again is news.
    if (this.#status.state === 'stopped') this.#setStatus({ state: 'starting' });
    this.#stalled = undefined;
    this.#begunMs = this.#clock.nowMs();
    this.#runningSinceMs = undefined;
    this.#numbers.startAnew();
    this.#starting = this.#open();
  }

  async #open(): Promise<void> {
    const handlers: CaptureHandlers = {
      frame: (record, pixels) => this.#onFrame(record, pixels),
      picture: (record, jpegs) => this.#pictures.onRecord(record, jpegs),
      window: (record, pixels) => this.#onWindow(record, pixels),
      packet: (record, bytes) => this.#options.packets?.onPacket(record, bytes),
      noPackets: (record) => this.#options.packets?.onNone(record),
      waiting: () => this.#onWaiting(),
      end: (end) => this.#onEnd(end),
    };
    const start =
      this.#options.capture ?? ((to, signal) => spawnCapture(this.#source, this.#options, to, signal));
    try {
      this.#capture = await start(handlers, this.#stop.signal);
      if (!this.#closed) this.#watch.start();
    } catch (error) {
      if (!this.#closed) this.#onEnd({ reason: 'failure', ...startFailure(error) });
    }
  }

  #onWaiting(): void {
    if (this.#closed) return;
    this.#watch.allow(this.#options.keyFrameTimeoutMs ?? 45_000);
    this.#setStatus({ state: 'waiting-for-key-frame' });
  }

  #onStall(silentMs: number): void {
    const what = this.#status.state === 'waiting-for-key-frame' ? 'key frame' : 'frame';
    this.#stalled = { failure: 'stalled', message: `no ${what} for ${Math.round(silentMs / 100) / 10} s` };
    this.#capture?.kill();
  }

  #onFrame(record: FrameRecord, pixels: ArrayBuffer): void {
    const { id, pool, onFrame } = this.#options;
    const { width, height } = this.#options.inputSize;
    if (this.#closed) {
      pool.release(pixels);
      return;
    }
    this.#watch.sawFrame();
    // A recording keeps its own time: what is late in it was late when it was made.
    if (this.#source.scheme === 'file') this.#watch.stop();
    this.#runningSinceMs ??= this.#watch.lastMs;
    this.#hasRun = true;
    if (this.#status.state !== 'running') this.#setStatus({ state: 'running' });
    const { kind, ...timesAndPlace } = record;
    onFrame({
      ...timesAndPlace,
      ...this.#numbers.next(record),
      source: id,
      inputSize: { width, height },
      pixels,
    });
  }

  #onWindow({ kind, ...window }: WindowRecord, pixels: ArrayBuffer): void {
    const { id, pool, onWindow } = this.#options;
    if (this.#closed || onWindow === undefined) pool.release(pixels);
    else onWindow({ ...window, source: id, sequence: this.#numbers.overall(window.sequence), pixels });
  }

  #onEnd(end: CaptureEnd): void {
    this.#watch.stop();
    this.#capture = undefined;
    this.#pictures.end();
    if (this.#closed) return;
    this.#options.packets?.onEnd();
    const ranMs = this.#runningSinceMs === undefined ? 0 : this.#watch.lastMs - this.#runningSinceMs;
    if (ranMs >= GOOD_AFTER_MS) this.#forgetFailures();
    // One that is ended for its silence may take that for the end of the stream.
    if (this.#stalled !== undefined) this.#retry(this.#stalled);
    else if (end.reason === 'failure')
      this.#retry(this.#isGone(end) ? { ...end, failure: 'device-gone' } : end);
    else if (this.#endsForGood) this.#setStatus({ state: 'ended' });
    else if (this.#source.scheme !== 'file' || end.produced === 0)
      this.#retry({ failure: 'ended', message: 'the stream ended' });
    else {
      this.#forgetFailures();
      const waitMs = Math.max(0, this.#begunMs + LEAST_LOOP_MS - this.#clock.nowMs());
      this.#cancelRetry = this.#clock.after(waitMs, () => this.#begin());
    }
  }

  /** A device that was there once has been pulled out, and may be back at any time. */
  #isGone({ failure }: FailureReport): boolean {
    return this.#source.scheme === 'v4l2' && this.#hasRun && failure === 'not-found';
  }

  get #endsForGood(): boolean {
    const { scheme } = this.#source;
    return scheme === 'test' || scheme === 'pipe' || (scheme === 'file' && this.#options.loop === false);
  }

  #forgetFailures(): void {
    this.#attempt = 0;
    this.#failures.clear();
  }

  #retry(report: FailureReport): void {
    this.#attempt += 1;
    const { failure, message } = report;
    const failures = (this.#failures.get(failure) ?? 0) + 1;
    this.#failures.set(failure, failures);
    const random = (this.#options.random ?? Math.random)();
    const retryInMs = retryDelayMs(FAILURES[failure].retry, failures, random);
    this.#setStatus({ state: 'retrying', failure, message, attempt: this.#attempt, retryInMs });
    const begin = () => {
      this.#cancelRetry();
      this.#restarts += 1;
      this.#begin();
    };
    const cancelWait = this.#clock.after(retryInMs, begin);
    const { knock } = this.#options;
    const cancelKnock = whenThereAgain(this.#source, failure, { clock: this.#clock, knock, onOpen: begin });
    this.#cancelRetry = () => {
      cancelWait();
      cancelKnock();
    };
  }

  #setStatus(status: CameraStatus): void {
    this.#status = status;
    this.#options.onStatus(status);
  }
}
