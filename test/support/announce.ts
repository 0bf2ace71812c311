// Kinds of services and ports -> announced by multicast DNS by a program of somebody else (python3-zeroconf).

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

/**
 * @param services ports by kind, `_mqtt._tcp`
 * @returns takes it back
 */
export async function announce(
  address: string,
  host: string,
  services: Readonly<Record<string, number>>,
): Promise<() => Promise<void>> {
  const program = resolve(import.meta.dirname, 'announce.py');
  const named = Object.entries(services).map(([kind, port]) => `${kind}=${port}`);
  // Debian's package belongs to Debian's Python.
  const child = spawn('/usr/bin/python3', [program, address, host, ...named], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) if (line === 'announced') break;
  if (child.exitCode !== null) throw new Error('the announcer ended before it had announced anything');
  return async () => {
    const ended = once(child, 'exit');
    child.stdin.end();
    await ended;
  };
}
