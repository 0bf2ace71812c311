// The body of a message -> its JSON with the envelope, numbered by topic, and the same as MQTT properties.

import type { SendOptions } from './broker/client.js';
import { type Body, type Envelope, SCHEMA_VERSION } from './schemas.js';
import { JSON_TYPE, type MessageKind, type TopicRow } from './topics.js';

export interface EnvelopesOptions {
  readonly bootId: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export class Envelopes {
  readonly #options: EnvelopesOptions;
  readonly #sequences = new Map<string, number>();

  constructor(options: EnvelopesOptions) {
    this.#options = options;
  }

  /** The next number of a topic, from 0; taken before a message may be dropped, so that a subscriber sees the gap. */
  number(topic: string): number {
    const sequence = this.#sequences.get(topic) ?? 0;
    this.#sequences.set(topic, sequence + 1);
    return sequence;
  }

  payload(sequence: number, body: Body<MessageKind>): string {
    const { bootId, now } = this.#options;
    const sentAt = new Date(now()).toISOString();
    const envelope: Envelope = { schemaVersion: SCHEMA_VERSION, bootId, sequence, sentAt };
    // Spread would leave numbers in V8's old space, for nothing but whole collections to take.
    return JSON.stringify(Object.assign(envelope, body));
  }

  options({ qos, retain, expirySeconds }: TopicRow, sequence: number): SendOptions {
    const userProperties = this.properties(sequence);
    return { qos, retain, expirySeconds, contentType: JSON_TYPE, userProperties };
  }

  /**
   * The envelope once more, for those who do not open the payload.
   *
   * @param bootId of the run that made the message
   */
  properties(sequence: number, bootId = this.#options.bootId): Record<string, string> {
    return { schema: String(SCHEMA_VERSION), bootId, sequence: String(sequence) };
  }
}
