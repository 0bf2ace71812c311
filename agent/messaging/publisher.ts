// Messages of the agent -> the broker, over every loss of it, with bounded memory and a truthful `state`.

import { type Backoff, retryDelayMs } from '#common/backoff.js';
import { settledWithin } from '#common/time-limit.js';
import type { MqttConfig } from '../config/schema.js';
import {
  type BrokerConnection,
  type Connect,
  credentialsOf,
  type Incoming,
  type Payload,
  type Protocol,
  type SendOptions,
} from './broker/client.js';
import { type BrokerFailure, describeFailure, suspectedTakeover, type Target } from './broker/failures.js';
import { type Picture, pictureProperties } from './payloads.js';
import { type RetainedMessage, RetainedMessages } from './retained.js';
import { type Body, type Envelope, type Message, SCHEMA_VERSION } from './schemas.js';
import { JSON_TYPE, type MessageKind, type TopicRow, topicOf, topicTable } from './topics.js';

export type ConnectionEvent =
  | { readonly status: 'connected'; readonly url: string; readonly protocol: Protocol }
  | {
      readonly status: 'retrying';
      readonly failure: BrokerFailure;
      /** Failures in a row, from 1. */
      readonly attempt: number;
      readonly retryInMs: number;
    };

export interface PublisherOptions {
  readonly mqtt: MqttConfig;
  readonly device: string;
  readonly bootId: string;
  readonly connect: Connect;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** 0 to 1. */
  readonly random: () => number;
  /** Each connection and each failure, for the log. */
  readonly onConnection: (event: ConnectionEvent) => void;
  readonly backoff?: Backoff;
  /** Takes what must not be lost; without it such messages are treated like all others. */
  readonly outbox?: MessageStore;
  /** Topics to listen to, and what comes on them. */
  readonly filters?: readonly string[];
  readonly onMessage?: (message: Incoming) => void;
  /** Each message that is published, connected or not: for other forms of it. */
  readonly onPublish?: (message: Message) => void;
}

/** What the publisher needs of an outbox, which sends by `Publisher.sendStored`. */
export interface MessageStore {
  put(topic: string, payload: string): void;
  connected(): void;
  disconnected(): void;
}

export interface PublisherCounters {
  /** Given to the broker. */
  published: number;
  /** Given up for want of a connection. */
  droppedOffline: number;
  /** Given up because earlier ones had not left yet. */
  droppedSlow: number;
  connects: number;
}

const BACKOFF: Backoff = { firstMs: 1000, longestMs: 30_000 };
/** About a hundred frames. */
const SLOW_BYTES = 64 * 1024;
/** Together below the 3 s that a service has to stop. */
const SETTLE_MS = 1000;
const GOODBYE_MS = 500;

/**
 * Keeps `state` right: online after each connect, offline as the will and at `close()`. Retained messages go
 * again after each connect, the newest per topic; others are dropped and counted while there is no
 * connection, or while the broker is too slow to take them.
 */
