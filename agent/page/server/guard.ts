// What a browser says of where it believes to be and where it comes from -> whether it is answered. Pure.

import { isIP } from 'node:net';

/** The headers that decide. */
export interface Claims {
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
  /** `sec-fetch-site`: browsers alone set it, and no page can. */
  readonly site?: string | undefined;
}

/**
 * Under which this machine may be asked for.
 *
 * @param hostname its own: `porch`, or with its domain
 * @param others that lead here as well
 * @returns in lower case
 */
export function ownNames(hostname: string, others: readonly string[]): string[] {
  const label = hostname.split('.', 1)[0]!;
  return [hostname, label, `${label}.local`, ...others].map((name) => name.toLowerCase());
}

/**
 * A name that somebody else's DNS leads here makes a browser take a page of his for one of ours (DNS rebinding). An
 * address is nobody's name.
 *
 * @param names other than addresses and localhost, in lower case
 */
export function isKnownHost(host: string | undefined, names: readonly string[]): boolean {
  const name = hostNameOf(host);
  if (name === undefined) return false;
  return name === 'localhost' || isIP(name.replace(/^\[|\]$/g, '')) !== 0 || names.includes(name);
}

/** Of requests that change something, and of WebSockets, which no other rule of browsers keeps within one origin. */
export function isOwnOrigin({ host, origin, site }: Claims): boolean {
  if (host === undefined || origin === undefined || !isOwnSite({ site })) return false;
  try {
    const { protocol, host: from } = new URL(origin);
    return (protocol === 'http:' || protocol === 'https:') && from === new URL(`${protocol}//${host}`).host;
  } catch {
    return false;
  }
}

/** Of requests that only read: a picture within somebody else's page is not for it. */
export function isOwnSite({ site }: Pick<Claims, 'site'>): boolean {
  return site === undefined || site === 'same-origin' || site === 'none';
}

function hostNameOf(host: string | undefined): string | undefined {
  if (host === undefined || !/^[\w.:[\]-]+$/.test(host)) return undefined;
  try {
    return new URL(`http://${host}`).hostname.toLowerCase().replace(/\.$/, '');
  } catch {
    return undefined;
  }
}
