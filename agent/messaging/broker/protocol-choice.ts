// How connects in one version of MQTT ended -> which version to try next, and when it is worth remembering. Pure.

import type { Protocol } from './client.js';

/** A connect that failed: the broker said that it does not speak the version, or hung up before any answer. */
type Rejection = 'refused' | 'hung-up' | 'other';

/**
 * Brokers that only know MQTT 3.1.1 may answer MQTT 5 with a code, or cannot read it and close. Only where 3.1.1 works
 * right after 5 did not is it certain: a broker that is away behind a proxy closes too.
 */
export class ProtocolChoice {
  readonly #wanted: Protocol;
  #current: Protocol;
  /** 3.1.1 was tried at once after 5 was rejected. */
  #isAtOnce = false;
  #mayTryAtOnce = true;
  #isCertain: boolean;

  /** @param known what an earlier run found out */
  constructor(wanted: Protocol, known: Protocol | undefined) {
    this.#wanted = wanted;
    this.#isCertain = wanted === '5' && known === '3.1.1';
    this.#current = this.#isCertain ? '3.1.1' : wanted;
  }

  get current(): Protocol {
    return this.#current;
  }

  /** @returns whether the broker is now known to speak nothing newer than this */
  connected(): boolean {
    this.#mayTryAtOnce = true;
    if (this.#current === this.#wanted) return false;
    const isNew = this.#isAtOnce && !this.#isCertain;
    if (isNew) this.#isCertain = true;
    // Perhaps it was the proxy: MQTT 5 is tried first next time.
    else if (!this.#isCertain) this.#current = this.#wanted;
    return isNew;
  }

  /** @returns whether to try the other version at once */
  failed(rejection: Rejection): boolean {
    if (this.#wanted === '3.1.1') return false;
    if (this.#current === '3.1.1') {
      // What refuses 3.1.1 in so many words is another broker by now; one that is away may close.
      if (this.#isCertain && rejection !== 'refused') return false;
      this.#isCertain = false;
      this.#current = '5';
      return false;
    }
    if (rejection === 'other') return false;
    this.#current = '3.1.1';
    this.#isAtOnce = this.#mayTryAtOnce || rejection === 'refused';
    // Once for each connection that there was: a broker that is away is not asked twice as often.
    const isNow = this.#mayTryAtOnce;
    this.#mayTryAtOnce = false;
    return isNow;
  }
}
