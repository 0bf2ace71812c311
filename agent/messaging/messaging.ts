// Configuration -> everything between the agent and its broker: publisher, outbox, Home Assistant, requests.

import { join } from 'node:path';
import { monotonicMs } from '#common/clock.js';
import { stateDirectory } from '#common/folders.js';
import { version } from '#common/package.js';
import type { Part } from '#common/part.js';
import type { ModelDescription } from '../../models/folder/description.js';
import { picturesOf } from '../config/pictures.js';
import type { Config } from '../config/schema.js';
import type { Log } from '../telemetry/log.js';
import { Announcements } from './announcements.js';
import { connect, type Incoming } from './broker/client.js';
import type { BrokerLimits } from './broker/limits.js';
import { FileMemory } from './broker/protocol-memory.js';
import type { ConnectionEvent } from './broker/session.js';
import { Encodings } from './encodings/encodings.js';
import { FormerNames } from './former-names.js';
import { HomeAssistant } from './home-assistant/home-assistant.js';
import { MachineClock } from './outbox/machine-clock.js';
import { Outbox } from './outbox/outbox.js';

import type { FitPicture } from './pictures.js';

import { Publisher } from './publisher.js';
import { Refusals } from './refusals.js';
import { Requests } from './requests/requests.js';
import type { RequestHandlers } from './requests/table.js';
import { StaleRetained } from './stale-retained.js';
import { snapshotTopic } from './topics.js';

interface Listener {
  readonly filters: readonly string[];
  onMessage(message: Incoming): void;
}

export interface MessagingOptions {
  readonly config: Config;
  readonly model: ModelDescription;
  readonly bootId: string;
  readonly log: Log;
  /** Makes a picture smaller for brokers that take no longer one. */
  readonly fitPicture?: FitPicture;
}

/**
 * What is retained must be known before the connection is, or `StaleRetained` takes what earlier runs left of it for
 * old: first `answerRequests()`, then whatever is retained from the beginning is published, then `start()`.
 */
export class Messaging implements Part {
  readonly announcements: Announcements;
  readonly publisher: Publisher;
  readonly outbox: Outbox;
  readonly #options: MessagingOptions;
  readonly #clock = new MachineClock();
  readonly #refusals: Refusals;
  readonly #encodings: Encodings;
  readonly #homeAssistant: HomeAssistant;
  readonly #formerNames: FormerNames;
  #requests: Requests | undefined;
  #stopping: Promise<void> | undefined;

