// Fakes for what a Camera depends on: a clock that moves by hand, and captures that do as the test says.

import type { Clock } from '#common/clock.js';
import type { Capture, CaptureEnd, CaptureHandlers } from '../../pipelines/capture/process.js';
import type { FrameRecord, PictureRecord, WindowRecord } from '../../pipelines/capture/record-kinds.js';
import type { CaptureRequest } from '../../pipelines/capture/requests.js';

export class FakeClock implements Clock {
  #nowMs = 1000;
  #timers: { readonly atMs: number; readonly act: () => void }[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, act: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, act };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  get waiting(): number {
    return this.#timers.length;
  }

  /** Each timer acts at its time, and what it starts gets to run. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    for (;;) {
      await settled();
      const next = this.#timers.toSorted((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined || next.atMs > endMs) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.act();
    }
    this.#nowMs = endMs;
  }

  /** The process was stopped meanwhile: time went on and no timer acted. */
  jump(ms: number): void {
    this.#nowMs += ms;
  }
}

export class FakeCapture implements Capture {
  readonly pid: number;
  readonly #handlers: CaptureHandlers;
  killed = false;
  closed = false;
  /** What it was asked. */
  readonly asked: CaptureRequest[] = [];

  constructor(handlers: CaptureHandlers, pid: number) {
    this.#handlers = handlers;
    this.pid = pid;
  }

  ask(request: CaptureRequest): void {
    this.asked.push(request);
  }

  waiting(): void {
    this.#handlers.waiting?.();
  }

  frame(sequence: number, pixels = new ArrayBuffer(3 * 4 * 4)): void {
    this.#handlers.frame(recordOf(sequence), pixels);
  }

  give(record: FrameRecord): void {
    this.#handlers.frame(record, new ArrayBuffer(3 * 4 * 4));
  }

  end(end: CaptureEnd): void {
    this.#handlers.end(end);
  }

  answer(record: PictureRecord, jpegs: Buffer): void {
    this.#handlers.picture?.(record, new Uint8Array(jpegs).buffer);
  }

  giveWindow(record: WindowRecord, pixels = new ArrayBuffer(3 * 4 * 4)): void {
    this.#handlers.window?.(record, pixels);
  }

  kill(): void {
    this.killed = true;
    this.end({ reason: 'failure', failure: 'crashed', message: 'capture process was ended by SIGKILL' });
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

export function recordOf(sequence: number): FrameRecord {
  return {
    kind: 'frame',
    sequence,
    capturedAtMs: 1_700_000_000_000 + sequence * 40,
    capturedMonotonicMs: 5000 + sequence * 40,
    mediaTimeMs: sequence * 40,
    sourceSize: { width: 8, height: 4 },
    content: { x: 0, y: 1, width: 4, height: 2 },
  };
}

/** Promises that are ready have acted. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
