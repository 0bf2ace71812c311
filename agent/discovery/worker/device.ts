// A device as the ONVIF library asks it, but that it is logged in to once, in one way.

import { randomBytes } from 'node:crypto';
import onvif from 'onvif';
import { expected } from '#common/errors.js';
import { authorize, type Credentials, readChallenges } from '../../../pipelines/relay/authorization.js';
import type { DeviceService } from '../words.js';
import { boundedAgent, MOST_ANSWER_BYTES } from './bounded-agent.js';

/** What a call of the library came to nothing by. */
export class CallError extends Error {
  override readonly name = 'CallError';

  constructor(
    cause: Error,
    /** Whether the device wants a login, or another one. */
    readonly isRefusal: boolean,
  ) {
    super(cause.message, { cause });
  }
}

/** The library's way to be answered: an error, or a value and the XML that it was read from. */
export type Callback = (error: Error | null, value?: unknown, xml?: string) => void;

export class Device extends onvif.Cam {
  #login: Credentials | undefined;
  #takesDigest = false;
  /** Of the answer that came last. */
  #status = 0;
  #wasChallenged = false;
  #onExcess: (error: Error) => void = () => {};

  /** @param timeoutMs of a silence */
  constructor({ host, port, path, encrypted }: DeviceService, timeoutMs: number) {
    let tooMuch = () => {};
    const agent = boundedAgent(encrypted, () => tooMuch());
    super({
      ...{ hostname: host, port, path, useSecure: encrypted, timeout: timeoutMs, agent, autoconnect: false },
      ...(encrypted && { secureOpts: { rejectUnauthorized: false } }),
    });
    tooMuch = () =>
      this.#onExcess(expected(`at most ${MOST_ANSWER_BYTES} bytes`, 'an answer of the device', 'more'));
    this.on('rawResponse', (_, status: number) => {
      this.#status = status;
    });
  }

  /** @throws CallError; the library has no end of its own where a connection breaks within an answer */
  call(method: (callback: Callback) => void): Promise<unknown> {
    this.#status = 0;
    this.#wasChallenged = false;
    return new Promise((resolve, reject) => {
      this.#onExcess = reject;
      method((error, value, xml) => {
        if (error === null || error === undefined) return resolve(value);
        reject(new CallError(error, this.#isRefusal(xml)));
      });
    });
  }

  /** From the next call on: by the digest of HTTP where the device has asked for it, else by that of WS-Security. */
  logIn(credentials: Credentials): void {
    this.#login = credentials;
    this.useWSSecurity = !this.#takesDigest;
    // The library takes the password into its digest as Latin-1, where devices take UTF-8.
    this.username = inXml(credentials.user);
    this.password = Buffer.from(credentials.password, 'utf8').toString('latin1');
  }

  /**
   * Called by the library with the challenges of a 401.
   *
   * @throws Error where there is no login to answer with, or it was sent already: by WS-Security
   */
  override digestAuth(challenges: string[], { method = 'POST', path = '' }): string {
    this.#wasChallenged = true;
    const { challenge } = readChallenges(challenges);
    const answerable = challenge?.scheme === 'digest' ? challenge : undefined;
    if (this.#login === undefined) this.#takesDigest = answerable !== undefined;
    if (this.#login === undefined || answerable === undefined || this.useWSSecurity)
      throw new Error('a login is wanted');
    const clientNonce = randomBytes(8).toString('hex');
    return authorize(answerable, this.#login, { method, uri: path, count: 1, clientNonce });
  }

  /** Devices say it by HTTP, or by a SOAP fault with one of many texts. */
  #isRefusal(xml: string | undefined): boolean {
    return (
      this.#wasChallenged ||
      [401, 403].includes(this.#status) ||
      /not\s?authorized|unauthorized|authority failure/i.test(xml ?? '')
    );
  }
}

/** The library writes what it is given into XML as it is. */
export function inXml(text: string): string {
  return text.replace(/[<>&"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