  constructor(options: MessagingOptions) {
    const { config, model, bootId, log } = options;
    const { mqtt, device } = config;
    this.#options = options;
    this.#refusals = new Refusals({ log, now: Date.now });
    this.outbox = this.#makeOutbox();
    this.publisher = new Publisher({
      mqtt,
      device,
      bootId,
      connect,
      now: Date.now,
      random: Math.random,
      onConnection: (event) => logConnection(log, event, 'MQTT', this.publisher.limits),
      onRefusal: (refusal) => this.#refusals.note(refusal),
      onSkip: (skipped) => this.#refusals.skipped(skipped),
      protocolMemory: new FileMemory({ file: join(this.#folder, 'broker.json'), now: Date.now }),
      ...(options.fitPicture && { fitPicture: options.fitPicture }),
      outbox: this.outbox,
      keepsPictures: (camera) => keepsPictures(config, camera),
      onPublish: (message) => this.#encodings.update(message),
    });
    this.#encodings = new Encodings({
      config,
      publish: (message) => this.publisher.publishNow(message),
      onConnection: (event) => logConnection(log, event, 'Sparkplug'),
      onRefusal: (refusal) => this.#refusals.note(refusal),
    });
    this.#homeAssistant = new HomeAssistant({
      config,
      model,
      version,
      retained: {
        put: (topic, payload) => this.publisher.publishRetained(topic, payload),
        repeat: (topic) => this.publisher.repeatRetained(topic),
        clear: (topic) => this.publisher.clearRetained(topic),
      },
    });
    this.announcements = new Announcements({
      model: model.name,
      publisher: this.publisher,
      outbox: this.outbox,
      refusals: this.#refusals,
    });
    const staleRetained = new StaleRetained({
      config,
      retained: this.publisher,
      onCamera: (camera) => this.#homeAssistant.removeCamera(camera),
    });
    this.#formerNames = new FormerNames({
      config,
      bootId,
      file: join(this.#folder, 'names.json'),
      retained: this.publisher,
      nowMs: Date.now,
      onCleared: (topic) => log.info({ topic }, 'cleared what was left under a former name'),
    });
    this.#listen(this.#homeAssistant, staleRetained, this.#formerNames);
  }

  /** Called before `start()`; without it requests are not listened to. */
  answerRequests(handlers: RequestHandlers): void {
    const { config, log } = this.#options;
    this.#requests = new Requests({
      base: config.mqtt.base,
      device: config.device,
      cameras: Object.keys(config.cameras),
      allowed: config.requests.allow,
      perMinute: config.requests.perMinute,
      nowMs: monotonicMs,
      handlers,
      publish: (message) => this.publisher.publish(message),
      log,
    });
    this.#listen(this.#requests);
  }

  /** Opens the outbox and connects in the background. @throws CspcamError where another agent has the outbox */
  async start(signal: AbortSignal): Promise<void> {
    try {
      await this.#clock.start(signal);
      await this.outbox.start(signal);
      await this.#formerNames.remember();
      this.#homeAssistant.announce();
      this.#clearPictures();
      await this.publisher.start(signal);
      await this.#encodings.start(signal);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Says offline and leaves; takes 2 s at most. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#requests?.stop();
    await Promise.all([this.publisher.stop(), this.#encodings.stop()]);
    await this.outbox.stop();
    await this.#clock.stop();
  }

  /** An earlier run may have been allowed to leave pictures at the broker, and knew nothing of a new mask. */
  #clearPictures(): void {
    const { config } = this.#options;
    const { mqtt, device, cameras } = config;
    for (const [camera, { masks }] of Object.entries(cameras))
      if (!keepsPictures(config, camera) || masks.privacy.length > 0)
        this.publisher.clearRetained(snapshotTopic(mqtt.base, device, camera));
  }

  #listen(...listeners: readonly Listener[]): void {
    for (const listener of listeners)
      this.publisher.listen(listener.filters, (message) => listener.onMessage(message));
  }

  /** For what must survive a restart. */
  get #folder(): string {
    const { device, mqtt } = this.#options.config;
    return mqtt.outbox.directory ?? stateDirectory(device);
  }

  #makeOutbox(): Outbox {
    const { config, log } = this.#options;
    const { maxMegabytes, maxAgeHours, replayPerSecond } = config.mqtt.outbox;
    return new Outbox({
      directory: join(this.#folder, 'outbox'),
      where: 'mqtt.outbox.directory',
      maxBytes: maxMegabytes * 1e6,
      send: (topic, payload, done) => this.publisher.sendStored(topic, payload, done),
      now: () => this.#clock.now(),
      maxAgeMs: maxAgeHours * 3_600_000,
      replayPerSecond,
      onDisk: (failure) => logDisk(log, failure),
      onLoss: (loss) => log.warn(loss, 'events were given up: too old, or no room or no disk for them'),
    });
  }
}

function keepsPictures(config: Config, camera: string): boolean {
  const { send, retain } = picturesOf(config, camera);
  return send !== 'none' && retain;
}

function logConnection(log: Log, event: ConnectionEvent, of: string, limits: BrokerLimits = {}): void {
  if (event.status === 'connected')
    log.info({ url: event.url, protocol: event.protocol, ...limits }, `${of} connected`);
  else log.warn({ attempt: event.attempt, retryInMs: event.retryInMs }, event.failure.message);
}

function logDisk(log: Log, failure: Error | undefined): void {
  if (failure === undefined) log.info('the outbox works again');
  else log.error({ err: failure }, 'the outbox goes on without its folder: a crash now would lose events');
}
