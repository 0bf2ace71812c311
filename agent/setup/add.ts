// A configuration that is there and more cameras -> the same with them, and their passwords beside it; whole or not at all.

import { chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expected } from '#common/errors.js';
import { writeWhole } from '#common/write-file.js';
import { withCameras } from '../config/add-cameras.js';
import { secretsBeside, secretsFolder } from '../config/credentials.js';
import { loadConfig } from '../config/load.js';
import type { ChosenCameras, Taken } from './cameras-step.js';
import { secretsOf } from './draft.js';
import { variablesOf } from './variables.js';
import type { Owner } from './write.js';

/** @throws ConfigError */
export async function takenIn(file: string): Promise<Taken> {
  const { cameras } = await loadConfig(file);
  const written = (await readFile(file, 'utf8')).matchAll(/\$\{(\w+)\}/g);
  const taken = [...Object.keys(secretsBeside(file)), ...[...written].map(([, name]) => name!)];
  return { ids: Object.keys(cameras), variables: { ...variablesOf(file), taken } };
}

/** @returns the folder of secrets, where there are any; @throws CspcamError */
export async function addCameras(
  file: string,
  { cameras, logins }: ChosenCameras,
  owner: Owner | undefined,
): Promise<string | undefined> {
  const text = await readFile(file, 'utf8');
  const keys = Object.fromEntries(cameras.map((camera) => [camera.id, camera.keys]));
  const changed = withCameras(text, keys, file);
  const folder = secretsFolder(file);
  const made: string[] = [];
  try {
    for (const [name, value] of Object.entries(secretsOf(logins))) {
      if ((await mkdir(folder, { recursive: true, mode: 0o700 })) !== undefined && owner)
        await chown(folder, owner.uid, owner.gid);
      const path = join(folder, name);
      await writeFile(path, `${value}\n`, { mode: 0o600, flag: 'wx', flush: true });
      made.push(path);
      if (owner) await chown(path, owner.uid, owner.gid);
    }
    await writeWhole(file, changed);
  } catch (error) {
    for (const path of made) await rm(path, { force: true });
    const { code, message } = error as NodeJS.ErrnoException;
    throw expected('a place that can be written', folder, code ?? message, error);
  }
  return made.length > 0 ? folder : undefined;
}
