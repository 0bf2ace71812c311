// Settings, and who speaks -> a connection to the broker, made again after every loss of it until it is stopped.

import type { Backoff } from '#common/backoff.js';
import { expected } from '#common/errors.js';
import type { Part } from '#common/part.js';
import { settledWithin } from '#common/time-limit.js';
import type { MqttConfig } from '../../config/schema.js';
import { Attempts } from './attempts.js';
import {
  type BrokerConnection,
  type BrokerLimits,
  type Connect,
  credentialsOf,
  type Incoming,
  type Outgoing,
  type Protocol,
} from './client.js';
import { type BrokerFailure, describeFailure, suspectedTakeover, type Target } from './failures.js';

export type ConnectionEvent =
  | { readonly status: 'connected'; readonly url: string; readonly protocol: Protocol }
  | {
      readonly status: 'retrying';
      readonly failure: BrokerFailure;
      /** Failures in a row, from 1. */
      readonly attempt: number;
      readonly retryInMs: number;
    };

export interface SessionOptions {
  readonly mqtt: MqttConfig;
  readonly connect: Connect;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** 0 to 1. */
  readonly random: () => number;
  /** Is told of each connection and each failure, for the log. */
  readonly onConnection: (event: ConnectionEvent) => void;
  readonly backoff?: Backoff;
}

/** Who speaks on a session: its first word, its last one, and what the broker says in its place. */
export interface Speaker {
  /** Asked for before each connect. */
  will(): Outgoing;
  /** The broker has accepted the connection and the subscriptions are on their way. */
  connected(): void;
  disconnected(): void;
  /** Sends what must be said before an orderly end; resolves once the broker has it. */
  farewell(): Promise<unknown>;
  /** The farewell is cut short after this time. */
  readonly farewellMs: number;
}

interface Listener {
  readonly filters: readonly string[];
  readonly onMessage: (message: Incoming) => void;
}

const BACKOFF: Backoff = { firstMs: 1000, longestMs: 30_000 };
const GOODBYE_MS = 500;

/**
 * The one way to a broker: who speaks on it decides what is said, the session when there is somebody to say it to.
 * On each connect it subscribes first, so that nothing that follows from the first word is missed; a broker that
 * knows only MQTT 3.1.1 is spoken to in that. What a broker allows is known from `Speaker.connected()` on.
 */
export class BrokerSession implements Part {
  readonly #options: SessionOptions;
  readonly #speaker: Speaker;
  readonly #target: Target;
  readonly #attempts: Attempts;
  readonly #listeners: Listener[] = [];
  readonly #stopped = new AbortController();
  #protocol: Protocol;
  #isStarted = false;
  #connecting: Promise<void> = Promise.resolve();
  #connection: BrokerConnection | undefined;
  #limits: BrokerLimits = {};
  #connectedAtMs: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopping: Promise<void> | undefined;

  constructor(options: SessionOptions, speaker: Speaker) {
    this.#options = options;
    this.#speaker = speaker;
    this.#attempts = new Attempts(options.backoff ?? BACKOFF);
    this.#protocol = options.mqtt.protocol;
    const { url, username } = credentialsOf(options.mqtt);
    this.#target = { url, username, clientId: options.mqtt.clientId };
  }

