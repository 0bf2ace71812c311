// A source and what its camera may show -> the same source, with the certificates that are trusted read from their file.

import { readFile } from 'node:fs/promises';
import { expected } from '#common/errors.js';
import type { Transport } from './relay/address.js';
import type { Source } from './sources.js';

export interface CameraTrust {
  /** Of a camera in the network. */
  readonly transport?: Transport | undefined;
  readonly tls?: { readonly ca?: string | undefined; readonly fingerprint?: string | undefined } | undefined;
}

/**
 * The file is read at each opening: whoever mends it need not start the daemon again.
 *
 * @throws CspcamError where it cannot be read
 */
export async function trusting(source: Source, { transport, tls }: CameraTrust): Promise<Source> {
  if (!('camera' in source)) return source;
  const ca = tls?.ca === undefined ? undefined : await readAuthority(tls.ca);
  const trust = source.camera.tls && { ca, fingerprint: tls?.fingerprint };
  return {
    ...source,
    camera: {
      ...source.camera,
      transport: transport ?? source.camera.transport,
      ...(trust && { tls: trust }),
    },
  };
}

async function readAuthority(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw expected('a certificate that can be read', 'tls.ca', `${path} (${cause.code})`, cause);
  });
}
