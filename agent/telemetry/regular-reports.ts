// Intervals -> statistics and health, reported again and again between start and stop.

import type { Part } from '#common/part.js';
import type { Log } from './log.js';
import type { LoadReader } from './machine-load.js';
import type { Reporter } from './reporter.js';

export interface RegularReportsOptions {
  readonly reporter: Pick<Reporter, 'stats' | 'health'>;
  readonly load: Pick<LoadReader, 'read'>;
  readonly log: Pick<Log, 'warn'>;
  readonly statsEveryMs: number;
}

const HEALTH_EVERY_MS = 60_000;

export class RegularReports implements Part {
  readonly #options: RegularReportsOptions;
  readonly #timers: NodeJS.Timeout[] = [];
  #stopped = false;

  constructor(options: RegularReportsOptions) {
    this.#options = options;
  }

  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { reporter, statsEveryMs } = this.#options;
    reporter.health();
    this.#timers.push(
      setInterval(() => this.#stats(), statsEveryMs),
      setInterval(() => reporter.health(), HEALTH_EVERY_MS),
    );
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
  }

  #stats(): void {
    const { load, reporter, log } = this.#options;
    load.read().then(
      (reading) => {
        if (!this.#stopped) reporter.stats(reading);
      },
      (error: Error) => log.warn({ err: error }, 'load of the machine cannot be read'),
    );
  }
}
