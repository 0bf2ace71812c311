// The folder of profiles -> all of them, one by name or from a file of the user's.

import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expected, misused } from '#common/errors.js';
import { packageFile } from '#common/package.js';
import { type DeviceProfile, parseProfile } from './profile.js';

const FOLDER = packageFile('device-profiles');

/** Those that come with the package, by name. @throws CspcamError for one that breaks the rules */
export async function readProfiles(folder = FOLDER): Promise<DeviceProfile[]> {
  const names = await profileNames(folder);
  return Promise.all(names.map((name) => readProfile(join(folder, `${name}.json`))));
}

/** Of the same, in order. */
export async function profileNames(folder = FOLDER): Promise<string[]> {
  const files = (await readdir(folder)).filter((name) => /(?<!\.schema)\.json$/.test(name));
  return files.map((file) => basename(file, '.json')).toSorted();
}

/**
 * @param wanted name of a profile, or a file whose name ends in .json
 * @param where option, argument or key that says so
 * @throws UsageError naming the profiles that exist, CspcamError for a file that is none
 */
export async function findProfile(
  wanted: string,
  profiles: readonly DeviceProfile[],
  where = '--profile',
): Promise<DeviceProfile> {
  if (wanted.endsWith('.json')) return readProfile(wanted);
  const found = profiles.find(({ name }) => name === wanted);
  if (found) return found;
  const names = profiles.map(({ name }) => name).join(', ');
  throw misused(`one of ${names}, or a file NAME.json`, where, wanted);
}

async function readProfile(file: string): Promise<DeviceProfile> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw expected('a readable file', file, error.code ?? error.message, error);
  });
  const profile = parseProfile(text, file);
  if (`${profile.name}.json` !== basename(file))
    throw expected(`the name of the file, ${basename(file, '.json')}`, `${file}: name`, profile.name);
  return profile;
}
