// Messages of the agent -> the broker, over every loss of it, with bounded memory and a truthful `state`.

import type { Part } from '#common/part.js';
import { settledWithin } from '#common/time-limit.js';
import type { Picture } from '../analytics/picture.js';
import type { Incoming, Outgoing, Payload } from './broker/client.js';
import type { Refusal } from './broker/delivery.js';
import type { BrokerLimits } from './broker/limits.js';
import { BrokerSession, type SessionOptions } from './broker/session.js';
import { Envelopes } from './envelope.js';
import { OnlineState } from './online-state.js';
import type { Done } from './outcome.js';
import { pictureProperties } from './payloads/frames.js';
import { type FitPicture, Pictures } from './pictures.js';
import { RetainedMessages } from './retained.js';
import type { Envelope, Message } from './schemas.js';
import { JSON_TYPE, maximumBytes, snapshotTopic, type TopicRow, topicOf, topicTable } from './topics.js';

export interface PublisherOptions extends SessionOptions {
  readonly device: string;
  readonly bootId: string;
  /** Takes what must not be lost; without it such messages are treated like all others. */
  readonly outbox?: MessageStore;
  /** Makes a picture smaller. */
  readonly fitPicture?: FitPicture;
  /** Whether the broker is to keep the latest picture of a camera; default that of all. */
  readonly keepsPictures?: (camera: string) => boolean;
  /** Is given each message that is published, connected or not: for other forms of it. */
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
  /** Settled for good: the broker will not take them, or they are longer than their topic may be. */
  refused: number;
  connects: number;
}

/** About a hundred frames. */
const SLOW_BYTES = 64 * 1024;
/** Together with the session's goodbye they stay below the 3 s that a service has to stop. */
const SETTLE_MS = 1000;
const FAREWELL_MS = 500;

/**
 * Says where each kind of message goes, as the topic table has it. Retained messages go again after each connect,
 * the newest per topic, and may be put before the start; others are dropped and counted while there is no
 * connection, or while the broker is too slow to take them.
 */
export class Publisher implements Part {
  readonly counters: PublisherCounters = {
    published: 0,
    droppedOffline: 0,
    droppedSlow: 0,
    refused: 0,
    connects: 0,
  };
  readonly #options: PublisherOptions;
  readonly #session: BrokerSession;
  readonly #envelopes: Envelopes;
  readonly #state: OnlineState;
  readonly #retained: RetainedMessages;
  readonly #pictures: Pictures;

