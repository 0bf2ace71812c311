// A part, and another one in its place while everything else runs on -> one part.

import type { Part } from './part.js';

/** Makes the part that is wanted now, not started; nothing where none is. */
type Make = () => Part | undefined;

/** Replacements come one after the other: who asks waits for the one before. */
export class Replaceable implements Part {
  readonly #stopped = new AbortController();
  #make: Make;
  #part: Part | undefined;

  constructor(make: Make) {
    this.#make = make;
  }

  async start(signal: AbortSignal): Promise<void> {
    await this.#start(this.#make, AbortSignal.any([signal, this.#stopped.signal]));
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#part?.stop();
  }

  /**
   * Stops the part and starts what is wanted in its place; where that does not start, one as before is started again.
   *
   * @param isBeside the new one can start while the one before runs, which goes on where it does not
   * @throws whatever the start of the new one throws
   */
  async replace(make: Make, signal: AbortSignal, { isBeside = false } = {}): Promise<void> {
    const either = AbortSignal.any([signal, this.#stopped.signal]);
    either.throwIfAborted();
    if (isBeside) return this.#replaceBeside(make, either);
    await this.#part?.stop();
    this.#part = undefined;
    try {
      await this.#start(make, either);
    } catch (error) {
      if (!either.aborted) await this.#start(this.#make, either);
      throw error;
    }
    this.#make = make;
  }

  async #replaceBeside(make: Make, signal: AbortSignal): Promise<void> {
    const before = this.#part;
    const next = make();
    try {
      await next?.start(signal);
    } catch (error) {
      await next?.stop();
      throw error;
    }
    this.#part = next;
    this.#make = make;
    await before?.stop();
    // Whoever stopped this meanwhile stopped the one before.
    if (this.#stopped.signal.aborted) await next?.stop();
  }

  async #start(make: Make, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#part = make();
    await this.#part?.start(signal);
  }
}
