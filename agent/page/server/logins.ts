// A password -> sessions of those who know it, each behind a random cookie.

import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { LoginThrottle } from './login-throttle.js';

export type LoginAttempt = { readonly session: string } | { readonly retryInMs: number } | 'wrong';

/** Since it was last used. */
const SESSION_MS = 12 * 3600 * 1000;
const MOST_SESSIONS = 200;

export class Logins {
  readonly #password: string | undefined;
  readonly #isOnce: boolean;
  readonly #nowMs: () => number;
  readonly #throttle = new LoginThrottle();
  readonly #key = randomBytes(32);
  /** By digest: what lies in memory opens nothing. The one used last comes last. */
  readonly #sessions = new Map<string, number>();
  #isUsed = false;

  /**
   * @param password without one, everybody is in
   * @param isOnce whether the password opens one session alone
   */
  constructor(password: string | undefined, nowMs: () => number, isOnce = false) {
    this.#password = password;
    this.#nowMs = nowMs;
    this.#isOnce = isOnce;
  }

  get needsPassword(): boolean {
    return this.#password !== undefined;
  }

  /** @param address who tries */
  login(password: string, address: string): LoginAttempt {
    const nowMs = this.#nowMs();
    const retryInMs = this.#throttle.waitMs(address, nowMs);
    if (retryInMs > 0) return { retryInMs };
    if (this.#password !== undefined && !this.#opens(password, this.#password)) {
      this.#throttle.failed(address, nowMs);
      return 'wrong';
    }
    this.#throttle.succeeded(address);
    this.#isUsed = true;
    const session = randomBytes(32).toString('base64url');
    this.#sessions.set(digest(session), nowMs);
    if (this.#sessions.size > MOST_SESSIONS) this.#sessions.delete(this.#sessions.keys().next().value!);
    return { session };
  }

  /** @param session as its cookie has it */
  isIn(session: string | undefined): boolean {
    if (this.#password === undefined) return true;
    if (session === undefined) return false;
    const key = digest(session);
    const usedMs = this.#sessions.get(key);
    this.#sessions.delete(key);
    if (usedMs === undefined || this.#nowMs() - usedMs > SESSION_MS) return false;
    this.#sessions.set(key, this.#nowMs());
    return true;
  }

  logout(session: string | undefined): void {
    if (session !== undefined) this.#sessions.delete(digest(session));
  }

  #opens(one: string, other: string): boolean {
    return this.#isEqual(one, other) && !(this.#isOnce && this.#isUsed);
  }

  /** Digests of one length are compared: the time says nothing of either. */
  #isEqual(one: string, other: string): boolean {
    const [a, b] = [one, other].map((text) => createHmac('sha256', this.#key).update(text).digest());
    return timingSafeEqual(a!, b!);
  }
}

function digest(session: string): string {
  return createHash('sha256').update(session).digest('base64');
}
