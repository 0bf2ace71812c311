// A server and an address -> it listens there, or one line that says why it cannot.

import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { expected } from './errors.js';

export interface Address {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
}

/**
 * @param where the key that a user can change
 * @param signal its abort closes the server
 * @returns the address with the port that was taken
 * @throws CspcamError where it cannot listen; the reason of the signal where it was aborted
 */
export async function listen(
  server: Server,
  { host, port }: Address,
  where: string,
  signal: AbortSignal,
): Promise<Address> {
  signal.throwIfAborted();
  try {
    server.listen(port, host);
    await once(server, 'listening', { signal });
    return { host, port: (server.address() as AddressInfo).port };
  } catch (error) {
    // The name of a host may still be looked up: a server that listens afterwards is closed as well.
    server.once('listening', () => server.close()).on('error', () => {});
    server.close();
    signal.throwIfAborted();
    throw expected('a free address', where, `${host}:${port} (${reasonOf(error)})`, error);
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return 'in use';
  if (code === 'EACCES') return 'not permitted';
  return code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' ? 'not an address of this machine' : message;
}
