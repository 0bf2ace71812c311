// An energy meter that wants to be read all the time -> joules between two moments.

import type { EnergyMeter } from './energy.js';
import { pause } from './interrupted.js';

const EVERY_MS = 200;

export class Metering {
  readonly #meter: EnergyMeter;
  readonly #nowMs: () => number;
  #timer: NodeJS.Timeout | undefined;
  #last: Promise<number> = Promise.resolve(0);

  constructor(meter: EnergyMeter, nowMs: () => number) {
    this.#meter = meter;
    this.#nowMs = nowMs;
  }

  get source(): string {
    return this.#meter.source;
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.joules(), EVERY_MS).unref();
  }

  /** Since the meter was found. One reading after the other: each counts from the one before. */
  joules(): Promise<number> {
    this.#last = this.#last.then(() => this.#meter.read(this.#nowMs()));
    return this.#last;
  }

  /** Mean power of the next so many milliseconds. @throws CspcamError where it was interrupted */
  async watts(ms: number, signal: AbortSignal): Promise<number> {
    const [beforeMs, before] = [this.#nowMs(), await this.joules()];
    await pause(ms, signal);
    return ((await this.joules()) - before) / ((this.#nowMs() - beforeMs) / 1000);
  }

  /** Safe to call twice. */
  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
