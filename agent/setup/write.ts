// A draft -> a configuration and its folder of secrets, whole or not at all; nothing that is somebody's is overwritten.

import { randomUUID } from 'node:crypto';
import {
  access,
  chmod,
  chown,
  constants,
  link,
  mkdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { CspcamError, expected } from '#common/errors.js';
import { secretsFolder } from '../config/credentials.js';
import { loadConfig } from '../config/load.js';
import { configTemplate } from '../config/template.js';
import { type Draft, draftText } from './draft.js';

/** What stands where the configuration is to be; an example is as `cspcam config init` or the package has put it there. */
export type Place = 'free' | 'example' | 'taken';

/** Beside the same file in /etc, to compare it with. */
const PACKAGED = '/usr/share/cspcam/cspcam.yaml';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export async function placeAt(file: string): Promise<Place> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw expected('a file that can be read, or a new one', file, error.code ?? error.message, error);
  });
  if (text === undefined) return 'free';
  const packaged = await readFile(PACKAGED, 'utf8').catch(() => undefined);
  return text === configTemplate() || text === packaged ? 'example' : 'taken';
}

/** Before anything is asked: whether both could be written. @throws CspcamError */
export async function expectFree(file: string): Promise<void> {
  await access(dirname(resolve(file)), constants.W_OK).catch((error: NodeJS.ErrnoException) => {
    throw notWritten(file, error);
  });
  const isTaken = await stat(secretsFolder(file)).then(
    () => true,
    () => false,
  );
  if (isTaken) throw secretsThere(file);
}

/**
 * Both are made and read back aside, in a folder that nobody else may enter; the configuration gets its name last.
 *
 * @param owner who must be able to read them; default whoever runs this
 * @returns the folder of secrets, where there are any
 * @throws CspcamError
 */
export async function writeDraft(
  file: string,
  draft: Draft,
  owner: Owner | undefined,
  onAside: (folder: string) => void,
): Promise<string | undefined> {
  const target = resolve(file);
  const aside = join(dirname(target), `.${basename(target)}.${randomUUID()}.new`);
  const newFile = join(aside, basename(target));
  const newSecrets = secretsFolder(newFile);
  const hasSecrets = Object.keys(draft.secrets).length > 0;
  const secrets = secretsFolder(target);
  try {
    onAside(aside);
    await mkdir(aside, { mode: 0o700 });
    await writeFile(newFile, draftText(draft), { mode: 0o600, flush: true });
    if (hasSecrets) await writeSecrets(newSecrets, draft.secrets, owner);
    await loadConfig(newFile, {});
    await giveTo(newFile, target, owner);
    if (hasSecrets) await rename(newSecrets, secrets);
    await named(newFile, target).catch(async (error: unknown) => {
      if (hasSecrets) await rm(secrets, { recursive: true, force: true });
      throw error;
    });
    return hasSecrets ? secrets : undefined;
  } catch (error) {
    if (error instanceof CspcamError) throw error;
    throw notWritten(file, error as NodeJS.ErrnoException);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

async function writeSecrets(
  folder: string,
  secrets: Draft['secrets'],
  owner: Owner | undefined,
): Promise<void> {
  await mkdir(folder, { mode: 0o700 });
  for (const [name, value] of Object.entries(secrets)) {
    const path = join(folder, name);
    await writeFile(path, `${value}\n`, { mode: 0o600, flush: true });
    if (owner) await chown(path, owner.uid, owner.gid);
  }
  if (owner) await chown(folder, owner.uid, owner.gid);
}

/** As the example in its place has it; else root's, and of the group that runs the agent. */
async function giveTo(newFile: string, target: string, owner: Owner | undefined): Promise<void> {
  const before = await stat(target).catch(() => undefined);
  if (before !== undefined) {
    await chmod(newFile, before.mode & 0o7777);
    if (process.getuid?.() === 0) await chown(newFile, before.uid, before.gid);
  } else if (owner !== undefined) {
    await chown(newFile, 0, owner.gid);
    await chmod(newFile, 0o640);
  }
}

/** A link is refused where there is a file meanwhile, which a rename would replace. */
async function named(newFile: string, target: string): Promise<void> {
  if ((await placeAt(target)) === 'example') await rename(newFile, target);
  else await link(newFile, target);
}

function notWritten(file: string, error: NodeJS.ErrnoException): CspcamError {
  switch (error.code) {
    case 'EEXIST':
      return expected('a new file', file, 'one that exists', error);
    case 'ENOTEMPTY':
      return secretsThere(file);
    default:
      return expected('a place that can be written', file, error.code ?? error.message, error);
  }
}

function secretsThere(file: string): CspcamError {
  const received = 'one from before (remove it, or take another file with --config)';
  return expected('no folder of secrets without its configuration', secretsFolder(file), received);
}
