// What a camera asks for + an Authorization header -> right or wrong, counted, as cameras count before they lock.

import { createHash } from 'node:crypto';

export interface LoginRules {
  readonly user: string;
  readonly password: string;
  /** All are offered, in this order. */
  readonly schemes: readonly ('Basic' | 'MD5' | 'SHA-256')[];
  /** As the camera calls itself; default `test camera`. */
  readonly realm?: string;
  /** Wants uses of the nonce counted. */
  readonly quality?: boolean;
  /** A nonce is right so often. */
  readonly nonceUses?: number;
  /** Whether the camera says that the nonce is what was wrong; many do not. Default true. */
  readonly saysStale?: boolean;
  /** Names a new nonce in each answer, which alone is right from then on. */
  readonly namesNext?: boolean;
  /** Refuses whatever comes after so many wrong logins. */
  readonly lockAfter?: number;
}

export class CameraLogin {
  rules: LoginRules;
  /** Requests with a login that was accepted. */
  right = 0;
  /** Requests with a wrong password; an old nonce is none. */
  wrong = 0;
  /** Of what came in the form of Basic, so that a password was on the way as it is. */
  inClear = 0;
  #nonces = 0;
  #uses = 0;

  constructor(rules: LoginRules) {
    this.rules = rules;
  }

  get isLocked(): boolean {
    return this.wrong >= (this.rules.lockAfter ?? Number.POSITIVE_INFINITY);
  }

  /** @returns nothing where it is right, or challenges */
  refuse(method: string, authorization: string | undefined): string[] | undefined {
    if (authorization === undefined) return this.#challenges(false);
    if (authorization.startsWith('Basic ')) this.inClear++;
    if (this.isLocked || !this.#isRight(method, authorization)) {
      this.wrong++;
      return this.#challenges(false);
    }
    const isOld = authorization.startsWith('Digest ') && !authorization.includes(`nonce="${this.#nonce}"`);
    if (isOld || ++this.#uses > (this.rules.nonceUses ?? Number.POSITIVE_INFINITY)) {
      this.#nonces++;
      this.#uses = 0;
      return this.#challenges(this.rules.saysStale ?? true);
    }
    this.right++;
    if (this.rules.namesNext) this.#nonces++;
    return undefined;
  }

  /** Header of an answer to an accepted request. */
  get info(): string | undefined {
    return this.rules.namesNext ? `nextnonce="${this.#nonce}"` : undefined;
  }

  get #realm(): string {
    return this.rules.realm ?? 'test camera';
  }

  get #nonce(): string {
    return `nonce-${this.#nonces}`;
  }

  #challenges(isStale: boolean): string[] {
    return this.rules.schemes.map((scheme) => {
      const realm = `"${this.#realm.replace(/["\\]/g, '\\$&')}"`;
      if (scheme === 'Basic') return `Basic realm=${realm}`;
      const algorithm = scheme === 'MD5' ? '' : `, algorithm=${scheme}`;
      const quality = this.rules.quality ? ', qop="auth"' : '';
      return `Digest realm=${realm}, nonce="${this.#nonce}"${algorithm}${quality}${isStale ? ', stale=true' : ''}`;
    });
  }

  /** RFC 7616, 3.4.1; whether the nonce is the newest is told apart. */
  #isRight(method: string, authorization: string): boolean {
    const { user, password, schemes, quality } = this.rules;
    if (authorization.startsWith('Basic '))
      return (
        schemes.includes('Basic') &&
        Buffer.from(authorization.slice(6), 'base64').toString() === `${user}:${password}`
      );
    const given = Object.fromEntries(
      [...authorization.matchAll(/(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/g)].map(([, name, text, word]) => [
        name,
        text ?? word ?? '',
      ]),
    );
    const scheme = (given['algorithm'] ?? 'MD5') as 'MD5' | 'SHA-256';
    if (!schemes.includes(scheme) || given['username'] !== user) return false;
    if (quality && !/^[0-9a-f]{8}$/.test(given['nc'] ?? '')) return false;
    const hash = (text: string) =>
      createHash(scheme === 'MD5' ? 'md5' : 'sha256')
        .update(text)
        .digest('hex');
    const middle = quality
      ? [given['nonce'], given['nc'], given['cnonce'], 'auth'].join(':')
      : given['nonce'];
    const secret = hash(`${user}:${this.#realm}:${password}`);
    return given['response'] === hash(`${secret}:${middle}:${hash(`${method}:${given['uri']}`)}`);
  }
}