  /**
   * Subscribes to the filters after each connect.
   *
   * @param onMessage is given what comes on the filters of every listener; it passes over what is not its own
   * @throws CspcamError after `start()`: what the broker has retained comes once, right after the first connect
   */
  listen(filters: readonly string[], onMessage: (message: Incoming) => void): void {
    if (this.#isStarted) throw expected('a call before start()', 'listen', filters.join(', '));
    this.#listeners.push({ filters, onMessage });
  }

  get connected(): boolean {
    return this.#connectedAtMs !== undefined;
  }

  /** Bytes that have not left this process. */
  get unsentBytes(): number {
    return this.#connection?.unsentBytes ?? 0;
  }

  /** What the broker of the present connection, or of the last one, allows. */
  get limits(): BrokerLimits {
    return this.#limits;
  }

  /** Connects in the background, for ever; failures go to `onConnection`. */
  async start(signal: AbortSignal): Promise<void> {
    AbortSignal.any([signal, this.#stopped.signal]).throwIfAborted();
    this.#isStarted = true;
    this.#connect();
  }

  /** @param done is told, with QoS 1, whether the broker has it; without a connection it is told false at once */
  send(message: Outgoing, done?: (delivered: boolean) => void): void {
    if (this.#connection === undefined || !this.connected) done?.(false);
    else this.#connection.send(message, done);
  }

  /** Cuts the connection of a broker that takes too little; the next one is made after the usual wait. */
  cut(): void {
    this.#connection?.destroy();
  }

  /** Says the farewell and leaves; takes `farewellMs` and half a second at most. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  #connect(): void {
    this.#connecting = this.#open().catch((error: unknown) =>
      this.#onClose(error instanceof Error ? error : new Error(String(error))),
    );
  }

  async #open(): Promise<void> {
    const { mqtt, connect } = this.#options;
    const connection: BrokerConnection = await connect(mqtt, this.#protocol, this.#speaker.will(), {
      onConnect: (limits) => this.#onConnect(limits),
      onMessage: (message) => {
        for (const { onMessage } of this.#listeners) onMessage(message);
      },
      // A late word of an earlier connection says nothing about this one.
      onClose: (failure) => {
        if (this.#connection === connection) this.#onClose(failure);
      },
    });
    this.#connection = connection;
    if (this.#stopped.signal.aborted) connection.destroy();
  }

  #onConnect(limits: BrokerLimits): void {
    if (this.#stopped.signal.aborted) return;
    this.#connectedAtMs = this.#options.now();
    this.#limits = limits;
    this.#connection?.subscribe(this.#listeners.flatMap(({ filters }) => filters));
    this.#options.onConnection({ status: 'connected', url: this.#target.url, protocol: this.#protocol });
    this.#speaker.connected();
  }

  #onClose(error: Error | undefined): void {
    const livedMs = this.#connectedAtMs === undefined ? undefined : this.#options.now() - this.#connectedAtMs;
    this.#connection = undefined;
    this.#connectedAtMs = undefined;
    this.#speaker.disconnected();
    if (this.#stopped.signal.aborted) return;
    const failure = describeFailure(error, this.#target);
    if (failure.kind === 'protocol' && this.#protocol === '5') {
      this.#protocol = '3.1.1';
      this.#connect();
    } else this.#retry(failure, livedMs);
  }

  #retry(failure: BrokerFailure, livedMs: number | undefined): void {
    const attempts = this.#attempts;
    const retryInMs = attempts.failed(livedMs, this.#options.random());
    this.#timer = setTimeout(() => this.#connect(), retryInMs);
    const isSuspected = attempts.isTakeoverSuspected && failure.kind === 'lost';
    this.#options.onConnection({
      status: 'retrying',
      failure: isSuspected ? suspectedTakeover(this.#target) : failure,
      attempt: attempts.failures,
      retryInMs,
    });
  }

  async #stop(): Promise<void> {
    this.#stopped.abort();
    clearTimeout(this.#timer);
    await settledWithin(GOODBYE_MS, this.#connecting);
    const connection = this.#connection;
    const wasConnected = this.connected;
    if (connection !== undefined && wasConnected) {
      let hasFailed = false;
      const farewell = this.#speaker.farewell().catch(() => {
        hasFailed = true;
      });
      await settledWithin(this.#speaker.farewellMs, farewell);
      // After a goodbye the broker does not send the will, which says what the farewell could not.
      if (!hasFailed) await settledWithin(GOODBYE_MS, connection.goodbye());
    }
    connection?.destroy();
    this.#connection = undefined;
    this.#connectedAtMs = undefined;
    if (wasConnected) this.#speaker.disconnected();
  }
}
