// Where a camera points to -> the address to go on at, on the same host alone. Pure.

import type { CaptureError } from '../failure.js';
import { hostOf } from './address.js';
import { failed } from './camera-socket.js';

export const MOST_REDIRECTS = 3;

/** @throws CaptureError for another host or scheme: a password must not go there, and what it shows is another camera's */
export function redirected(from: string, to: string | undefined, host: string): string {
  const url = to && URL.canParse(to, from) ? new URL(to, from) : undefined;
  if (!url) throw failed('not-found', 'the camera points to an address that is none');
  if (hostOf(url) !== host) throw elsewhere('host', url);
  // From an encrypted one to another the password would go in clear, and the other way it may have.
  if (url.protocol !== new URL(from).protocol) throw elsewhere('scheme', url);
  return url.href;
}

function elsewhere(what: 'host' | 'scheme', url: URL): CaptureError {
  const address = Object.assign(new URL(url), { username: '', password: '' });
  return failed(
    'not-found',
    `the camera points to another ${what}, ${address.href}: give that address where it is meant`,
  );
}

export function tooManyRedirects() {
  return failed('not-found', `the camera points elsewhere more than ${MOST_REDIRECTS} times`);
}
