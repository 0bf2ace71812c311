// The connections of a run -> what is said on `state`: online after each, offline as the will and as the farewell.

import type { Outgoing } from './broker/client.js';
import type { Envelopes } from './envelope.js';
import type { Body } from './schemas.js';
import { topicTable } from './topics.js';

/** Two numbers for each connection: online, and the offline that ends it, as will or as farewell. */
export class OnlineState {
  #topic: string;
  readonly #envelopes: Envelopes;
  /** Connections that a broker accepted. */
  #connections = 0;

  constructor(topic: string, envelopes: Envelopes) {
    this.#topic = topic;
    this.#envelopes = envelopes;
  }

  /** Goes on under another name, and numbers its messages there from 0. */
  moveTo(topic: string): void {
    if (topic === this.#topic) return;
    this.#topic = topic;
    this.#connections = 0;
  }

  /** The last word on the next connection, should it be lost. */
  will(): Outgoing {
    return this.#message('offline', 2 * this.#connections + 1);
  }

  /** Begins a connection. */
  online(): Outgoing {
    return this.#message('online', 2 * this.#connections++);
  }

  /** Ends the present connection, in place of its will and under the same number. */
  farewell(): Outgoing {
    return this.#message('offline', 2 * this.#connections - 1);
  }

  #message(state: Body<'state'>['state'], sequence: number): Outgoing {
    return {
      topic: this.#topic,
      payload: this.#envelopes.payload(sequence, { state }),
      options: this.#envelopes.options(topicTable.state, sequence),
    };
  }
}
