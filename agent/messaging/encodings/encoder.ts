// A message of ours -> the same in somebody else's form: zero or more MQTT messages.

import type { Outgoing } from '../broker/client.js';
import type { Message } from '../schemas.js';

export interface Encoder {
  /** Reads no clock or network of its own; an encoder may remember earlier messages. */
  encode(message: Message): readonly Outgoing[];
}
