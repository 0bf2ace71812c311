// Messages that must not be lost -> the outbox in the folder that the configuration names now, with what waited in the one before.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Part } from '#common/part.js';
import type { Config } from '../../config/schema.js';
import type { Log } from '../../telemetry/log.js';
import { expectWritable } from './disk-probe.js';
import { Outbox, type OutboxOptions, type OutboxReport } from './outbox.js';

export interface MovableOutboxOptions extends Pick<OutboxOptions, 'send' | 'now'> {
  /** For what must survive a restart. */
  readonly folder: string;
  /** Asked again and again: a reload may change them. */
  readonly limits: () => Config['mqtt']['outbox'];
  readonly log: Pick<Log, 'error' | 'info' | 'warn'>;
}

/** Within `folder`. */
const OUTBOX = 'outbox';
/** Names the folder in the configuration. */
const WHERE = 'mqtt.outbox.directory';

export class MovableOutbox implements Part {
  readonly #options: MovableOutboxOptions;
  #folder: string;
  #present: Outbox;
  #isConnected = false;

  constructor(options: MovableOutboxOptions) {
    this.#options = options;
    this.#folder = options.folder;
    this.#present = this.#make(options.folder);
  }

  /** @throws CspcamError where another agent has the folder */
  start(signal: AbortSignal): Promise<void> {
    return this.#present.start(signal);
  }

  stop(): Promise<void> {
    return this.#present.stop();
  }

  get report(): OutboxReport {
    return this.#present.report;
  }

  put(topic: string, payload: string): void {
    this.#present.put(topic, payload);
  }

  connected(): void {
    this.#isConnected = true;
    this.#present.connected();
  }

  disconnected(): void {
    this.#isConnected = false;
    this.#present.disconnected();
  }

  /**
   * An outbox in another folder, open beside the present one; nothing where it is the same.
   *
   * @throws CspcamError where another agent has it, or it cannot be written: what waits is to survive the move
   */
  async openIn(folder: string, signal: AbortSignal): Promise<Outbox | undefined> {
    if (folder === this.#folder) return undefined;
    const outbox = this.#make(folder);
    try {
      expectWritable(join(folder, OUTBOX), WHERE);
      await outbox.start(signal);
      return outbox;
    } catch (error) {
      await outbox.stop();
      throw error;
    }
  }

  /**
   * At once for whoever puts something in; the folder before goes where all of it is on the disk of the other one.
   *
   * @param outbox as `openIn` gave it
   */
  async moveTo(folder: string, outbox: Outbox): Promise<void> {
    const [before, left] = [this.#present, join(this.#folder, OUTBOX)];
    const isAll = outbox.takeOver(before);
    this.#present = outbox;
    this.#folder = folder;
    if (this.#isConnected) outbox.connected();
    await before.stop();
    if (isAll) await rm(left, { recursive: true, force: true }).catch(() => {});
    else this.#options.log.warn({ left }, 'not all events could be moved: the folder before stays as it was');
  }

  #make(folder: string): Outbox {
    const { limits, log, send, now } = this.#options;
    return new Outbox({
      directory: join(folder, OUTBOX),
      where: WHERE,
      get maxBytes() {
        return limits().maxMegabytes * 1e6;
      },
      get maxAgeMs() {
        return limits().maxAgeHours * 3_600_000;
      },
      get replayPerSecond() {
        return limits().replayPerSecond;
      },
      send,
      now,
      onDisk: (failure) => {
        if (failure === undefined) log.info('the outbox works again');
        else
          log.error({ err: failure }, 'the outbox goes on without its folder: a crash now would lose events');
      },
      onLoss: (loss) => log.warn(loss, 'events were given up: too old, or no room or no disk for them'),
    });
  }
}
