// Frames and a detector -> its answers in the order of the frames, with the next frame at the detector before
// an answer is handed on.

import { setImmediate as others } from 'node:timers/promises';
import { Condition } from '#common/condition.js';
import type { Detector, DetectorResult } from '../../models/runtime/detector.js';
import type { Frame } from '../../pipelines/frame.js';
import type { SecondLook } from './second-look/merge.js';

export type Answered = {
  readonly frame: Frame;
  /** CLOCK_MONOTONIC when the detector got the frame, milliseconds. */
  readonly startedMonotonicMs: number;
} & Answer;

type Answer =
  | { readonly result: DetectorResult; readonly second?: SecondLook | undefined; readonly error?: never }
  | { readonly result?: never; readonly second?: never; readonly error: Error };

export interface InferInOrderOptions {
  readonly detector: Pick<Detector, 'detect' | 'sessions'>;
  /** Gets back the buffers of frames whose answers are not handed on any more. */
  readonly release: (pixels: ArrayBuffer) => void;
  /**
   * Frames that wait at the detector, beside those it works on. With 0 a frame is taken at the last moment, so
   * that it is the newest; with 1 a recording keeps the detector busy through the hand-over.
   */
  readonly ahead: number;
  /** What more is to be seen of a frame whose answer is there; until then no other frame is taken in its place. */
  readonly lookAgain?: LookAgain | undefined;
  /** CLOCK_MONOTONIC, milliseconds. */
  readonly nowMs: () => number;
}

/** @returns nothing where nothing more is to be seen */
export type LookAgain = (
  frame: Omit<Frame, 'pixels'>,
  result: Pick<DetectorResult, 'inferenceMs'>,
) => Promise<SecondLook | undefined>;

/** Ends with the frames; answers of frames before an error of theirs come before it is thrown. */
export async function* inferInOrder(
  frames: AsyncIterable<Frame>,
  { detector, release, ahead, lookAgain, nowMs }: InferInOrderOptions,
): AsyncGenerator<Answered, void, undefined> {
  const source = frames[Symbol.asyncIterator]();
  /** Oldest first. */
  const asked: { frame: Frame; startedMonotonicMs: number; answer: Promise<Answer> }[] = [];
  let unanswered = 0;
  let isReading = false;
  let isOver = false;
  let isGivenUp = false;
  let failure: { readonly error: unknown } | undefined;
  const slotFreed = new Condition();
  const resultReady = new Condition();

  const ask = (frame: Frame) => {
    const startedMonotonicMs = nowMs();
    const answer = detector
      .detect(frame.pixels)
      .then(async (result): Promise<Answer> => ({ result, second: await lookAgain?.(frame, result) }))
      .catch((error: Error): Answer => ({ error }))
      .finally(() => {
        unanswered--;
        slotFreed.notify();
      });
    unanswered++;
    asked.push({ frame, startedMonotonicMs, answer });
    resultReady.notify();
  };

  const read = async () => {
    while (!isGivenUp) {
      const most = detector.sessions + ahead;
      // The second limit is for a listener that is slower than the detector.
      if (unanswered >= most || asked.length >= 2 * most) {
        await slotFreed.wait();
        continue;
      }
      isReading = true;
      const next = await source.next().finally(() => {
        isReading = false;
      });
      if (next.done === true) return;
      if (isGivenUp) release(next.value.pixels);
      else ask(next.value);
    }
  };

  const reading = read()
    .catch((error: unknown) => {
      failure = { error };
    })
    .finally(() => {
      isOver = true;
      resultReady.notify();
    });

  try {
    while (!isOver || asked.length > 0) {
      const oldest = asked[0];
      if (oldest === undefined) {
        await resultReady.wait();
        continue;
      }
      const answer = await oldest.answer;
      // A frame that is there goes to the detector first: telling takes longer than asking.
      await others();
      const { frame, startedMonotonicMs } = asked.shift()!;
      slotFreed.notify();
      yield { frame, startedMonotonicMs, ...answer };
    }
    if (failure !== undefined) throw failure.error;
  } finally {
    isGivenUp = true;
    slotFreed.notify();
    for (const { answer } of asked) void answer.then(({ result }) => result && release(result.pixels));
    const closed = Promise.all([source.return?.(), reading]);
    // A camera without a frame would hold up the end.
    if (isReading) closed.catch(() => {});
    else await closed;
  }
}
