// Environment -> the folder for what can be made anew.

import { homedir } from 'node:os';
import { join } from 'node:path';

/** Of the systemd service where there is one, else below the home of the user. */
export function cacheDirectory(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const service = environment['CACHE_DIRECTORY']?.split(':')[0];
  if (service) return service;
  return join(environment['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'cspcam');
}
