// A host and a port -> that port, or the next one there that nobody listens on.

import { createServer } from 'node:net';
import { expected } from '#common/errors.js';

const MOST_PORTS = 20;

/** @param whose for the message; @throws CspcamError where none of twenty is free */
export async function freePort(host: string, first: number, whose: string): Promise<number> {
  for (let port = first; port < first + MOST_PORTS; port++) if (await isFree(host, port)) return port;
  throw expected('a free port', whose, `none from ${first} to ${first + MOST_PORTS - 1}`);
}

function isFree(host: string, port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}
