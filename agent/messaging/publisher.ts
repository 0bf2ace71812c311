// Messages of the agent -> the broker, over every loss of it, with bounded memory and a truthful `state`.

import type { Part } from '#common/part.js';
import { settledWithin } from '#common/time-limit.js';
import type { Picture } from '../analytics/picture.js';
import type { Incoming, Outgoing, Payload } from './broker/client.js';
import type { Refusal } from './broker/delivery.js';
import type { BrokerLimits } from './broker/limits.js';
import { BrokerSession } from './broker/session.js';
import type { Listener } from './broker/subscriptions.js';
import { Envelopes } from './envelope.js';
import { OnlineState } from './online-state.js';
import type { Done } from './outcome.js';
import { pictureProperties } from './payloads/frames.js';
import { Pictures } from './pictures.js';
import type { PublisherOptions, Renewal } from './publisher-options.js';
import { RetainedMessages } from './retained.js';
import type { Envelope, Message } from './schemas.js';
import {
  cropTopic,
  JSON_TYPE,
  maximumBytes,
  pictureTopics,
  snapshotTopic,
  type TopicRow,
  topicOf,
  topicTable,
} from './topics.js';

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
/** Somebody waits for an answer: it goes behind a few pictures, and memory is bounded where more is asked than can leave. */
const ANSWERS_WAIT_BYTES = 8 * 1024 * 1024;
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
  #options: PublisherOptions;
  #session: BrokerSession;
  #isStopped = false;
  readonly #envelopes: Envelopes;
  readonly #state: OnlineState;
  readonly #retained: RetainedMessages;
  readonly #pictures: Pictures;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#envelopes = new Envelopes(options);
    this.#state = new OnlineState(this.#stateTopic, this.#envelopes);
    this.#retained = new RetainedMessages(
      (message, done) => this.#session.send(message, done),
      options.nowMs,
    );
    this.#pictures = new Pictures({
      fit: options.fitPicture,
      room: (message) => Math.min(maximumBytes.picture, this.#session.roomFor(message)),
      put: (message) => {
        if (message.options.retain) this.#retained.put(message);
        // What it goes behind was asked before it was made smaller; the connection may have gone meanwhile.
        else if (this.#isReady(Number.POSITIVE_INFINITY)) this.#session.send(message);
      },
      onTooLarge: ({ topic, payload }, maximum) => this.#refuse(topic, payload.byteLength, maximum),
    });
    this.#session = this.#makeSession();
  }

  /** Connects in the background; what is retained by then is what `StaleRetained` takes for this run's own. */
  start(signal: AbortSignal): Promise<void> {
    return this.#session.start(signal);
  }

  /** Lets retained messages finish, says offline and leaves; takes 2 s at most. */
  stop(): Promise<void> {
    this.#isStopped = true;
    return this.#session.stop();
  }

  /**
   * Leaves the broker as `stop()` does and connects in the background as the configuration says now. What is retained and
   * the numbers of topics go on; under other names both begin anew.
   */
  async renew({ listeners, onRenewed, ...options }: Renewal, signal: AbortSignal): Promise<void> {
    await this.#session.stop();
    if (signal.aborted || this.#isStopped) return;
    const before = this.#stateTopic;
    this.#options = { ...this.#options, ...options };
    const hasOtherNames = this.#stateTopic !== before;
    if (hasOtherNames) this.#retained.forgetAll();
    this.#retained.forgetRefusals();
    this.#state.moveTo(this.#stateTopic);
    this.#session = this.#makeSession();
    this.#session.replaceListeners(listeners);
    onRenewed(hasOtherNames);
    await this.#session.start(signal);
  }

  /** The same while the connection stays. */
  replaceListeners(listeners: readonly Listener[]): void {
    this.#session.replaceListeners(listeners);
  }

  get connected(): boolean {
    return this.#session.connected;
  }

  /** What the broker allows. */
  get limits(): BrokerLimits {
    return this.#session.limits;
  }

  /** Subscribes to the filters after each connect, to the kept ones for what is retained there; called before `start()` only. */
  listen(
    filters: readonly string[],
    onMessage: (message: Incoming) => void,
    keptFilters?: readonly string[],
  ): void {
    this.#session.listen(filters, onMessage, keptFilters);
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
    } else if (this.#isReady(row.qos === 1 ? ANSWERS_WAIT_BYTES : SLOW_BYTES)) {
      const made = make();
      if (this.#isShort(topic, made.payload, row.maximumBytes)) this.#session.send(made);
    }
    onPublish?.(message);
  }

  /** Sends a message of another form, worth nothing later: dropped and counted as detections are. */
  publishNow(message: Outgoing): void {
    const { topic, payload } = message;
    if (this.#isReady() && this.#isShort(topic, payload, maximumBytes.encoded)) this.#session.send(message);
  }

  /** Keeps JSON of a form of its own retained: it has no envelope, and its topic need not be the agent's. */
  publishRetained(topic: string, payload: string): void {
    const options = { qos: 1, retain: true, contentType: JSON_TYPE } as const;
    this.#keep({ topic, payload, options }, maximumBytes.discovery);
  }

  /**
   * Goes to `camera/<id>/snapshot`, and what it has of an object alone to `camera/<id>/crop`: smaller where the broker takes
   * no more, and kept by it or worth nothing later; what an envelope would say is in the user properties.
   */
  publishPicture(camera: string, picture: Picture): void {
    const { mqtt, device, keepsPictures } = this.#options;
    const { jpeg, object } = picture;
    const retain = keepsPictures?.(camera) ?? true;
    // Asked once for both: the snapshot alone may be more than may wait.
    const hindrance = retain ? undefined : this.#hindrance();
    const publish = (topic: string, payload: Buffer) => {
      const userProperties = {
        ...this.#envelopes.properties(this.#envelopes.number(topic)),
        ...pictureProperties(picture),
      };
      const options = { qos: 0, retain, contentType: 'image/jpeg', userProperties } as const;
      if (hindrance !== undefined) this.counters[hindrance]++;
      else this.#pictures.publish({ topic, payload, options });
    };
    publish(snapshotTopic(mqtt.base, device, camera), jpeg);
    if (object !== undefined) publish(cropTopic(mqtt.base, device, camera), object.crop);
  }

  /** Sends a retained message anew, though the broker has it: somebody has asked for it. */
  repeatRetained(topic: string): void {
    this.#retained.repeat(topic);
  }

  /** Lets the broker forget what it kept on the topic; a thousand at once, whoever clears more finds the rest again. */
  clearRetained(topic: string): void {
    this.#retained.put({ topic, payload: '', options: { qos: 1, retain: true } });
  }

  /** Lets the broker forget a message that was published. */
  clear(message: Message): void {
    const { mqtt, device, onClear } = this.#options;
    this.clearRetained(topicOf(mqtt.base, device, message.kind, message.body));
    onClear?.(message);
  }

  /** Lets the broker forget all that this run has published of a camera. */
  clearCamera(camera: string): void {
    const { mqtt, device } = this.#options;
    const pictures = pictureTopics(mqtt.base, device, camera);
    const below = pictures[0]!.slice(0, pictures[0]!.lastIndexOf('/') + 1);
    const own = this.#retained.topics.filter((topic) => topic.startsWith(below) && !pictures.includes(topic));
    this.clearPictures(camera);
    for (const topic of own) this.clearRetained(topic);
  }

  /** Lets the broker forget the pictures of a camera; one that is being made smaller is not sent any more. */
  clearPictures(camera: string): void {
    const { mqtt, device } = this.#options;
    for (const topic of pictureTopics(mqtt.base, device, camera)) {
      this.#pictures.forget(topic);
      this.clearRetained(topic);
    }
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
    this.#session.send({ topic, payload, options }, done);
  }

  get #stateTopic(): string {
    const { mqtt, device } = this.#options;
    return topicOf(mqtt.base, device, 'state', {});
  }

  #makeSession(): BrokerSession {
    const { outbox } = this.#options;
    return new BrokerSession(
      {
        ...this.#options,
        onRefusal: (refusal) => this.#onRefusal(refusal),
        onSend: () => {
          this.counters.published++;
        },
      },
      {
        will: () => this.#state.will(),
        connected: () => {
          this.counters.connects++;
          this.#session.send(this.#state.online());
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
    await this.#session.sendLast(this.#state.farewell());
  }

  /** Whether a message that is worth nothing later can go now, behind so much; counts it where it cannot. */
  #isReady(mostUnsentBytes = SLOW_BYTES): boolean {
    const hindrance = this.#hindrance(mostUnsentBytes);
    if (hindrance !== undefined) this.counters[hindrance]++;
    return hindrance === undefined;
  }

  /** As what such a message has to be counted, where it cannot go now. */
  #hindrance(mostUnsentBytes = SLOW_BYTES): 'droppedOffline' | 'droppedSlow' | undefined {
    if (!this.connected) return 'droppedOffline';
    return this.#session.unsentBytes > mostUnsentBytes ? 'droppedSlow' : undefined;
  }
}
