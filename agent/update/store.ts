// The folder of updates, root's alone: packages to go back to, the update that is under way, and how the last one ended.

import { constants } from 'node:fs';
import {
  chmod,
  copyFile,
  lstat,
  mkdir,
  open,
  readFile,
  rename,
  rm,
  stat,
  statfs,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { expected } from '#common/errors.js';
import { type FolderLock, lockFolder } from '#common/folder-lock.js';
import { namesIn } from '#common/kernel-files.js';
import { writeWhole } from '#common/write-file.js';
import type { Signer } from './signature.js';

/** Not below /var/lib/cspcam, nor under a name that cspcam@NAME could have: what lies there is installed as root. */
const STORE = '/var/lib/cspcam.packages';

const version = z.strictObject({ version: z.string(), file: z.string() });

const update = z.strictObject({
  id: z.string(),
  phase: z.enum(['installing', 'watching', 'returning']),
  from: version,
  to: version,
  units: z.array(
    z.strictObject({
      unit: z.string(),
      running: z.number(),
      isInferring: z.boolean(),
      isDetectorFailing: z.boolean(),
    }),
  ),
  healthySeconds: z.number(),
  signedBy: z.strictObject({ keyId: z.string(), key: z.string(), comment: z.string() }).optional(),
  /** Why it is taken back. */
  why: z.string().optional(),
  /** The last lines of the log then. */
  log: z.array(z.string()).default([]),
});

/** Of an update that is under way, or that was interrupted. */
export type Update = z.output<typeof update>;

export interface Ended {
  readonly id: string;
  /** updated: the new version is well; returned: the one before is; failed: neither. */
  readonly outcome: 'updated' | 'returned' | 'failed';
  readonly from: string;
  readonly to: string;
  readonly signedBy?: Signer;
  readonly why?: string;
  readonly log: readonly string[];
}

const WORDS = '/run/cspcam-update';
const UPDATE = 'update.json';
const ENDED = 'last.json';
/** Somebody wants the version before back. */
const BACK = 'back';
/** Of a package that has not been looked at yet. */
const CANDIDATE = 'candidate.deb';
/** The program that carries the update out: the version that runs now, whatever is installed meanwhile. */
const ENGINE = 'engine';

export class Store {
  readonly candidate: string;
  readonly engine: string;
  #lock: FolderLock | undefined;

  constructor(readonly folder = STORE) {
    this.candidate = join(folder, CANDIDATE);
    this.engine = join(folder, ENGINE);
  }

  /** What the update is at, for people: not on the disk, which it would wear out. */
  async tell(words: string): Promise<void> {
    await writeFile(WORDS, words).catch(() => {});
  }

  async told(): Promise<string | undefined> {
    return readFile(WORDS, 'utf8').catch(() => undefined);
  }

  /**
   * For who prepares an update: nobody else does until `close()`, or until the process ends.
   *
   * @throws CspcamError where it is, or can be, another one's, or somebody prepares an update in it
   */
  async open(): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const kind = await lstat(this.folder);
    if (!kind.isDirectory() || kind.uid !== process.getuid?.() || (kind.mode & 0o77) !== 0)
      throw expected('a folder that root alone can write', this.folder, 'another');
    this.#lock ??= await lockFolder(this.folder, 'update');
    if (this.#lock === undefined)
      throw expected('no other cspcam update', this.folder, 'one that is looking at its package');
  }

  close(): void {
    this.#lock?.release();
    this.#lock = undefined;
  }

  /** Its copy, which nobody changes after it was checked. @throws CspcamError */
  async take(file: string): Promise<void> {
    try {
      if (!(await stat(file)).isFile()) throw new Error('something else');
      await copyFile(file, this.candidate, constants.COPYFILE_FICLONE);
      await chmod(this.candidate, 0o600);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      throw expected('a package', file, code === 'ENOENT' ? 'no such file' : (code ?? message), error);
    }
  }

  /** Where a version is kept. */
  packageOf(version: string, architecture: string): string {
    return join(this.folder, `cspcam_${version.replaceAll(':', '%3a')}_${architecture}.deb`);
  }

  /** What was checked becomes the package of its version. */
  async keep(target: string): Promise<void> {
    await rename(this.candidate, target);
  }

  /** Packages that nobody goes back to. */
  async forgetAllBut(file: string): Promise<void> {
    for (const name of await namesIn(this.folder, /\.deb$/))
      if (join(this.folder, name) !== file) await rm(join(this.folder, name));
  }

  /** What was prepared for an update that did not begin, or wanted of one that had ended. */
  async clean(): Promise<void> {
    for (const path of [this.candidate, this.engine, join(this.folder, BACK)])
      await rm(path, { recursive: true, force: true });
  }

  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.folder);
    return bavail * bsize;
  }

  async update(): Promise<Update | undefined> {
    const text = await this.#text(UPDATE);
    if (text === undefined) return undefined;
    const read = update.safeParse(parsed(text));
    if (!read.success) throw expected('an update as cspcam wrote it', join(this.folder, UPDATE), 'another');
    return read.data;
  }

  async write(update: Update): Promise<void> {
    await writeWhole(join(this.folder, UPDATE), `${JSON.stringify(update, undefined, 2)}\n`);
    await syncFolder(this.folder);
  }

  /** How it ended takes its place. */
  async end(ended: Ended): Promise<void> {
    await writeWhole(join(this.folder, ENDED), `${JSON.stringify(ended, undefined, 2)}\n`);
    for (const name of [UPDATE, BACK]) await rm(join(this.folder, name), { force: true });
    await rm(WORDS, { force: true });
    await syncFolder(this.folder);
  }

  async last(): Promise<Ended | undefined> {
    const text = await this.#text(ENDED);
    return text === undefined ? undefined : (parsed(text) as Ended | undefined);
  }

  async wantBack(): Promise<void> {
    await writeWhole(join(this.folder, BACK), '');
  }

  async isBackWanted(): Promise<boolean> {
    return (await this.#text(BACK)) !== undefined;
  }

  async #text(name: string): Promise<string | undefined> {
    return readFile(join(this.folder, name), 'utf8').catch(() => undefined);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A name is on the disk once its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
