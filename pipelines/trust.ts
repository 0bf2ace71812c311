// A source and what its camera may show -> the same source, with the certificates that are trusted read from their file.

import { readFile } from 'node:fs/promises';
import type { Transport } from './relay/address.js';
import type { Source } from './sources.js';

export interface CameraTrust {
  /** Of a camera in the network. */
  readonly transport?: Transport | undefined;
  readonly tls?: { readonly ca?: string | undefined; readonly fingerprint?: string | undefined } | undefined;
}

/** The file is read at each opening: whoever mends it need not start the daemon again. */
export async function trusting(source: Source, { transport, tls }: CameraTrust): Promise<Source> {
  if (!('camera' in source)) return source;
  const ca = tls?.ca === undefined ? undefined : await readFile(tls.ca, 'utf8');
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
