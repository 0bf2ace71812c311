// A message of ours -> the same in somebody else's form: zero or more MQTT messages.

import type { Payload, SendOptions } from '../broker/client.js';
import type { Message } from '../schemas.js';

export interface EncodedMessage {
  readonly topic: string;
  readonly payload: Payload;
  /** QoS, retain, content type. */
  readonly how: SendOptions;
}

export interface Encoder {
  /** Reads no clock or network of its own; an encoder may remember what it has seen. */
  encode(message: Message): readonly EncodedMessage[];
}
