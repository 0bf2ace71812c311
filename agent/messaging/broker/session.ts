// Settings, and who speaks -> a connection to the broker, made again after every loss of it until it is stopped.

import type { Backoff } from '#common/backoff.js';
import { expected } from '#common/errors.js';
import type { Part } from '#common/part.js';
import { settledWithin } from '#common/time-limit.js';
import type { MqttConfig } from '../../config/schema.js';
import type { Done } from '../outcome.js';
import { Attempts } from './attempts.js';
import {
  type BrokerConnection,
  type Connect,
  credentialsOf,
  type Incoming,
  type Outgoing,
  type Protocol,
} from './client.js';
import { Delivery, type DeliveryOptions } from './delivery.js';
import { type BrokerFailure, describeFailure, endingOf, suspectedTakeover, type Target } from './failures.js';
import { fitted } from './fitted.js';
import type { Skipped } from './incoming-limit.js';
import type { BrokerLimits } from './limits.js';
import { ProtocolChoice } from './protocol-choice.js';
import { QOS_NOT_SUPPORTED, RETAIN_NOT_SUPPORTED } from './reasons.js';
import { type Listener, Subscriptions } from './subscriptions.js';

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
  /** CLOCK_MONOTONIC, milliseconds: the time of day may be set meanwhile, by days. */
  readonly nowMs: () => number;
  /** 0 to 1. */
  readonly random: () => number;
  /** Is told of each connection and each failure, for the log. */
  readonly onConnection: (event: ConnectionEvent) => void;
  readonly onRefusal?: DeliveryOptions['onRefusal'];
  readonly onSend?: DeliveryOptions['onSend'];
  /** Is told of what came and was too long to be taken. */
  readonly onSkip?: (skipped: Skipped) => void;
  /** What an earlier run found out about the broker. */
  readonly protocolMemory?: ProtocolMemory;
  readonly backoff?: Backoff;
}

export interface ProtocolMemory {
  /** @param url without user and password */
  recall(url: string): Protocol | undefined;
  remember(url: string, protocol: Protocol): void;
}

/** Who speaks on a session: its first word, its last one, and what the broker says in its place. */
export interface Speaker {
  /** Asked for before each connect; who leaves nothing behind has none. */
  will(): Outgoing | undefined;
  /** The broker has accepted the connection and the subscriptions are on their way. */
  connected(): void;
  disconnected(): void;
  /** Sends what must be said before an orderly end; resolves once the broker has it. */
  farewell(): Promise<unknown>;
  /** The farewell is cut short after this time. */
  readonly farewellMs: number;
}

const BACKOFF: Backoff = { firstMs: 1000, longestMs: 30_000 };
const GOODBYE_MS = 500;
const WARY = '; one message at a time from now on, to find out whether it hangs up on one';

/**
 * The one way to a broker: who speaks on it decides what is said, the session when there is somebody to say it to.
 * On each connect it subscribes first, so that nothing that follows from the first word is missed; a broker that
 * knows only MQTT 3.1.1 is spoken to in that. What a broker allows is known from `Speaker.connected()` on, and kept
 * by `Delivery`.
 */
export class BrokerSession implements Part {
  readonly #options: SessionOptions;
  readonly #speaker: Speaker;
  readonly #target: Target;
  readonly #attempts: Attempts;
  readonly #delivery: Delivery;
  readonly #subscriptions = new Subscriptions((filter) => this.#delivery.subscribe(filter));
  readonly #stopped = new AbortController();
  #protocols: ProtocolChoice;
  #isStarted = false;
  #connecting: Promise<void> = Promise.resolve();
  #connection: BrokerConnection | undefined;
  #limits: BrokerLimits = {};
  /** The will goes before the broker says anything: what it said of itself before holds for it. */
  #willLimits: BrokerLimits = {};
  #connectedAtMs: number | undefined;
  #isCut = false;
  #timer: NodeJS.Timeout | undefined;
  #stopping: Promise<void> | undefined;

