// What the agent is at -> told to the service manager: ready, alive, stopping, and in words.

import type { Clock } from '#common/clock.js';
import type { Part } from '#common/part.js';
import { plainText } from '#common/plain-text.js';
import { withoutSecrets } from '#common/secrets.js';
import type { CameraStatus } from '../../pipelines/capture/camera-options.js';
import type { Log } from '../telemetry/log.js';
import { isReady, mayTakeLonger, type Progress, whyStuck } from './readiness.js';
import type { ServiceManager } from './service-manager.js';
import { steadyRate, wordsOf } from './words.js';
import type { Work } from './work.js';

export interface SupervisionOptions {
  /** Without one nothing happens. */
  readonly manager: ServiceManager | undefined;
  readonly work: Work;
  /** The network is being opened, for the first time or anew. */
  readonly isOpening: () => boolean;
  /** What of it takes long, in words. */
  readonly building?: () => string | undefined;
  readonly cameras: () => ReadonlyMap<string, CameraStatus>;
  readonly isConnected: () => boolean;
  readonly clock: Clock;
  readonly log: Pick<Log, 'error'>;
}

const LOOK_EVERY_MS = 1000;
/** Rates are means over so many looks. */
const LOOKS = 10;
/** How long the manager shall go on waiting for a start from each time that it is told. */
const EXTENSION_US = 30_000_000;
const EXTEND_EVERY_MS = 10_000;

/**
 * Starts first and stops last. Its timer is on the main thread: one that is blocked, or stopped by a signal, feeds no
 * watchdog.
 */
export class Supervision implements Part {
  readonly #options: SupervisionOptions;
  #cancel = () => {};
  #isReady = false;
  #isStopping = false;
  #startedMs: number | undefined;
  #openingMs: number | undefined;
  #connectedMs: number | undefined;
  #fedMs = Number.NEGATIVE_INFINITY;
  #extendedMs = Number.NEGATIVE_INFINITY;
  #isStuck = false;
  #words: string | undefined;
  #rate: number | undefined;
  #remark: string | undefined;
  /** Frames inferred at each look since a while, oldest first. */
  readonly #looks: { readonly atMs: number; readonly frames: number }[] = [];

  constructor(options: SupervisionOptions) {
    this.#options = options;
  }

  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#options.manager === undefined) return;
    // Of the whole run, not only of the start: it is what everybody else begins to stop at.
    signal.addEventListener('abort', () => this.#stopping(), { once: true });
    this.#look();
  }

  async stop(): Promise<void> {
    this.#stopping();
  }

  /** Every part has been started. */
  started(): void {
    this.#startedMs = this.#options.clock.nowMs();
    if (this.#options.manager !== undefined) this.#lookNow();
  }

  /** Shown with the rest until it is taken back, for example why a configuration was refused. */
  remark(text: string | undefined): void {
    this.#remark = text;
  }

  /** `systemctl reload` shows as long as the work takes. */
  async reloading<Value>(reload: () => Promise<Value>): Promise<Value> {
    const { manager } = this.#options;
    // One that starts is not ready for having read its configuration anew.
    if (manager === undefined || !this.#isReady) return reload();
    manager.tell('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`);
    try {
      return await reload();
    } finally {
      manager.tell('READY=1');
    }
  }

  #stopping(): void {
    this.#cancel();
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#options.manager?.tell('STOPPING=1', 'STATUS=stopping');
  }

  #look(): void {
    if (this.#isStopping) return;
    this.#cancel = this.#options.clock.after(LOOK_EVERY_MS, () => this.#look());
    this.#lookNow();
  }

  #lookNow(): void {
    const { manager, log } = this.#options;
    const progress = this.#progress();
    const reason = whyStuck(progress);
    // Said once: the manager acts, and says so itself.
    if (reason !== undefined && !this.#isStuck) log.error(`work does not go on: ${reason}`);
    this.#isStuck = reason !== undefined;
    if (!this.#isReady && isReady(progress)) this.#isReady = manager!.tell('READY=1');
    this.#tellWords(progress);
    if (!this.#isStuck) this.#tellAlive(progress);
  }

  #progress(): Progress {
    const { work, isOpening, cameras, isConnected, clock } = this.#options;
    const nowMs = clock.nowMs();
    const since = (ms: number | undefined) => (ms === undefined ? undefined : nowMs - ms);
    this.#openingMs = isOpening() ? (this.#openingMs ?? nowMs) : undefined;
    if (this.#openingMs !== undefined) work.excuse();
    if (isConnected()) this.#connectedMs = nowMs;
    return {
      startedMs: since(this.#startedMs),
      openingMs: since(this.#openingMs),
      frames: work.frames,
      waitingMs: work.waitingMs,
      failures: work.failures,
      failingMs: work.failingMs,
      cameras: cameras(),
      isConnected: this.#connectedMs === nowMs,
    };
  }

  #tellWords({ cameras, isConnected, startedMs, openingMs }: Progress): void {
    const { manager, work, clock } = this.#options;
    const awaySinceMs = this.#connectedMs ?? this.#startedMs ?? 0;
    const words =
      startedMs === undefined
        ? openingMs === undefined
          ? 'starting'
          : (this.#options.building?.() ?? 'opening the network')
        : wordsOf({
            cameras,
            brokerAwayMs: isConnected ? undefined : clock.nowMs() - awaySinceMs,
            framesPerSecond: this.#framesPerSecond(),
            failures: work.failures,
            remark: this.#remark,
          });
    if (words === this.#words) return;
    // One line, whoever wrote the reasons in it.
    const line = withoutSecrets(plainText(words)).replace(/\s+/g, ' ');
    if (manager!.tell(`STATUS=${line}`)) this.#words = words;
  }

  #tellAlive(progress: Progress): void {
    const { manager, clock } = this.#options;
    const nowMs = clock.nowMs();
    const { watchdogMs } = manager!;
    if (!this.#isReady) {
      if (!mayTakeLonger(progress) || nowMs - this.#extendedMs < EXTEND_EVERY_MS) return;
      if (manager!.tell(`EXTEND_TIMEOUT_USEC=${EXTENSION_US}`)) this.#extendedMs = nowMs;
    } else if (watchdogMs !== undefined && nowMs - this.#fedMs >= watchdogMs / 3) {
      if (manager!.tell('WATCHDOG=1')) this.#fedMs = nowMs;
    }
  }

  #framesPerSecond(): number | undefined {
    const { work, clock } = this.#options;
    const now = { atMs: clock.nowMs(), frames: work.frames };
    this.#looks.push(now);
    if (this.#looks.length > LOOKS + 1) this.#looks.shift();
    const [oldest] = this.#looks;
    if (this.#looks.length <= LOOKS || work.frames === 0) return undefined;
    this.#rate = steadyRate(this.#rate, (1000 * (now.frames - oldest!.frames)) / (now.atMs - oldest!.atMs));
    return this.#rate;
  }
}
