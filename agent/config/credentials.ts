// The environment, the credentials that systemd hands to the service, the folder beside the file -> what `${NAME}` stands for.

import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { passwordIn } from './credential-files.js';
import { environmentIn } from './environment-file.js';
import type { Environment } from './fill-in.js';
import { whyUnreadable } from './problem.js';

/**
 * A credential (`LoadCredential=NAME:FILE` of a unit) counts before a variable of the same name: unlike that, it stands in
 * the environment of no process. One line of each is taken; what is no text is no value.
 */
export function withCredentials(environment: Environment): Environment {
  const folder = environment['CREDENTIALS_DIRECTORY'];
  if (!folder) return environment;
  return { ...environment, ...valuesIn(folder) };
}

/**
 * `environment` beside `cspcam.yaml`, `NAME.environment` beside `NAME.yaml`, which a service has in its environment: other
 * commands on its file read it there. Nothing where they may not.
 */
function environmentBeside(file: string): Environment {
  const name = basename(file).replace(/\.ya?ml$/, '');
  try {
    return environmentIn(
      readFileSync(join(dirname(file), name === 'cspcam' ? 'environment' : `${name}.environment`), 'utf8'),
    );
  } catch {
    return {};
  }
}

/** What counts before the folder of secrets. @param environment of this process */
export function environmentFor(
  file: string,
  environment: Environment = withCredentials(process.env),
): Environment {
  return { ...environmentBeside(file), ...environment };
}

/** `cspcam.secrets` of `cspcam.yaml`: a file for each `${NAME}` that has no other value. */
export function secretsFolder(file: string): string {
  return `${file.replace(/\.ya?ml$/, '')}.secrets`;
}

/** What lies there; whatever is no readable text is no value. */
export function secretsBeside(file: string): Environment {
  return valuesIn(secretsFolder(file));
}

/** Of a file for `name` that is there beside the configuration, and is no value. */
export function whyNoSecret(file: string, name: string): string | undefined {
  const path = join(secretsFolder(file), name);
  try {
    const found = passwordIn(readFileSync(path));
    return 'password' in found ? undefined : `${path} (${found.received})`;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const isNone = code === 'ENOENT' || code === 'ENOTDIR';
    return isNone ? undefined : `${path} (${whyUnreadable(error as NodeJS.ErrnoException)})`;
  }
}

function valuesIn(folder: string): Readonly<Record<string, string>> {
  const values = namesIn(folder).flatMap((name) => {
    try {
      const found = passwordIn(readFileSync(join(folder, name)));
      return 'password' in found ? [[name, found.password]] : [];
    } catch {
      return [];
    }
  });
  return Object.fromEntries(values);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // Of another service, whose environment was inherited.
    return [];
  }
}