export class Publisher {
  readonly counters: PublisherCounters = { published: 0, droppedOffline: 0, droppedSlow: 0, connects: 0 };
  readonly #options: PublisherOptions;
  readonly #backoff: Backoff;
  readonly #target: Target;
  readonly #stateTopic: string;
  readonly #sequences = new Map<string, number>();
  readonly #retained = new RetainedMessages((topic, { payload, how }, done) =>
    this.#deliver(topic, payload, how, done),
  );
  #protocol: Protocol;
  #started = false;
  #connection: BrokerConnection | undefined;
  #connectedAtMs: number | undefined;
  #briefConnections = 0;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#backoff = options.backoff ?? BACKOFF;
    this.#protocol = options.mqtt.protocol;
    const { url, username } = credentialsOf(options.mqtt);
    this.#target = { url, username, clientId: options.mqtt.clientId };
    this.#stateTopic = topicOf(options.mqtt.base, options.device, 'state', {});
  }

  /** Connects in the background, for ever; failures go to `onConnection`. */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    void this.#connect();
  }

  get connected(): boolean {
    return this.#connectedAtMs !== undefined;
  }

  publish(message: Message): void {
    const { kind, body } = message;
    const row: TopicRow = topicTable[kind];
    const topic = topicOf(this.#options.mqtt.base, this.#options.device, kind, body);
    const sequence = this.#number(topic);
    if (row.retain)
      this.#retained.put(topic, { payload: this.#payload(sequence, body), how: this.#how(row, sequence) });
    else if (row.stored && this.#options.outbox !== undefined)
      this.#options.outbox.put(topic, this.#payload(sequence, body));
    else if (this.#ready()) {
      this.#connection!.send(topic, this.#payload(sequence, body), this.#how(row, sequence));
      this.counters.published++;
    }
    this.#options.onPublish?.(message);
  }

  /** A message of another form, worth nothing later: dropped and counted as detections are. */
  publishNow(topic: string, payload: Payload, how: SendOptions): void {
    if (!this.#ready()) return;
    this.#connection!.send(topic, payload, how);
    this.counters.published++;
  }

  /** Retained JSON that has a form of its own: no envelope, and its topic need not be the agent's. */
  publishRetained(topic: string, payload: string): void {
    this.#retained.put(topic, { payload, how: { qos: 1, retain: true, contentType: JSON_TYPE } });
  }

  /** On `camera/<id>/snapshot`; what an envelope would say is in the user properties. */
  publishPicture(camera: string, picture: Picture): void {
    const topic = `${this.#options.mqtt.base}/${this.#options.device}/camera/${camera}/snapshot`;
    const userProperties = {
      ...this.#properties(this.#number(topic)),
      ...pictureProperties(picture),
    };
    const how = { qos: 0, retain: true, contentType: 'image/jpeg', userProperties } as const;
    this.#retained.put(topic, { payload: picture.jpeg, how });
  }

  /** Sends a retained message anew, though the broker has it: somebody has asked for it. */
  repeatRetained(topic: string): void {
    this.#retained.repeat(topic);
  }

  /** The broker forgets what it kept on the topic, now and after each connect. */
  clearRetained(topic: string): void {
    this.#retained.put(topic, { payload: '', how: { qos: 1, retain: true } });
  }

  /** Whether this run has published a retained message on the topic. */
  hasRetained(topic: string): boolean {
    return this.#retained.has(topic);
  }

  /** For the outbox. */
  sendStored(topic: string, payload: string, done: (delivered: boolean) => void): void {
    // It may be of an earlier run.
    const { bootId, sequence } = JSON.parse(payload) as Envelope;
    const userProperties = this.#properties(sequence, bootId);
    this.#deliver(topic, payload, { qos: 1, retain: false, contentType: JSON_TYPE, userProperties }, done);
  }

  /** Lets retained messages finish, says offline and leaves; takes 2 s at most. Safe to call twice. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #connect(): Promise<void> {
    this.#timer = undefined;
    let connection: BrokerConnection | undefined;
    try {
      const will = { topic: this.#stateTopic, ...this.#state('offline') };
      connection = await this.#options.connect(this.#options.mqtt, this.#protocol, will, {
        onConnect: () => this.#onConnect(),
        onMessage: (message) => this.#options.onMessage?.(message),
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
    this.#connectedAtMs = this.#options.now();
    const { payload, how } = this.#state('online');
    this.#deliver(this.#stateTopic, payload, how, () => {});
    this.#connection?.subscribe(this.#options.filters ?? []);
    this.counters.connects++;
    this.#options.onConnection({ status: 'connected', url: this.#target.url, protocol: this.#protocol });
    this.#retained.connected();
    this.#options.outbox?.connected();
  }

  #onClose(error: Error | undefined): void {
    const livedMs = this.#connectedAtMs === undefined ? undefined : this.#options.now() - this.#connectedAtMs;
    this.#connection = undefined;
    this.#connectedAtMs = undefined;
    this.#retained.disconnected();
    this.#options.outbox?.disconnected();
    if (this.#closing !== undefined) return;
    let failure = describeFailure(error, this.#target);
    if (failure.kind === 'protocol' && this.#protocol === '5') {
      this.#protocol = '3.1.1';
      void this.#connect();
      return;
    }
    // Two agents of one client id end each other's connections; a lasting one clears the suspicion, and only
    // a lasting one resets the wait, so that they do not do it many times a second.
    const lasting = livedMs !== undefined && livedMs > this.#backoff.longestMs;
    this.#failures = lasting ? 1 : this.#failures + 1;
    this.#briefConnections = livedMs === undefined || lasting ? 0 : this.#briefConnections + 1;
    if (this.#briefConnections > 2 && failure.kind === 'lost') failure = suspectedTakeover(this.#target);
    const retryInMs = retryDelayMs(this.#backoff, this.#failures, this.#options.random());
    this.#timer = setTimeout(() => void this.#connect(), retryInMs);
    this.#options.onConnection({ status: 'retrying', failure, attempt: this.#failures, retryInMs });
  }

  async #close(): Promise<void> {
    clearTimeout(this.#timer);
    const connection = this.#connection;
    if (connection !== undefined && this.connected) {
      await settledWithin(SETTLE_MS, this.#retained.settled());
      const { payload, how } = this.#state('offline');
      await settledWithin(
        GOODBYE_MS,
        new Promise((done) => this.#deliver(this.#stateTopic, payload, how, done)),
      );
      await settledWithin(GOODBYE_MS, connection.goodbye());
    }
    connection?.destroy();
    this.#connection = undefined;
    this.#connectedAtMs = undefined;
  }

  #deliver(topic: string, payload: Payload, how: SendOptions, done: (delivered: boolean) => void): void {
    if (this.#connection === undefined) {
      done(false);
      return;
    }
    this.counters.published++;
    this.#connection.send(topic, payload, how, done);
  }

  /** Numbered before it may be dropped, so that a subscriber sees the gap. */
  #number(topic: string): number {
    const sequence = this.#sequences.get(topic) ?? 0;
    this.#sequences.set(topic, sequence + 1);
    return sequence;
  }

  /** Whether a message that is worth nothing later can go now; counts it where it cannot. */
  #ready(): boolean {
    if (this.#connection === undefined || !this.connected) this.counters.droppedOffline++;
    else if (this.#connection.unsentBytes > SLOW_BYTES) this.counters.droppedSlow++;
    else return true;
    return false;
  }

  #how({ qos, retain, expirySeconds }: TopicRow, sequence: number): SendOptions {
    const userProperties = this.#properties(sequence);
    return { qos, retain, expirySeconds, contentType: JSON_TYPE, userProperties };
  }

  /** The envelope once more, for those who do not open the payload. */
  #properties(sequence: number, bootId = this.#options.bootId): Record<string, string> {
    return { schema: String(SCHEMA_VERSION), bootId, sequence: String(sequence) };
  }

  /** Two numbers for each connection: online, and the offline that ends it, as will or as farewell. */
  #state(state: Body<'state'>['state']): RetainedMessage {
    const isFarewell = state === 'offline' && this.connected;
    const connection = isFarewell ? this.counters.connects - 1 : this.counters.connects;
    const sequence = 2 * connection + (state === 'online' ? 0 : 1);
    return { payload: this.#payload(sequence, { state }), how: this.#how(topicTable.state, sequence) };
  }

  #payload(sequence: number, body: Body<MessageKind>): string {
    const sentAt = new Date(this.#options.now()).toISOString();
    const envelope: Envelope = {
      schemaVersion: SCHEMA_VERSION,
      bootId: this.#options.bootId,
      sequence,
      sentAt,
    };
    return JSON.stringify({ ...envelope, ...body });
  }
}
