// Configuration -> everything between the agent and its broker: publisher, outbox, Home Assistant, requests.

import { join } from 'node:path';
import { expected } from '#common/errors.js';
import { stateDirectory } from '#common/folders.js';
import { version } from '#common/package.js';
import type { ModelDescription } from '../../models/folder/description.js';
import type { Config } from '../config/schema.js';
import type { Log } from '../telemetry/log.js';
import { connect, type Incoming } from './broker/client.js';
import { Encodings } from './encodings/encodings.js';
import { HomeAssistant } from './home-assistant/home-assistant.js';
import { Outbox } from './outbox/outbox.js';
import { SegmentLog } from './outbox/segment-log.js';
import { type ConnectionEvent, Publisher } from './publisher.js';
import { Requests } from './requests/requests.js';
import type { RequestHandlers } from './requests/table.js';
import { StaleRetained } from './stale-retained.js';

export interface MessagingOptions {
  readonly config: Config;
  readonly model: ModelDescription;
  readonly bootId: string;
  readonly log: Log;
}

interface Listener {
  readonly filters: readonly string[];
  onMessage(message: Incoming): void;
}

export class Messaging {
  readonly publisher: Publisher;
  readonly outbox: Outbox;
  readonly #options: MessagingOptions;
  readonly #encodings: Encodings;
  readonly #listeners: Listener[] = [];
  #requests: Requests | undefined;

  constructor(options: MessagingOptions) {
    const { config, bootId, log } = options;
    const { mqtt, device } = config;
    const { directory, maxMegabytes, maxAgeHours, replayPerSecond } = mqtt.outbox;
    const listeners = this.#listeners;
    this.#options = options;
    this.outbox = new Outbox({
      log: new SegmentLog({
        directory: join(directory ?? stateDirectory(device), 'outbox'),
        maxBytes: maxMegabytes * 1e6,
      }),
      send: (topic, payload, done) => this.publisher.sendStored(topic, payload, done),
      now: Date.now,
      maxAgeMs: maxAgeHours * 3_600_000,
      replayPerSecond,
      onDisk: (failure) => logDisk(log, failure),
    });
    this.publisher = new Publisher({
      mqtt,
      device,
      bootId,
      connect,
      now: Date.now,
      random: Math.random,
      onConnection: (event) => logConnection(log, event),
      outbox: this.outbox,
      get filters() {
        return listeners.flatMap(({ filters }) => filters);
      },
      onMessage: (message) => {
        for (const listener of listeners) listener.onMessage(message);
      },
      onPublish: (message) => this.#encodings.see(message),
    });
    this.#encodings = new Encodings({
      config,
      publish: ({ topic, payload, how }) => this.publisher.publishNow(topic, payload, how),
      onConnection: (event) => logConnection(log, event, 'Sparkplug'),
    });
  }

  /** Connects. What is retained must be put before the next turn of the event loop, or staleRetained take it for old. */
  start(handlers: RequestHandlers): void {
    const { config, model, log } = this.#options;
    const { publisher } = this;
    const homeAssistant = new HomeAssistant({
      config,
      model,
      version,
      retained: {
        put: (topic, payload) => publisher.publishRetained(topic, payload),
        repeat: (topic) => publisher.repeatRetained(topic),
        clear: (topic) => publisher.clearRetained(topic),
      },
    });
    const staleRetained = new StaleRetained({
      config,
      retained: publisher,
      onCamera: (camera) => homeAssistant.removeCamera(camera),
    });
    this.#requests = new Requests({
      base: config.mqtt.base,
      device: config.device,
      cameras: Object.keys(config.cameras),
      handlers,
      publish: (message) => publisher.publish(message),
      log,
    });
    this.#listeners.push(homeAssistant, staleRetained, this.#requests);
    this.#openOutbox();
    homeAssistant.start();
    publisher.start();
    this.#encodings.start();
  }

  #openOutbox(): void {
    try {
      this.outbox.open();
    } catch (error) {
      const { message } = error as Error;
      throw expected('a folder that can be written', 'mqtt.outbox.directory', message, error);
    }
  }

  /** Safe to call twice. */
  async close(): Promise<void> {
    this.#requests?.close();
    await Promise.all([this.publisher.close(), this.#encodings.close()]);
    this.outbox.close();
  }
}

function logConnection(log: Log, event: ConnectionEvent, of = 'MQTT'): void {
  if (event.status === 'connected') log.info({ url: event.url, protocol: event.protocol }, `${of} connected`);
  else log.warn({ attempt: event.attempt, retryInMs: event.retryInMs }, event.failure.message);
}

function logDisk(log: Log, failure: Error | undefined): void {
  if (failure === undefined) log.info('the outbox works again');
  else log.error({ err: failure }, 'the outbox cannot keep events');
}
