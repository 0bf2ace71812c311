// Messages of ours -> a Sparkplug edge node at the broker, on a session of its own.

import type { Part } from '#common/part.js';
import type { Incoming, Outgoing } from '../broker/client.js';
import { BrokerSession, type SessionOptions } from '../broker/session.js';
import type { Message } from '../schemas.js';
import { REBIRTH, type SparkplugEncoder } from './sparkplug.js';
import { commands } from './sparkplug-payload.js';

export interface SparkplugNodeOptions extends SessionOptions {
  readonly encoder: SparkplugEncoder;
}

const LONGEST_BACKLOG_BYTES = 64 * 1024;
const FAREWELL_MS = 500;

/**
 * A connection has one will: the agent's says `state`, so the NDEATH has to be another's, under a client id of its
 * own. Nothing is stored: the births after a connect say all that is.
 */
export class SparkplugNode implements Part {
  readonly #encoder: SparkplugEncoder;
  readonly #session: BrokerSession;

  constructor({ encoder, mqtt, ...options }: SparkplugNodeOptions) {
    this.#encoder = encoder;
    // Sparkplug needs nothing of MQTT 5.
    this.#session = new BrokerSession(
      { ...options, mqtt: { ...mqtt, protocol: '3.1.1' } },
      {
        will: () => encoder.will(),
        connected: () => this.#send(encoder.birth()),
        disconnected: () => encoder.death(),
        farewell: () => this.#session.sendLast(encoder.death()),
        farewellMs: FAREWELL_MS,
      },
    );
    this.#session.listen([encoder.commandTopic], (message) => this.#onCommand(message));
  }

  /** Connects in the background, for ever. */
  start(signal: AbortSignal): Promise<void> {
    return this.#session.start(signal);
  }

  update(message: Message): void {
    this.#send(this.#encoder.encode(message));
    // A gap would make every host ask for births: better none at all until the next connect brings them.
    if (this.#session.connected && this.#session.unsentBytes > LONGEST_BACKLOG_BYTES) this.#session.cut();
  }

  /** What the message says is no more. */
  clear(message: Message): void {
    this.#encoder.clear(message);
  }

  /** The configuration has the camera no longer. */
  forget(camera: string): void {
    this.#encoder.forget(camera);
  }

  /** Says NDEATH and leaves; takes 1 s at most. */
  stop(): Promise<void> {
    return this.#session.stop();
  }

  #onCommand({ payload, retained }: Incoming): void {
    if (!retained && commands(payload, REBIRTH)) this.#send(this.#encoder.birth());
  }

  #send(messages: readonly Outgoing[]): void {
    for (const message of messages) this.#session.send(message);
  }
}
