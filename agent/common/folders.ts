// Environment -> the folders of this program: for what can be made anew, for what must survive a restart, for engines.

import { homedir } from 'node:os';
import { join } from 'node:path';

/** `cspcam engines build` puts them there where it is root. */
export const MACHINE_ENGINES = '/usr/local/lib/cspcam/engines';

type Environment = Readonly<Record<string, string | undefined>>;

/** The folder for what can be made anew: that of the systemd service where there is one, else the user's (XDG). */
export function cacheDirectory(environment: Environment = process.env): string {
  const service = environment['CACHE_DIRECTORY']?.split(':')[0];
  if (service) return service;
  return join(environment['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'cspcam');
}

/** The folder for what must survive a restart of a device's agent: the service's, else the user's (XDG). */
export function stateDirectory(device: string, environment: Environment = process.env): string {
  const service = environment['STATE_DIRECTORY']?.split(':')[0];
  if (service) return join(service, device);
  return join(environment['XDG_STATE_HOME'] || join(homedir(), '.local', 'state'), 'cspcam', device);
}

/** Where engines are looked for: where the environment says, else the user's (XDG), then the machine's. */
export function engineDirectories(environment: Environment = process.env): string[] {
  const only = environment['CSPCAM_ENGINES'];
  if (only) return [only];
  const data = environment['XDG_DATA_HOME'] || join(homedir(), '.local', 'share');
  return [join(data, 'cspcam', 'engines'), MACHINE_ENGINES];
}
