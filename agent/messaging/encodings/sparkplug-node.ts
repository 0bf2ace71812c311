// Messages of ours -> a Sparkplug edge node at the broker, over every loss of it, on a connection of its own.

import { type Backoff, retryDelayMs } from '#common/backoff.js';
import { settledWithin } from '#common/time-limit.js';
import type { MqttConfig } from '../../config/schema.js';
import { type BrokerConnection, type Connect, credentialsOf } from '../broker/client.js';
import { describeFailure, type Target } from '../broker/failures.js';
import type { ConnectionEvent } from '../publisher.js';
import type { Message } from '../schemas.js';
import type { EncodedMessage } from './encoder.js';
import { REBIRTH, type SparkplugEncoder } from './sparkplug.js';
import { commands } from './sparkplug-payload.js';

export interface SparkplugNodeOptions {
  /** Its client id is the node's, not the agent's. */
  readonly mqtt: MqttConfig;
  readonly encoder: SparkplugEncoder;
  readonly connect: Connect;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** 0 to 1. */
  readonly random: () => number;
  readonly onConnection: (event: ConnectionEvent) => void;
  readonly backoff?: Backoff;
}

const BACKOFF: Backoff = { firstMs: 1000, longestMs: 30_000 };
const LONGEST_BACKLOG_BYTES = 64 * 1024;
const FAREWELL_MS = 500;
/** Sparkplug needs nothing of MQTT 5. */
const PROTOCOL = '3.1.1';

/**
 * A connection has one will: the agent's says `state`, so the NDEATH has to be another's. Nothing is stored: the
 * births after a connect say all that is.
 */
export class SparkplugNode {
  readonly #options: SparkplugNodeOptions;
  readonly #target: Target;
  #connection: BrokerConnection | undefined;
  #connectedAtMs: number | undefined;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: SparkplugNodeOptions) {
    this.#options = options;
    const { url, username } = credentialsOf(options.mqtt);
    this.#target = { url, username, clientId: options.mqtt.clientId };
  }

  /** Connects in the background, for ever. */
  start(): void {
    void this.#connect();
  }

  see(message: Message): void {
    const { encoder } = this.#options;
    this.#send(encoder.encode(message));
    // A gap would make every host ask for births: better none at all until the next connect brings them.
    const isBehind = (this.#connection?.unsentBytes ?? 0) > LONGEST_BACKLOG_BYTES;
    if (this.#connectedAtMs !== undefined && isBehind) this.#connection?.destroy();
  }

  /** Says NDEATH and leaves; takes 1 s at most. Safe to call twice. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #connect(): Promise<void> {
    const { mqtt, encoder, connect } = this.#options;
    let connection: BrokerConnection | undefined;
    try {
      connection = await connect(mqtt, PROTOCOL, encoder.will(), {
        onConnect: () => this.#onConnect(),
        onMessage: ({ payload, retained }) => {
          if (!retained && commands(payload, REBIRTH)) this.#send(encoder.birth());
        },
        onClose: (failure) => {
          if (this.#connection === connection) this.#onClose(failure);
        },
      });
      this.#connection = connection;
      if (this.#closing !== undefined) connection.destroy();
    } catch (error) {
      this.#onClose(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #onConnect(): void {
    if (this.#closing !== undefined) return;
    const { encoder, now, onConnection } = this.#options;
    this.#connectedAtMs = now();
    this.#connection?.subscribe([encoder.commandTopic]);
    this.#send(encoder.birth());
    onConnection({ status: 'connected', url: this.#target.url, protocol: PROTOCOL });
  }

  #onClose(error: Error | undefined): void {
    const { encoder, backoff = BACKOFF, now, random, onConnection } = this.#options;
    // As the publisher: only a connection that lasted resets the wait, or two of one id end each other's at once.
    if (this.#connectedAtMs !== undefined && now() - this.#connectedAtMs > backoff.longestMs)
      this.#failures = 0;
    this.#connection = undefined;
    this.#connectedAtMs = undefined;
    encoder.death();
    if (this.#closing !== undefined) return;
    const retryInMs = retryDelayMs(backoff, ++this.#failures, random());
    this.#timer = setTimeout(() => void this.#connect(), retryInMs);
    const failure = describeFailure(error, this.#target);
    onConnection({ status: 'retrying', failure, attempt: this.#failures, retryInMs });
  }

  #send(messages: readonly EncodedMessage[]): void {
    for (const { topic, payload, how } of messages) this.#connection?.send(topic, payload, how);
  }

  async #close(): Promise<void> {
    clearTimeout(this.#timer);
    const connection = this.#connection;
    if (connection !== undefined && this.#connectedAtMs !== undefined) {
      const { topic, payload, how } = this.#options.encoder.death();
      await settledWithin(FAREWELL_MS, new Promise((done) => connection.send(topic, payload, how, done)));
      await settledWithin(FAREWELL_MS, connection.goodbye());
    }
    connection?.destroy();
  }
}
