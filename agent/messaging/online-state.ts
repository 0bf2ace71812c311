// The connections of a run -> what is said on `state`: online after each, offline as the will and as the farewell.

import type { Outgoing } from './broker/client.js';
import type { Envelopes } from './envelope.js';
import type { Body } from './schemas.js';
import { topicTable } from './topics.js';

/** Two numbers for each connection: online, and the offline that ends it, as will or as farewell. */
export class OnlineState {
  #topic: string;
  readonly #envelopes: Envelopes;
  /** Connections that a broker accepted, by topic: a name that comes again goes on. */
  readonly #connections = new Map<string, number>();

  constructor(topic: string, envelopes: Envelopes) {
    this.#topic = topic;
    this.#envelopes = envelopes;
  }

  /** Goes on under another name, and numbers its messages there from 0, or from where they ended there. */
  moveTo(topic: string): void {
    this.#topic = topic;
  }

  /** The last word on the next connection, should it be lost. */
  will(): Outgoing {
    return this.#message('offline', 2 * this.#count + 1);
  }

  /** Begins a connection. */
  online(): Outgoing {
    const before = this.#count;
    this.#connections.set(this.#topic, before + 1);
    return this.#message('online', 2 * before);
  }

  /** Ends the present connection, in place of its will and under the same number. */
  farewell(): Outgoing {
    return this.#message('offline', 2 * this.#count - 1);
  }

  get #count(): number {
    return this.#connections.get(this.#topic) ?? 0;
  }

  #message(state: Body<'state'>['state'], sequence: number): Outgoing {
    return {
      topic: this.#topic,
      payload: this.#envelopes.payload(sequence, { state }),
      options: this.#envelopes.options(topicTable.state, sequence),
    };
  }
}
