// An address -> the page of the first steps there, behind a token that works once, and the addresses to open.

import { randomBytes } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { monotonicMs } from '#common/clock.js';
import type { Address } from '#common/listen.js';
import { packageFile } from '#common/package.js';
import { keepSecret } from '#common/secrets.js';
import { isLoopback } from '../../config/broker-address.js';
import { wantedNetworks } from '../../discovery/networks.js';
import { PageServer } from '../../page/server/page-server.js';
import type { PageFront } from './page-front.js';

export interface ServedSteps {
  /** With the token, which browsers do not send on (it stands behind `#`). */
  readonly addresses: readonly string[];
  /** Whether others in the network reach it. */
  readonly isOpen: boolean;
  stop(): Promise<void>;
}

const TOKEN_BYTES = 24;
/** One page, another that takes over, and one that is refused. */
const MOST_VIEWERS = 4;

/** @throws CspcamError for an address that is not free; the reason of the signal */
export async function serveSteps(
  { host, port }: Address,
  front: PageFront,
  signal: AbortSignal,
): Promise<ServedSteps> {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  let listening: Address | undefined;
  let failure: Error | undefined;
  const server = new PageServer({
    host,
    port,
    key: '--listen',
    password: token,
    isPasswordOnce: true,
    maxViewers: MOST_VIEWERS,
    folder: packageFile('dist/agent/setup/page/browser'),
    // Modules name those of the other folder by `../../../page/browser/`, and no path leads above the first slash.
    otherFolders: { '/page/browser/': packageFile('dist/agent/page/browser') },
    routes: [],
    onViewer: (socket) => front.join(socket),
    nowMs: monotonicMs,
    onFailure: (error) => {
      failure = error;
    },
    onError: (error) => front.tell({ kind: 'problem', message: (error as Error).message }),
    onListening: (address) => {
      listening = address;
    },
  });
  await server.start(signal);
  if (listening === undefined) {
    await server.stop();
    throw failure;
  }
  const at = listening;
  keepSecret(token);
  const addresses = hostsOf(host).map((one) => `http://${one}:${at.port}/#token=${token}`);
  return { addresses, isOpen: !isLoopback(host), stop: () => server.stop() };
}

/** As they are typed. */
function hostsOf(host: string): string[] {
  const isAny = host === '0.0.0.0' || host === '::';
  const all = isAny ? wantedNetworks(undefined).flatMap(({ addresses }) => addresses) : [host];
  return (all.length > 0 ? all : ['127.0.0.1']).map((one) => (isIPv6(one) ? `[${one}]` : one));
}
