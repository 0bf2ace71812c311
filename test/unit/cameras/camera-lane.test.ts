// A camera opened, closed and opened again -> one stream of frames.

import { expect, test } from 'vitest';
import { CameraLane, type OpenedCamera } from '../../../agent/cameras/camera-lane.js';
import type { CameraStatus } from '../../../pipelines/capture/camera.js';
import type { Frame } from '../../../pipelines/frame.js';

/** Fake: gives numbered frames until it is closed or has given `frames`, then counts as ended. */
class FakeCamera implements OpenedCamera {
  status: CameraStatus = { state: 'stopped' };
  readonly counters = { captured: 0, dropped: 0, restarts: 2 };
  readonly #first: number;
  readonly #frames: number;
  #closed = false;

  constructor(first: number, frames = Number.POSITIVE_INFINITY) {
    this.#first = first;
    this.#frames = frames;
  }

  start(): void {
    this.status = { state: 'running' };
  }

  async *frames(signal: AbortSignal) {
    for (let i = 0; i < this.#frames; i++) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (this.#closed || signal.aborted) return;
      yield { sequence: this.#first + i } as Frame;
    }
    this.status = { state: 'ended' };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.status = { state: 'stopped' };
  }
}

test('frames go on over closing and opening; a second opening changes nothing', async () => {
  let opened = 0;
  const lane = new CameraLane('door', () => new FakeCamera(1000 * opened++));
  const stop = new AbortController();
  lane.open();
  lane.open();
  const seen: number[] = [];
  for await (const { sequence } of lane.frames(stop.signal)) {
    seen.push(sequence);
    if (seen.length === 3) {
      await lane.close();
      expect(lane.isOpen).toBe(false);
      setTimeout(() => lane.open(), 5);
    }
    if (seen.length === 6) stop.abort();
  }
  expect(seen).toEqual([0, 1, 2, 1000, 1001, 1002]);
  expect([opened, lane.restarts]).toEqual([2, 4]);
});

test('the end of a recording ends it; a lane that is not open waits for its end', async () => {
  const recording = new CameraLane('door', () => new FakeCamera(0, 2));
  recording.open();
  const seen: number[] = [];
  for await (const { sequence } of recording.frames(new AbortController().signal)) seen.push(sequence);
  expect(seen).toEqual([0, 1]);

  const closed = new CameraLane('shed', () => new FakeCamera(0));
  setTimeout(() => closed.end(), 5);
  for await (const _ of closed.frames(new AbortController().signal)) seen.push(-1);
  closed.open();
  expect([seen.length, closed.isOpen]).toEqual([2, false]);
});
