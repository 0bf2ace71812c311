// Device and environment -> the folder for what must survive a restart.

import { homedir } from 'node:os';
import { join } from 'node:path';

/** Of the systemd service where there is one, else below the home of the user. */
export function stateDirectory(
  device: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const service = environment['STATE_DIRECTORY']?.split(':')[0];
  if (service) return join(service, device);
  return join(environment['XDG_STATE_HOME'] || join(homedir(), '.local', 'state'), 'cspcam', device);
}