  constructor(options: SessionOptions, speaker: Speaker) {
    this.#options = options;
    this.#speaker = speaker;
    this.#attempts = new Attempts(options.backoff ?? BACKOFF);
    this.#protocols = new ProtocolChoice(options.mqtt.protocol, undefined);
    this.#delivery = new Delivery({
      nowMs: options.nowMs,
      onRefusal: (refusal) => options.onRefusal?.(refusal),
      onSend: options.onSend,
    });
    const { url, username } = credentialsOf(options.mqtt);
    this.#target = { url, username, clientId: options.mqtt.clientId };
  }

  /**
   * Subscribes to the filters after each connect.
   *
   * @param onMessage is given what comes on the filters of every listener; it passes over what is not its own
   * @param keptFilters only what the broker has retained there comes, once after each connect
   * @throws CspcamError after `start()`: what the broker has retained comes once, right after the first connect
   */
  listen(
    filters: readonly string[],
    onMessage: (message: Incoming) => void,
    keptFilters: readonly string[] = [],
  ): void {
    if (this.#isStarted)
      throw expected('a call before start()', 'listen', [...filters, ...keptFilters].join(', '));
    this.#subscriptions.add({ filters, keptFilters, onMessage });
  }

  /** Takes these listeners in place of all before, at any time. */
  replaceListeners(listeners: readonly Listener[]): void {
    this.#subscriptions.replace(listeners);
  }

  get connected(): boolean {
    return this.#connectedAtMs !== undefined;
  }

  /** Bytes that have not left this process. */
  get unsentBytes(): number {
    return this.#delivery.unsentBytes;
  }

  /** What the broker of the present connection, or of the last one, allows. */
  get limits(): BrokerLimits {
    return this.#limits;
  }

  /** Connects in the background, for ever; failures go to `onConnection`. */
  async start(signal: AbortSignal): Promise<void> {
    AbortSignal.any([signal, this.#stopped.signal]).throwIfAborted();
    this.#isStarted = true;
    const { mqtt, protocolMemory } = this.#options;
    this.#protocols = new ProtocolChoice(mqtt.protocol, protocolMemory?.recall(this.#target.url));
    this.#connect();
  }

  /** @param done is told once what became of it: without a connection at once that it has to be sent again */
  send(message: Outgoing, done?: Done): void {
    this.#delivery.send(message, done);
  }

  /** Sends the last word on the connection, whatever still waits to be sent. */
  sendLast(message: Outgoing): Promise<unknown> {
    return new Promise((done) => this.#delivery.sendLast(message, done));
  }

  /** How many bytes of payload may be tried with a message that has none yet. */
  roomFor(message: Outgoing): number {
    return this.#delivery.roomFor(message);
  }

  /** Cuts the connection of a broker that takes too little; the next one is made after the usual wait. */
  cut(): void {
    this.#isCut = true;
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
    const { mqtt, connect, onSkip } = this.#options;
    const protocol = this.#protocols.current;
    const will = this.#speaker.will();
    const connection: BrokerConnection = await connect(
      mqtt,
      protocol,
      will && fitted(will, this.#willLimits),
      {
        onConnect: (limits) => this.#onConnect(connection, protocol, limits),
        onMessage: (message) => this.#subscriptions.onMessage(message),
        onSkip: (skipped) => onSkip?.(skipped),
        // A late word of an earlier connection says nothing about this one.
        onClose: (failure, wasReached) => {
          if (this.#connection === connection) this.#onClose(failure, wasReached);
        },
      },
    );
    this.#connection = connection;
    if (this.#stopped.signal.aborted) connection.destroy();
  }

  #onConnect(connection: BrokerConnection, protocol: Protocol, limits: BrokerLimits): void {
    if (this.#stopped.signal.aborted) return;
    const { nowMs, onConnection, protocolMemory } = this.#options;
    const { url } = this.#target;
    this.#connectedAtMs = nowMs();
    this.#isCut = false;
    this.#limits = limits;
    this.#willLimits = limits;
    if (this.#protocols.connected()) protocolMemory?.remember(url, protocol);
    this.#delivery.open(connection, protocol, limits);
    this.#subscriptions.open(connection);
    onConnection({ status: 'connected', url, protocol });
    this.#speaker.connected();
  }

  #onClose(error: Error | undefined, wasReached = false): void {
    const livedMs =
      this.#connectedAtMs === undefined ? undefined : this.#options.nowMs() - this.#connectedAtMs;
    const hasAnswered = livedMs !== undefined;
    this.#connection = undefined;
    this.#connectedAtMs = undefined;
    this.#subscriptions.close();
    const failure = describeFailure(error, this.#target, { wasReached, hasAnswered });
    const isFound = this.#delivery.close(this.#isCut ? { by: 'other' } : endingOf(error, failure));
    this.#speaker.disconnected();
    if (this.#stopped.signal.aborted) return;
    if (!hasAnswered) this.#learnOfWill(error);
    const isVersion =
      failure.kind === 'protocol' ? 'refused' : failure.kind === 'silent' ? 'hung-up' : 'other';
    if (!hasAnswered && this.#protocols.failed(isVersion)) this.#connect();
    else this.#retry(failure, livedMs, isFound);
  }

  /** A broker that does not take the will says so instead of accepting the connection. */
  #learnOfWill(error: Error | undefined): void {
    const { code } = (error ?? {}) as { code?: unknown };
    if (code === QOS_NOT_SUPPORTED) this.#willLimits = { ...this.#willLimits, maximumQos: 0 };
    if (code === RETAIN_NOT_SUPPORTED) this.#willLimits = { ...this.#willLimits, retainAvailable: false };
  }

  #retry(failure: BrokerFailure, livedMs: number | undefined, isFound: boolean): void {
    const attempts = this.#attempts;
    const retryInMs = attempts.failed(livedMs, this.#options.random());
    this.#timer = setTimeout(() => this.#connect(), retryInMs);
    const { isWary } = this.#delivery;
    // What it hung up on is a better reason than another client.
    const isSuspected = attempts.isTakeoverSuspected && failure.kind === 'lost' && !isFound && !isWary;
    const said = isWary ? { ...failure, message: `${failure.message}${WARY}` } : failure;
    this.#options.onConnection({
      status: 'retrying',
      failure: isSuspected ? suspectedTakeover(this.#target) : said,
      attempt: attempts.failures,
      retryInMs,
    });
  }

  async #stop(): Promise<void> {
    this.#stopped.abort();
    clearTimeout(this.#timer);
    this.#subscriptions.close();
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
    this.#delivery.close({ by: 'other' });
    if (wasConnected) this.#speaker.disconnected();
  }
}
