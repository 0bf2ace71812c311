// The one contract of everything that is started and stopped, and parts -> one part.

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

/** Started in their order, stopped in the opposite one; where one does not start, those before it are stopped. */
export class Parts implements Part {
  readonly #parts: readonly Part[];
  readonly #onError: (error: unknown) => void;
  readonly #started: Part[] = [];
  #stopping: Promise<void> | undefined;

  /** @param onError told of each part that did not stop; the others are stopped all the same */
  constructor(parts: readonly Part[], onError: (error: unknown) => void) {
    this.#parts = parts;
    this.#onError = onError;
  }

  async start(signal: AbortSignal): Promise<void> {
    try {
      for (const part of this.#parts) {
        signal.throwIfAborted();
        // First, so that a part that fails half-way is stopped too.
        this.#started.push(part);
        await part.start(signal);
      }
      signal.throwIfAborted();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    for (const part of this.#started.splice(0).reverse()) await part.stop().catch(this.#onError);
  }
}
