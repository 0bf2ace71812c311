// Setup -> the running daemon as one part, and another setup in its place while it runs.

import { untilAborted } from '#common/condition.js';
import { expected } from '#common/errors.js';
import { type Part, Parts } from '#common/part.js';
import type { FrameLoop } from './inference/frame-loop.js';
import { type PartsInput, partsOf } from './parts.js';
import { apply } from './reload/apply.js';
import { Reloads, type ReloadsOptions } from './reload/reloads.js';
import type { Supervision } from './service/supervision.js';

export interface AgentOptions extends Omit<PartsInput, 'reload' | 'configuration'> {
  /** Reads the configuration anew; without it there is nothing to be reloaded. */
  readonly read?: ReloadsOptions['read'];
}

/** All of the daemon as one part. */
export class Agent implements Part {
  readonly #parts: Parts;
  readonly #frames: FrameLoop;
  readonly #reloads: Reloads;
  readonly #supervision: Supervision;
  #break: (error: unknown) => void = () => {};
  readonly #broken = new Promise<never>((_, reject) => {
    this.#break = reject;
  });

  constructor({ read = nothingToRead, ...options }: AgentOptions) {
    const { log } = options;
    // Whoever waits for the end sees it.
    this.#broken.catch(() => {});
    const parts = partsOf({
      ...options,
      reload: () => this.reload(),
      configuration: () => this.#reloads.state,
    });
    this.#frames = parts.inOrder.frames;
    this.#supervision = parts.inOrder.supervision;
    this.#reloads = new Reloads({
      read,
      apply: (setup, signal) => apply(parts, setup, this.#break, signal),
      onReload: (phase) => {
        if (phase === 'begun') return;
        const { refused } = this.#reloads.state;
        this.#supervision.remark(refused && `configuration refused: ${refused.why}`);
        parts.tellInfo();
        parts.reporter.health();
      },
      log,
      now: Date.now,
    });
    this.#parts = new Parts({ ...parts.inOrder, reloads: this.#reloads }, (part, error) =>
      log.warn({ err: error, part }, 'did not stop'),
    );
  }

  /** Resolves once cameras are being opened. @throws CspcamError for what no retry can mend */
  start(signal: AbortSignal): Promise<void> {
    return this.#parts.start(signal);
  }

  /**
   * Resolves when every source has ended, the agent was stopped, or the signal aborts.
   *
   * @throws whatever the frame path throws, for without it the agent would live on blind; and what broke a reload half-way
   */
  async ended(signal: AbortSignal): Promise<void> {
    await Promise.race([this.#frames.ended(), untilAborted(signal), this.#broken]);
  }

  /**
   * Reads the configuration anew and goes by it; at any time, after the start at the earliest.
   *
   * @returns what was done, in words
   * @throws CspcamError where the file is refused: then the one before goes on, and `health` says why
   */
  reload(): Promise<string> {
    return this.#supervision.reloading(() => this.#reloads.reload());
  }

  /** Ends everything within 3 s; no process is left and `state` is offline. */
  stop(): Promise<void> {
    return this.#parts.stop();
  }
}

async function nothingToRead(): Promise<never> {
  throw expected('an agent of a configuration file', 'a reload', 'one without');
}
