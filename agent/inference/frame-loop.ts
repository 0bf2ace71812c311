// Frames of the cameras -> followed from start to stop. Frames that end though nobody asked for it are an error.

import type { Part } from '#common/part.js';
import { settledWithin } from '#common/time-limit.js';
import type { Frame } from '../../pipelines/frame.js';
import { type FramePathOptions, followFrames } from './frame-path.js';
import { HopelessDetector } from './supervised-detector.js';

export interface FrameLoopOptions extends FramePathOptions {
  readonly frames: (signal: AbortSignal) => AsyncIterable<Frame>;
  /** Whether no source will ever give a frame again: only then may the frames end by themselves. */
  readonly isOver: () => boolean;
}

/** For frames that the detector has: a healthy one answers sooner, and a hanging one is closed after this. */
const LAST_ANSWERS_MS = 300;

export class FrameLoop implements Part {
  readonly #options: FrameLoopOptions;
  readonly #stopped = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: FrameLoopOptions) {
    this.#options = options;
  }

  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#running = this.#run();
    // Whoever calls ended() sees it; until then it must not end the process.
    this.#running.catch(() => {});
  }

  /**
   * Resolves when every source has ended, or after `stop()`.
   *
   * @throws whatever the frame path throws: there is no going on without it
   */
  async ended(): Promise<void> {
    await this.#running;
  }

  /** No result is handed on any more. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    if (this.#running !== undefined) await settledWithin(LAST_ANSWERS_MS, this.#running);
  }

  async #run(): Promise<void> {
    const { frames, isOver, onResult, onFailure, ...path } = this.#options;
    const { signal } = this.#stopped;
    await followFrames(frames(signal), {
      ...path,
      onResult: async (result) => {
        if (!signal.aborted) await onResult(result);
      },
      onFailure: (frame, error) => {
        if (error instanceof HopelessDetector) throw error;
        if (!signal.aborted) onFailure(frame, error);
      },
    });
    if (!signal.aborted && !isOver())
      throw new Error('the frames of the cameras ended, though cameras are open');
  }
}
