// A TLS connection + what its certificate is held to -> trusted, or why not. Pure but for what the socket tells.

import type { ConnectionOptions, TLSSocket } from 'node:tls';

/** What a certificate is held to: an authority of the system, one that is given, or its own fingerprint. */
export interface TlsTrust {
  /** PEM. */
  readonly ca?: string | undefined;
  /** SHA-256 of the certificate, 32 pairs of hexadecimal digits with or without colons. */
  readonly fingerprint?: string | undefined;
}

/** Of a connection that `distrustOf` judges: only there can be told what is wrong. */
export function trustOptions(host: string, { ca }: TlsTrust): ConnectionOptions {
  const isAddress = /^[\d.]+$|:/.test(host);
  return {
    // What the certificate must be for; the connection that is given has no name.
    host,
    ...(!isAddress && { servername: host }),
    ...(ca !== undefined && { ca }),
    rejectUnauthorized: false,
  };
}

/** @returns why the certificate is not trusted */
export function distrustOf(socket: TLSSocket, { fingerprint }: TlsTrust): string | undefined {
  const plain = (text: string) => text.replaceAll(':', '').toLowerCase();
  const seen = socket.getPeerCertificate(true).fingerprint256 ?? 'none';
  if (fingerprint !== undefined)
    return plain(seen) === plain(fingerprint) ? undefined : `the certificate has the fingerprint ${seen}`;
  if (socket.authorized) return undefined;
  const error = socket.authorizationError as unknown as NodeJS.ErrnoException | string;
  const code = typeof error === 'string' ? error : (error?.code ?? error?.message ?? 'unknown');
  return `${code}; SHA-256 fingerprint ${seen} (tls: { ca } or { fingerprint } makes it trusted)`;
}
