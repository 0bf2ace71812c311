// "Read the configuration anew", however often and whenever it is said -> one reload after the other, and how the last one went.

import { CspcamError } from '#common/errors.js';
import type { Part } from '#common/part.js';
import { redactText } from '#common/redact.js';
import { settledWithin } from '#common/time-limit.js';
import type { ReadSetup, Setup } from '../inference/setup.js';
import type { Log } from '../telemetry/log.js';
import type { ConfigurationState } from '../telemetry/reports.js';

export interface ReloadsOptions {
  /** Reads and checks the file; throws for what cannot run. */
  readonly read: () => Promise<ReadSetup>;
  /**
   * Has all parts go by another setup.
   *
   * @returns what was done, in words
   * @throws where it cannot be: then nothing is other than before
   */
  readonly apply: (setup: Setup, signal: AbortSignal) => Promise<string>;
  /** Is told before and after each: a service manager wants to know, and `health` tells it. */
  readonly onReload: (phase: 'begun' | 'over') => void;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Of the reason for a refusal: a file may have a hundred mistakes. */
const MOST_LINES = 5;
const MOST_CHARACTERS = 1000;
const STOP_MS = 1000;

/**
 * Begins nothing before the agent has started. Who asks during a reload gets one of his own after it, for the file may
 * have changed since it was read; all who ask meanwhile share that one.
 */
export class Reloads implements Part {
  readonly #options: ReloadsOptions;
  readonly #stopped = new AbortController();
  #start = () => {};
  readonly #started = new Promise<void>((resolve) => {
    this.#start = resolve;
  });
  #state: ConfigurationState;
  #present: Promise<unknown> = Promise.resolve();
  #waiting: Promise<string> | undefined;

  constructor(options: ReloadsOptions) {
    this.#options = options;
    this.#state = { loadedAtMs: options.now() };
  }

  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#start();
  }

  /** Breaks off what is being done. Waits a second for it at most: a network that is being opened is left to itself. */
  async stop(): Promise<void> {
    this.#stopped.abort(new CspcamError('expected an agent that goes on, received its end'));
    this.#start();
    await settledWithin(STOP_MS, this.#present);
  }

  get state(): ConfigurationState {
    return this.#state;
  }

  /** @returns what was done, in words. @throws the reason where the file is refused; it has been logged */
  reload(): Promise<string> {
    this.#waiting ??= this.#afterPresent();
    return this.#waiting;
  }

  async #afterPresent(): Promise<string> {
    await this.#started;
    await this.#present;
    this.#waiting = undefined;
    const reload = this.#reload();
    this.#present = reload.catch(() => {});
    return reload;
  }

  async #reload(): Promise<string> {
    const { read, apply, onReload, log, now } = this.#options;
    const { signal } = this.#stopped;
    signal.throwIfAborted();
    onReload('begun');
    try {
      const { setup, warnings } = await read();
      signal.throwIfAborted();
      for (const warning of warnings) log.warn(warning);
      const done = await apply(setup, signal);
      this.#state = { loadedAtMs: now() };
      log.info(`reloaded: ${done}`);
      return done;
    } catch (error) {
      if (signal.aborted) throw error;
      this.#state = { ...this.#state, refused: { atMs: now(), why: reasonOf(error) } };
      log.error({ err: error }, 'the configuration is refused: the one before goes on');
      throw error;
    } finally {
      onReload('over');
    }
  }
}

/** One line, without secrets. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const lines = redactText(message).split(/[\r\n]+/);
  const more = lines.length > MOST_LINES ? [`and ${lines.length - MOST_LINES} more`] : [];
  return [...lines.slice(0, MOST_LINES), ...more].join('; ').slice(0, MOST_CHARACTERS);
}
