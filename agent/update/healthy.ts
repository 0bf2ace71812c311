// What a unit was before and looks at it afterwards -> wait, healthy, or why the change has to be taken back. Pure.

import { readWords } from '../service/read-words.js';

/** A unit of systemd at one moment. */
export interface Look {
  /** Of systemd: active, activating, reloading, failed, ... */
  readonly activeState: string;
  readonly restarts: number;
  /** Of the daemon's process; 0 where there is none. */
  readonly pid: number;
  /** What the agent says of itself in `systemctl status`. */
  readonly words: string;
}

/** What a unit could do before the change: as much is asked of it afterwards. */
export interface Before {
  readonly unit: string;
  readonly running: number;
  readonly isInferring: boolean;
  readonly isDetectorFailing: boolean;
  /** It has refused a configuration that was put back since: it says so until it has read the other one. */
  readonly isRefusing?: true;
}

export interface Limits {
  /** How long all must be well without a break. */
  readonly healthyMs: number;
  /** From the change until the unit is active. */
  readonly startMs: number;
  /** How long it may be active, and all is not well yet or no longer. */
  readonly unwellMs: number;
}

export type Verdict =
  | { readonly is: 'waiting'; readonly healthyMs: number; readonly why: string }
  | { readonly is: 'healthy' }
  | { readonly is: 'failed'; readonly why: string };

/** A start has 90 s, and the agent asks for more while it opens a network: scripts/install waits as long. */
export const USUAL_LIMITS: Omit<Limits, 'healthyMs'> = { startMs: 900_000, unwellMs: 300_000 };

/** A unit that is to run is started by then, or nobody starts it. */
const INACTIVE_MS = 60_000;

/** @returns nothing for a unit that does not run: nobody could say what it was able to do */
export function beforeOf(unit: string, { activeState, words }: Look): Before | undefined {
  if (activeState !== 'active' && activeState !== 'reloading') return undefined;
  const { running = 0, framesPerSecond = 0, isDetectorFailing } = readWords(words);
  return { unit, running, isInferring: running > 0 && framesPerSecond > 0, isDetectorFailing };
}

/** One unit after a change, look by look; a time is milliseconds of a clock that never goes back. */
export class HealthWatch {
  readonly #before: Before;
  readonly #limits: Limits;
  readonly #sinceMs: number;
  #pid: number | undefined;
  #activeMs: number | undefined;
  #wellSinceMs: number | undefined;
  #unwellMs = 0;
  #lookedMs: number;

  constructor(before: Before, limits: Limits, nowMs: number) {
    this.#before = before;
    this.#limits = limits;
    this.#sinceMs = nowMs;
    this.#lookedMs = nowMs;
  }

  look(look: Look, nowMs: number): Verdict {
    const { healthyMs, startMs, unwellMs } = this.#limits;
    const sinceLastMs = nowMs - this.#lookedMs;
    this.#lookedMs = nowMs;
    const failure = this.#failure(look, nowMs - this.#sinceMs);
    if (failure !== undefined) return { is: 'failed', why: failure };
    const isActive = look.activeState === 'active';
    if (isActive) this.#activeMs ??= nowMs;
    if (this.#activeMs === undefined && nowMs - this.#sinceMs > startMs)
      return { is: 'failed', why: `not active ${seconds(startMs)} after the change` };
    const why = this.#whyUnwell(look);
    if (why === undefined) {
      this.#wellSinceMs ??= nowMs;
      this.#unwellMs = 0;
      const wellMs = nowMs - this.#wellSinceMs;
      return wellMs >= healthyMs ? { is: 'healthy' } : { is: 'waiting', healthyMs: wellMs, why: look.words };
    }
    this.#wellSinceMs = undefined;
    if (this.#activeMs !== undefined) this.#unwellMs += sinceLastMs;
    return this.#unwellMs > unwellMs
      ? { is: 'failed', why: `${why}, for ${seconds(unwellMs)}` }
      : { is: 'waiting', healthyMs: 0, why };
  }

  /** What no waiting mends. */
  #failure({ activeState, restarts, pid, words }: Look, sinceMs: number): string | undefined {
    if (activeState === 'failed') return 'it failed';
    // Not started yet, as while the machine starts, or between two of its lives.
    if (activeState === 'inactive' && (this.#activeMs !== undefined || sinceMs > INACTIVE_MS))
      return 'it does not run';
    if (restarts > 0) return 'it ended by itself and was started again';
    const { refusal } = readWords(words);
    if (refusal !== undefined && !this.#before.isRefusing) return `it refused the configuration: ${refusal}`;
    if (activeState !== 'active' || pid === 0) return undefined;
    this.#pid ??= pid;
    return pid === this.#pid ? undefined : 'its process is another one';
  }

  #whyUnwell({ activeState, words }: Look): string | undefined {
    if (activeState !== 'active') return `it is ${activeState}`;
    const told = readWords(words);
    if (told.refusal !== undefined) return `it refuses the configuration: ${told.refusal}`;
    if (told.isDetectorFailing && !this.#before.isDetectorFailing) return 'its detector fails';
    const { running = 0, framesPerSecond } = told;
    if (running < this.#before.running)
      return `${running} of the ${this.#before.running} cameras run that ran before`;
    if (this.#before.isInferring && !(framesPerSecond !== undefined && framesPerSecond > 0))
      return 'no frames are inferred';
    return undefined;
  }
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
