// Wrong passwords, by where they come from -> how long nobody there may try another. Pure.

import { isIPv6 } from 'node:net';

/** Of a person who mistypes. */
const FREE = 3;
const FIRST_MS = 1000;
const LONGEST_MS = 60_000;
/** Those who failed last; an attacker of many addresses must not fill memory. */
const MOST_PLACES = 1000;
/** Of all places together: a hundred thousand addresses guess no faster. */
const MOST_OF_ALL = 60;
const WINDOW_MS = 60_000;

export class LoginThrottle {
  readonly #places = new Map<string, { failures: number; untilMs: number }>();
  #windowMs = Number.NEGATIVE_INFINITY;
  #inWindow = 0;

  /** @returns 0 where a password may be tried now */
  waitMs(address: string, nowMs: number): number {
    const own = (this.#places.get(placeOf(address))?.untilMs ?? 0) - nowMs;
    const all = this.#inWindow >= MOST_OF_ALL ? this.#windowMs + WINDOW_MS - nowMs : 0;
    return Math.max(0, own, all);
  }

  failed(address: string, nowMs: number): void {
    const place = placeOf(address);
    const failures = (this.#places.get(place)?.failures ?? 0) + 1;
    const waitMs = failures < FREE ? 0 : Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures - FREE));
    this.#places.delete(place);
    this.#places.set(place, { failures, untilMs: nowMs + waitMs });
    if (this.#places.size > MOST_PLACES) this.#places.delete(this.#places.keys().next().value!);
    if (nowMs - this.#windowMs >= WINDOW_MS) {
      this.#windowMs = nowMs;
      this.#inWindow = 0;
    }
    this.#inWindow++;
  }

  succeeded(address: string): void {
    this.#places.delete(placeOf(address));
  }
}

/** One who has an IPv6 address has 2^64 of them. */
function placeOf(address: string): string {
  const mapped = /^::ffff:(\d+(\.\d+){3})$/i.exec(address)?.[1];
  if (mapped !== undefined || !isIPv6(address)) return mapped ?? address;
  const [head = '', tail] = address.split('%')[0]!.split('::');
  const start = head === '' ? [] : head.split(':');
  const end = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : Array(Math.max(0, 8 - start.length - end.length)).fill('0');
  return [...start, ...zeros, ...end].slice(0, 4).join(':');
}
