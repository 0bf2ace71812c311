// The one contract of everything that is started and stopped, and parts -> one part.

import { CspcamError } from './errors.js';
import { expectWithin } from './time-limit.js';

/** Something of the agent that holds what must be given back: a connection, a process, a thread, a timer. */
export interface Part {
  /**
   * Resolves once the part works, or works in the background. Called once.
   *
   * @param signal aborts a start that takes long; what was opened by then is closed before `start` rejects
   * @throws CspcamError for what no retry can mend; the reason of the signal where it was aborted
   */
  start(signal: AbortSignal): Promise<void>;
  /** Gives everything back. Never started, half started, stopped before: it does no harm. */
  stop(): Promise<void>;
}

/** Each part knows a shorter limit for what it waits for: this one is for a part that is broken. */
const LONGEST_STOP_MS = 2500;

/**
 * Started in their order, stopped in the opposite one; where one does not start, those before it are stopped.
 * What is stopped while it starts begins nothing more, and all of it is closed when `stop` resolves.
 */
export class Parts implements Part {
  readonly #parts: Readonly<Record<string, Part>>;
  readonly #onError: (part: string, error: unknown) => void;
  readonly #started: [name: string, part: Part][] = [];
  readonly #stopped = new AbortController();
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;

  /**
   * @param parts by the names that `onError` gets
   * @param onError told of each part that did not stop, or not in time; the others are stopped all the same
   */
  constructor(parts: Readonly<Record<string, Part>>, onError: (part: string, error: unknown) => void) {
    this.#parts = parts;
    this.#onError = onError;
  }

  start(signal: AbortSignal): Promise<void> {
    this.#starting = this.#start(AbortSignal.any([signal, this.#stopped.signal]));
    return this.#starting;
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #start(signal: AbortSignal): Promise<void> {
    try {
      for (const [name, part] of Object.entries(this.#parts)) {
        signal.throwIfAborted();
        // Noted first, so that a part that fails half-way is stopped too.
        this.#started.push([name, part]);
        await part.start(signal);
      }
      signal.throwIfAborted();
    } catch (error) {
      await this.#stopStarted();
      throw error;
    }
  }

  async #stop(): Promise<void> {
    this.#stopped.abort(new CspcamError('stopped before everything was started'));
    await this.#starting?.catch(() => {});
    await this.#stopStarted();
  }

  async #stopStarted(): Promise<void> {
    for (const [name, part] of this.#started.splice(0).reverse())
      await expectWithin(LONGEST_STOP_MS, part.stop(), 'an end', name)
        .catch((error: unknown) => this.#onError(name, error))
        // Who is told may be what is broken.
        .catch(() => {});
  }
}
