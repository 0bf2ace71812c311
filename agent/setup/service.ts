// The unit of this machine -> started, now and with the machine.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expected } from '#common/errors.js';
import type { ServiceFacts } from '../doctor/facts/service.js';

/** Whether systemd has a unit that can be started. */
export function canServe(service: ServiceFacts | undefined): boolean {
  return service?.isBooted === true && service.unitFiles.length > 0;
}

/** Resolves once it has seen a frame. @throws CspcamError where it does not start; the reason of the signal */
export async function startService(unit: string, signal: AbortSignal): Promise<void> {
  await systemctl('enable', unit, signal);
  // One that runs already, or tries to, has read the example.
  await systemctl('restart', unit, signal);
}

async function systemctl(what: string, unit: string, signal: AbortSignal): Promise<void> {
  const args = [what, unit];
  const child = spawn('systemctl', args, { stdio: ['ignore', 2, 2], signal });
  const [code] = await once(child, 'close').catch((error: Error) => {
    signal.throwIfAborted();
    return [error.message];
  });
  if (code !== 0)
    throw expected('success', `systemctl ${args.join(' ')}`, `${code ?? 'a signal'} (journalctl -u ${unit})`);
}
