// Frames -> detector -> boxes in source pixels -> whoever listens. `run`, `detect`, `demo` and `models eval`
// share this path and swap only where frames come from and where results go.
//
// The whole way of a frame in the daemon:
//   pipelines/capture/child.ts        GStreamer -> pixels, in a process of their own
//   agent/cameras/cameras.ts          the newest frame of each camera
//   agent/inference/infer-in-order.ts a frame to each free session of the detector, answers in order
//   agent/inference/second-look       where there is time to spare, a part of it at its own size
//   models/runtime/infer.ts           pixels -> tensor -> network -> decode -> suppression -> boxes of the input
//   here                              boxes of the input -> source pixels; the labels and places that a camera wants
//   agent/analytics/analytics.ts      tracks; events and counts of zones and lines; pictures
//   agent/telemetry/reporter.ts       what is reported of the frame, and its times
//   agent/messaging/announcements.ts  -> messages -> publisher.ts, events by the outbox -> the broker

import { monotonicMs } from '#common/clock.js';
import { toSource } from '../../models/decode/boxes.js';
import type { Detection } from '../../models/detection.js';
import type { Detector } from '../../models/runtime/detector.js';
import type { Frame } from '../../pipelines/frame.js';
import { inferInOrder, type LookAgain } from './infer-in-order.js';
import { mergeLooks, type SecondLook } from './second-look/merge.js';

/** A frame without its pixels, which are given back. */
export type FrameInfo = Omit<Frame, 'pixels'>;

/** A frame and what the detector found on it; its pixels are valid until the listener has returned. */
export interface FrameResult {
  readonly frame: Frame;
  /** In source pixels, best score first. */
  readonly sourceDetections: readonly Detection[];
  /** CLOCK_MONOTONIC when the detector got the frame, milliseconds. */
  readonly startedMonotonicMs: number;
  readonly inferenceMs: number;
  readonly decodeMs: number;
  /** Parts of it that were seen at their own size. */
  readonly second?: SecondLook;
}

export interface FramePathOptions {
  readonly detector: Pick<Detector, 'detect' | 'sessions'>;
  /** Gets each buffer back. */
  readonly release: (pixels: ArrayBuffer) => void;
  readonly onResult: (result: FrameResult) => void | Promise<void>;
  /** A frame that the detector failed on; throw to end the path. */
  readonly onFailure: (frame: Frame, error: Error) => void;
  /** Frames that wait at the detector: 0, the default, for cameras; 1 for recordings, which cannot get old. */
  readonly ahead?: number;
  /** What more is to be seen of a frame; default nothing. */
  readonly lookAgain?: LookAgain;
  /** Which detections, in source pixels, are wanted of a frame; default all. */
  readonly wants?: (frame: FrameInfo, detection: Detection) => boolean;
}

/** Ends with the frames. */
export async function followFrames(frames: AsyncIterable<Frame>, options: FramePathOptions): Promise<void> {
  const { detector, release, onResult, onFailure, wants = () => true, ahead = 0, lookAgain } = options;
  const answered = inferInOrder(frames, { detector, release, ahead, lookAgain, nowMs: monotonicMs });
  for await (const { frame, startedMonotonicMs, result, second, error } of answered) {
    if (result === undefined) {
      onFailure(frame, error);
      continue;
    }
    const { inputBoxes, pixels, inferenceMs, decodeMs } = result;
    // Spread would leave the scores in V8's old space, for nothing but whole collections to take.
    const whole = inputBoxes.map(({ label, classIndex, score, box }): Detection => {
      return { label, classIndex, score, box: toSource(box, frame) };
    });
    const all = second === undefined ? whole : mergeLooks(whole, second.windows, frame.sourceSize);
    const sourceDetections = all.filter((detection) => wants(frame, detection));
    await onResult({
      frame: { ...frame, pixels },
      sourceDetections,
      startedMonotonicMs,
      inferenceMs,
      decodeMs,
      ...(second && { second }),
    });
    release(pixels);
  }
}