  constructor(options: PublisherOptions) {
    const { mqtt, device, outbox } = options;
    this.#options = options;
    this.#envelopes = new Envelopes(options);
    this.#state = new OnlineState(topicOf(mqtt.base, device, 'state', {}), this.#envelopes);
    this.#retained = new RetainedMessages((message, done) => this.#send(message, done), options.now);
    this.#pictures = new Pictures({
      fit: options.fitPicture,
      room: (message) => Math.min(maximumBytes.picture, this.#session.roomFor(message)),
      put: (message) => {
        if (message.options.retain) this.#retained.put(message);
        else if (this.#isReady()) this.#send(message);
      },
      onTooLarge: ({ topic, payload }, maximum) => this.#refuse(topic, payload.byteLength, maximum),
    });
    const onRefusal = (refusal: Refusal) => this.#onRefusal(refusal);
    this.#session = new BrokerSession(
      { ...options, onRefusal },
      {
        will: () => this.#state.will(),
        connected: () => {
          this.counters.connects++;
          this.#send(this.#state.online());
          this.#retained.connected();
          outbox?.connected();
        },
        disconnected: () => {
          this.#retained.disconnected();
          outbox?.disconnected();
        },
        farewell: () => this.#farewell(),
        farewellMs: SETTLE_MS + FAREWELL_MS,
      },
    );
  }

  /** Connects in the background; what is retained by then is what `StaleRetained` takes for this run's own. */
  start(signal: AbortSignal): Promise<void> {
    return this.#session.start(signal);
  }

  /** Lets retained messages finish, says offline and leaves; takes 2 s at most. */
  stop(): Promise<void> {
    return this.#session.stop();
  }

  get connected(): boolean {
    return this.#session.connected;
  }

  /** What the broker allows. */
  get limits(): BrokerLimits {
    return this.#session.limits;
  }

  /** Subscribes to the filters after each connect; called before `start()` only. */
  listen(filters: readonly string[], onMessage: (message: Incoming) => void): void {
    this.#session.listen(filters, onMessage);
  }

  publish(message: Message): void {
    const { kind, body } = message;
    const row: TopicRow = topicTable[kind];
    const topic = topicOf(this.#options.mqtt.base, this.#options.device, kind, body);
    const sequence = this.#envelopes.number(topic);
    const { outbox, onPublish } = this.#options;
    const make = (): Outgoing => ({
      topic,
      payload: this.#envelopes.payload(sequence, body),
      options: this.#envelopes.options(row, sequence),
    });
    if (row.retain) this.#keep(make(), row.maximumBytes);
    else if (row.stored && outbox !== undefined) {
      const payload = this.#envelopes.payload(sequence, body);
      if (this.#isShort(topic, payload, row.maximumBytes)) outbox.put(topic, payload);
    } else if (this.#isReady()) {
      const made = make();
      if (this.#isShort(topic, made.payload, row.maximumBytes)) this.#send(made);
    }
    onPublish?.(message);
  }

  /** Sends a message of another form, worth nothing later: dropped and counted as detections are. */
  publishNow(message: Outgoing): void {
    const { topic, payload } = message;
    if (this.#isReady() && this.#isShort(topic, payload, maximumBytes.encoded)) this.#send(message);
  }

  /** Keeps JSON of a form of its own retained: it has no envelope, and its topic need not be the agent's. */
  publishRetained(topic: string, payload: string): void {
    const options = { qos: 1, retain: true, contentType: JSON_TYPE } as const;
    this.#keep({ topic, payload, options }, maximumBytes.discovery);
  }

  /**
   * Goes to `camera/<id>/snapshot`, smaller where the broker takes no more, and kept by it or worth nothing later; what an
   * envelope would say is in the user properties.
   */
  publishPicture(camera: string, picture: Picture): void {
    const topic = snapshotTopic(this.#options.mqtt.base, this.#options.device, camera);
    const userProperties = {
      ...this.#envelopes.properties(this.#envelopes.number(topic)),
      ...pictureProperties(picture),
    };
    const retain = this.#options.keepsPictures?.(camera) ?? true;
    const options = { qos: 0, retain, contentType: 'image/jpeg', userProperties } as const;
    this.#pictures.publish({ topic, payload: picture.jpeg, options });
  }

  /** Sends a retained message anew, though the broker has it: somebody has asked for it. */
  repeatRetained(topic: string): void {
    this.#retained.repeat(topic);
  }

  /** Lets the broker forget what it kept on the topic; a thousand at once, whoever clears more finds the rest again. */
  clearRetained(topic: string): void {
    this.#retained.put({ topic, payload: '', options: { qos: 1, retain: true } });
  }

  /** Whether this run has published a retained message on the topic. */
  hasRetained(topic: string): boolean {
    return this.#retained.has(topic);
  }

  /** Sends what the outbox kept, which may be of an earlier run. */
  sendStored(topic: string, payload: string, done: Done): void {
    const { bootId, sequence } = JSON.parse(payload) as Envelope;
    const userProperties = this.#envelopes.properties(sequence, bootId);
    const options = { qos: 1, retain: false, contentType: JSON_TYPE, userProperties } as const;
    this.#send({ topic, payload, options }, done);
  }

  #onRefusal(refusal: Refusal): void {
    const { topic, reason } = refusal;
    this.#tell(refusal);
    if (reason === 'too-large' || reason === 'hang-up') this.#pictures.refused(topic);
  }

  #keep(message: Outgoing, maximum: number): void {
    if (this.#isShort(message.topic, message.payload, maximum)) this.#retained.put(message);
  }

  /** Whether it is within the bound of its topic; what is not is counted as refused. */
  #isShort(topic: string, payload: Payload, maximum: number): boolean {
    const bytes = Buffer.byteLength(payload);
    if (bytes <= maximum) return true;
    this.#refuse(topic, bytes, maximum);
    return false;
  }

  #refuse(topic: string, bytes: number, maximum: number): void {
    const words = `at most ${Math.max(0, maximum)} bytes`;
    const refused = { kind: 'refused', reason: 'too-large', words } as const;
    this.#tell({ of: 'message', topic, bytes, ...refused });
  }

  #tell(refusal: Refusal): void {
    if (refusal.of === 'message') this.counters.refused++;
    this.#options.onRefusal?.(refusal);
  }

  async #farewell(): Promise<void> {
    await settledWithin(SETTLE_MS, this.#retained.settled());
    this.counters.published++;
    await this.#session.sendLast(this.#state.farewell());
  }

  #send(message: Outgoing, done?: Done): void {
    if (this.connected) this.counters.published++;
    this.#session.send(message, done);
  }

  /** Whether a message that is worth nothing later can go now; counts it where it cannot. */
  #isReady(): boolean {
    if (!this.connected) this.counters.droppedOffline++;
    else if (this.#session.unsentBytes > SLOW_BYTES) this.counters.droppedSlow++;
    else return true;
    return false;
  }
}
