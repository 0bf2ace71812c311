// Where a camera points to -> the address to go on at, on the same host alone. Pure.

import { hostOf } from './address.js';
import { failed } from './camera-socket.js';

export const MOST_REDIRECTS = 3;

/** @throws CaptureError for another host: a password must not go there, and what it shows is another camera's */
export function redirected(from: string, to: string | undefined, host: string): string {
  const url = to && URL.canParse(to, from) ? new URL(to, from) : undefined;
  if (!url) throw failed('not-found', 'the camera points to an address that is none');
  // From an encrypted one to another the password would go in clear.
  if (hostOf(url) !== host || url.protocol !== new URL(from).protocol)
    throw failed(
      'not-found',
      `the camera points to another host, ${url.host}: give that address where it is meant`,
    );
  return url.href;
}

export function tooManyRedirects() {
  return failed('not-found', `the camera points elsewhere more than ${MOST_REDIRECTS} times`);
}
