// Failures and answers of the detector -> how it is, for `health`, and log lines that do not repeat themselves.

import type { Log } from '../telemetry/log.js';
import type { DetectorFailure, DetectorHealth } from '../telemetry/reports.js';

export interface DetectorStateOptions {
  readonly log: Pick<Log, 'error' | 'info'>;
  /** A clock that never goes back. */
  readonly nowMs: () => number;
  /** It works no longer, or again, or fails for another reason. */
  readonly onChange: () => void;
}

const WORDS: Readonly<Record<DetectorFailure, string>> = {
  memory: 'the detector has too little memory',
  files: 'the detector cannot be opened: a file of the model is broken',
  hung: 'the detector hung',
  other: 'the detector failed',
};
/** The same failure again, in a row or by turns with success, is told once in so long. */
const QUIET_MS = 600_000;

export class DetectorState {
  readonly #options: DetectorStateOptions;
  #failures = 0;
  #failing: { readonly failure: DetectorFailure; readonly message: string } | undefined;
  #told: { readonly failure: DetectorFailure; readonly atMs: number } | undefined;
  #tellRecovery = false;
  #building: string | undefined;

  constructor(options: DetectorStateOptions) {
    this.#options = options;
  }

  get health(): DetectorHealth {
    return {
      state: this.#failing === undefined ? 'working' : 'failing',
      failures: this.#failures,
      ...(this.#building !== undefined && { building: this.#building }),
      ...this.#failing,
    };
  }

  /** @param words how far an engine is that is being built, which regular reports tell; undefined once it is */
  building(words: string | undefined): void {
    this.#building = words;
  }

  failed(error: Error, failure: DetectorFailure, retryInMs: number): void {
    const { log, nowMs, onChange } = this.#options;
    this.#failures++;
    const isNews = this.#failing?.failure !== failure;
    this.#failing = { failure, message: error.message };
    const isOld = this.#told === undefined || nowMs() - this.#told.atMs >= QUIET_MS;
    if (isOld || this.#told?.failure !== failure) {
      this.#told = { failure, atMs: nowMs() };
      this.#tellRecovery = true;
      log.error({ err: error, failure, failures: this.#failures, retryInMs }, WORDS[failure]);
    }
    if (isNews) onChange();
  }

  recovered(): void {
    this.#failing = undefined;
    if (this.#tellRecovery) this.#options.log.info({ failures: this.#failures }, 'the detector works again');
    this.#tellRecovery = false;
    this.#options.onChange();
  }
}
