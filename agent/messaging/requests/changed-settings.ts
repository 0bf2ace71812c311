// What requests have changed -> a message that tells it, and a file that the next start reads, where that is wanted.

import { readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { CspcamError } from '#common/errors.js';
import { makeFolder } from '#common/make-folder.js';
import type { Part } from '#common/part.js';
import { writeWhole } from '#common/write-file.js';
import type { Settings } from '../../cameras/camera-settings.js';
import type { Config } from '../../config/schema.js';
import type { Log } from '../../telemetry/log.js';
import type { Body } from '../schemas.js';

/** A value, and what the configuration said when it was changed: where that has changed since, it goes before. */
const change = <Value extends z.ZodType>(value: Value) =>
  z.strictObject({ from: value, to: value }).optional();

const kept = z.strictObject({
  schemaVersion: z.literal(1),
  cameras: z.record(
    z.string(),
    z.strictObject({ enabled: change(z.boolean()), minScore: change(z.number().min(0).max(1)) }),
  ),
  logLevel: change(z.enum(['debug', 'info', 'warn', 'error'])),
});

type Kept = z.output<typeof kept>;

/** Who asked, as far as the request says so. */
export type LastChange = NonNullable<Body<'settings'>['lastChange']>;

export interface ChangedSettingsOptions {
  readonly settings: Settings;
  readonly log: Log;
  /** Where changes are kept over a restart, if they are. */
  readonly file: string;
  readonly isKept: boolean;
  /** Told what a score has become, where tracks go by it. */
  readonly onScore: (camera: string) => void;
  readonly tell: (body: Body<'settings'>) => void;
}

/** Started before the cameras are: one that was switched off is not opened first. */
export class ChangedSettings implements Part {
  readonly #options: ChangedSettingsOptions;
  #file: string;
  #isKept: boolean;
  #configured: ReadonlyMap<string, { readonly enabled: boolean; readonly minScore: number }>;
  #configuredLevel: string;
  #lastChange: LastChange | undefined;
  #written = Promise.resolve();

  constructor(options: ChangedSettingsOptions) {
    this.#options = options;
    this.#file = options.file;
    this.#isKept = options.isKept;
    this.#configuredLevel = options.log.level;
    this.#configured = this.#present();
  }

  /** Never fails for what a file says: the configuration is enough to go on with. */
  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { log } = this.#options;
    const file = this.#file;
    const before = this.#isKept ? await this.#read(file) : undefined;
    if (!this.#isKept) this.#inOrder(() => rm(file, { force: true }));
    if (before !== undefined) {
      this.#apply(before);
      log.info({ file, ...this.#body() }, 'settings that requests have changed before');
    }
    this.tell();
  }

  /** To be called after each change. */
  changed(lastChange: LastChange): void {
    this.#lastChange = lastChange;
    this.tell();
    this.#writeSoon();
  }

  /**
   * Goes by another configuration: of what requests have changed, that holds on which is to be kept and of which the
   * configuration says what it said before. Whoever goes by settings reads them anew after it.
   *
   * @param file where changes are kept from now on, if they are; where they were is nothing that a later start could read
   */
  adopt(config: Config, { file, isKept }: Pick<ChangedSettingsOptions, 'file' | 'isKept'>): void {
    const { settings, log } = this.#options;
    const before = isKept ? this.#differences() : undefined;
    settings.adopt(config);
    log.level = config.log.level;
    this.#configured = this.#present();
    this.#configuredLevel = log.level;
    const former = this.#file;
    if (!isKept || file !== former) this.#inOrder(() => rm(former, { force: true }));
    this.#file = file;
    this.#isKept = isKept;
    if (before !== undefined) this.#apply(before);
    this.#writeSoon();
  }

  /** Tells the settings as they are. */
  tell(): void {
    this.#options.tell(this.#body());
  }

  #writeSoon(): void {
    const file = this.#file;
    if (this.#isKept) this.#inOrder(() => this.#write(file));
  }

  #inOrder(work: () => Promise<void>): void {
    const { log } = this.#options;
    this.#written = this.#written
      .then(work)
      .catch((error) => log.warn({ err: error }, 'changed settings cannot be kept'));
  }

  /** What was changed last is on the disk when it resolves. */
  async stop(): Promise<void> {
    await this.#written;
  }

  /** What holds now, by camera. */
  #present(): Map<string, { readonly enabled: boolean; readonly minScore: number }> {
    const { settings } = this.#options;
    return new Map(
      settings.cameras.map((id) => [
        id,
        { enabled: settings.isEnabled(id), minScore: settings.minScore(id) },
      ]),
    );
  }

  #body(): Body<'settings'> {
    return {
      cameras: Object.fromEntries(this.#present()),
      logLevel: this.#options.log.level,
      kept: this.#isKept,
      ...(this.#lastChange && { lastChange: this.#lastChange }),
    };
  }

  async #read(file: string): Promise<Kept | undefined> {
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') this.#ignore(file, error);
      return undefined;
    });
    if (text === undefined) return undefined;
    try {
      return kept.parse(JSON.parse(text));
    } catch (error) {
      this.#ignore(file, error as Error);
      return undefined;
    }
  }

  #ignore(file: string, error: Error): void {
    this.#options.log.warn(
      { err: error, file },
      'settings that were kept cannot be read: the configuration counts',
    );
  }

  #apply({ cameras, logLevel }: Kept): void {
    const { settings, log, onScore } = this.#options;
    for (const [id, { enabled, minScore }] of Object.entries(cameras)) {
      const configured = this.#configured.get(id);
      if (configured === undefined) continue;
      if (enabled?.from === configured.enabled) settings.setEnabled(id, enabled.to);
      if (minScore?.from !== configured.minScore) continue;
      try {
        settings.setMinScore(id, minScore.to);
        onScore(id);
      } catch (error) {
        if (!(error instanceof CspcamError)) throw error;
        log.warn({ err: error, camera: id }, 'a score that was kept does not fit');
      }
    }
    if (logLevel?.from === this.#configuredLevel) log.level = logLevel.to;
  }

  async #write(file: string): Promise<void> {
    await makeFolder(dirname(file), { mode: 0o700 });
    await writeWhole(file, `${JSON.stringify(this.#differences(), null, 2)}\n`);
  }

  #differences(): Kept {
    const { settings, log } = this.#options;
    const cameras = Object.fromEntries(
      [...this.#configured].map(([id, from]) => [
        id,
        {
          ...differs('enabled', from.enabled, settings.isEnabled(id)),
          ...differs('minScore', from.minScore, settings.minScore(id)),
        },
      ]),
    );
    return {
      schemaVersion: 1,
      cameras: cameras as Kept['cameras'],
      ...(differs('logLevel', this.#configuredLevel, log.level) as Pick<Kept, 'logLevel'>),
    };
  }
}

function differs<Value>(key: string, from: Value, to: Value): Record<string, { from: Value; to: Value }> {
  return from === to ? {} : { [key]: { from, to } };
}
