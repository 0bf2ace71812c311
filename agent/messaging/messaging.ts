// Configuration -> everything between the agent and its broker: publisher, outbox, Home Assistant, requests.

import { join } from 'node:path';
import { monotonicMs } from '#common/clock.js';
import { stateDirectory } from '#common/folders.js';
import { version } from '#common/package.js';
import type { Part } from '#common/part.js';
import type { ModelDescription } from '../../models/folder/description.js';
import type { Config } from '../config/schema.js';
import type { Log } from '../telemetry/log.js';
import { Announcements } from './announcements.js';
import { connect, type Incoming } from './broker/client.js';
import type { BrokerLimits } from './broker/limits.js';
import { FileMemory } from './broker/protocol-memory.js';
import type { ConnectionEvent } from './broker/session.js';
import type { Listener } from './broker/subscriptions.js';
import { Encodings } from './encodings/encodings.js';
import { FormerNames } from './former-names.js';
import { HomeAssistant } from './home-assistant/home-assistant.js';
import { isKeptAlike, keepsPictures } from './kept-pictures.js';
import { MachineClock } from './outbox/machine-clock.js';
import { MovableOutbox } from './outbox/movable-outbox.js';
import type { Outbox } from './outbox/outbox.js';
import type { FitPicture } from './pictures.js';
import { Publisher } from './publisher.js';
import { Refusals } from './refusals.js';
import type { Requests } from './requests/requests.js';
import { requestsOf } from './requests/requests-of.js';
import type { RequestHandlers } from './requests/table.js';
import { StaleRetained } from './stale-retained.js';

export interface MessagingOptions {
  readonly config: Config;
  readonly model: ModelDescription;
  readonly bootId: string;
  readonly log: Log;
  /** Makes a picture smaller for brokers that take no longer one. */
  readonly fitPicture?: FitPicture;
}

/** In the folder for what must survive a restart. */
const NAMES = 'names.json';

/** What is other than before, so that as little as possible is done again. */
export interface MessagingChanges {
  /** The connections to the broker are made anew. */
  readonly session: boolean;
  readonly encodings: boolean;
  /** Cameras that the configuration has no longer. */
  readonly removed: readonly string[];
  /** Publishes all that is retained once more: somebody knows nothing of it yet. */
  readonly tellAgain: () => void;
}

/**
 * What is retained must be known before the connection is, or `StaleRetained` takes what earlier runs left of it for
 * old: first `answerRequests()`, then whatever is retained from the beginning is published, then `start()`.
 */
export class Messaging implements Part {
  readonly announcements: Announcements;
  readonly publisher: Publisher;
  /** Events on their way to the broker. */
  readonly outbox: MovableOutbox;
  readonly #options: MessagingOptions;
  #config: Config;
  #model: ModelDescription;
  readonly #clock = new MachineClock();
  readonly #refusals: Refusals;
  #encodings: Encodings;
  /** Of the encodings of this run, reloads or not. */
  #connects = 0;
  #homeAssistant: HomeAssistant;
  #formerNames: FormerNames;
  #requests: Requests | undefined;
  #stopping: Promise<void> | undefined;

  constructor(options: MessagingOptions) {
    const { config, model, bootId, log } = options;
    this.#options = options;
    this.#config = config;
    this.#model = model;
    this.#refusals = new Refusals({ log, nowMs: monotonicMs });
    this.outbox = new MovableOutbox({
      folder: folderOf(config),
      limits: () => this.#config.mqtt.outbox,
      send: (topic, payload, done) => this.publisher.sendStored(topic, payload, done),
      now: () => this.#clock.now(),
      log,
    });
    this.publisher = new Publisher({
      mqtt: config.mqtt,
      device: config.device,
      bootId,
      connect,
      now: Date.now,
      nowMs: monotonicMs,
      random: Math.random,
      onConnection: (event) => logConnection(log, event, 'MQTT', this.publisher.limits),
      onRefusal: (refusal) => this.#refusals.note(refusal),
      onSkip: (skipped) => this.#refusals.skipped(skipped),
      protocolMemory: protocolMemory(config),
      ...(options.fitPicture && { fitPicture: options.fitPicture }),
      outbox: this.outbox,
      keepsPictures: (camera) => keepsPictures(this.#config, camera),
      onPublish: (message) => this.#encodings.update(message),
      onClear: (message) => this.#encodings.clear(message),
    });
    const { publisher } = this;
    this.#encodings = this.#makeEncodings();
    this.#homeAssistant = this.#makeHomeAssistant();
    this.#formerNames = this.#makeFormerNames();
    const name = () => this.#model.name;
    this.announcements = new Announcements({
      get model() {
        return name();
      },
      publisher,
      outbox: this.outbox,
      refusals: this.#refusals,
    });
    for (const { filters, onMessage, keptFilters } of this.#listeners())
      publisher.listen(filters, onMessage, keptFilters);
  }

  /** Called before `start()`; without it requests are not listened to. */
  answerRequests(handlers: RequestHandlers): void {
    this.#requests = requestsOf({
      config: () => this.#config,
      handlers,
      publish: (message) => this.publisher.publish(message),
      log: this.#options.log,
    });
    const { filters, onMessage } = listener(this.#requests);
    this.publisher.listen(filters, onMessage);
  }

  /** Opens the outbox and connects in the background. @throws CspcamError where another agent has the outbox */
  async start(signal: AbortSignal): Promise<void> {
    try {
      await this.#clock.start(signal);
      await this.outbox.start(signal);
      await this.#formerNames.remember();
      this.#homeAssistant.announce();
      for (const camera of Object.keys(this.#config.cameras)) this.#clearPicture(camera);
      await this.publisher.start(signal);
      await this.#encodings.start(signal);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** As `MovableOutbox.openIn`, of another configuration. */
  openOutbox(config: Config, signal: AbortSignal): Promise<Outbox | undefined> {
    return this.outbox.openIn(folderOf(config), signal);
  }

  /**
   * Goes by another configuration from now on; the connection and what is on its way stay, where they can.
   *
   * @param outbox as `openOutbox` gave it: what waits goes there
   */
  async adopt(
    config: Config,
    model: ModelDescription,
    outbox: Outbox | undefined,
    changes: MessagingChanges,
    signal: AbortSignal,
  ): Promise<void> {
    const before = { config: this.#config, homeAssistant: this.#homeAssistant };
    this.#config = config;
    this.#model = model;
    for (const camera of changes.removed) {
      this.announcements.forget(camera);
      this.publisher.clearCamera(camera);
      this.#encodings.forget(camera);
    }
    const moved = outbox && this.outbox.moveTo(folderOf(config), outbox);
    this.#homeAssistant = this.#makeHomeAssistant();
    this.#formerNames = this.#makeFormerNames(folderOf(before.config));
    const announce = (isNew: boolean) => {
      this.#homeAssistant.announce(isNew ? undefined : before.homeAssistant);
      for (const camera of Object.keys(config.cameras))
        if (isNew || !isKeptAlike(config, before.config, camera)) this.#clearPicture(camera);
    };
    const listeners = this.#listeners();
    if (!changes.session) {
      this.publisher.replaceListeners(listeners);
      announce(false);
    }
    await Promise.all([moved, this.#formerNames.remember()]);
    if (changes.encodings) {
      await this.#encodings.stop();
      this.#encodings = this.#makeEncodings();
    }
    if (changes.session) {
      const onRenewed = (hasOtherNames: boolean) => {
        if (hasOtherNames || changes.encodings) changes.tellAgain();
        announce(hasOtherNames);
      };
      const { mqtt, device } = config;
      const renewal = { mqtt, device, protocolMemory: protocolMemory(config), listeners, onRenewed };
      await this.publisher.renew(renewal, signal);
    } else if (changes.encodings) changes.tellAgain();
    if (changes.encodings && !signal.aborted) await this.#encodings.start(signal);
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
  #clearPicture(camera: string): void {
    const { privacy } = this.#config.cameras[camera]!.masks;
    if (!keepsPictures(this.#config, camera) || privacy.length > 0) this.publisher.clearPictures(camera);
  }

  #listeners(): Listener[] {
    const staleRetained = new StaleRetained({
      config: this.#config,
      retained: this.publisher,
      onCamera: (camera) => this.#homeAssistant.removeCamera(camera),
    });
    const all = [this.#homeAssistant, staleRetained, this.#formerNames];
    return [...all, ...(this.#requests === undefined ? [] : [this.#requests])].map(listener);
  }

  #makeHomeAssistant(): HomeAssistant {
    return new HomeAssistant({
      config: this.#config,
      model: this.#model,
      version,
      retained: {
        put: (topic, payload) => this.publisher.publishRetained(topic, payload),
        repeat: (topic) => this.publisher.repeatRetained(topic),
        clear: (topic) => this.publisher.clearRetained(topic),
      },
    });
  }

  /** @param earlier folder of this run until now */
  #makeFormerNames(earlier?: string): FormerNames {
    const { bootId, log } = this.#options;
    return new FormerNames({
      config: this.#config,
      bootId,
      file: join(folderOf(this.#config), NAMES),
      ...(earlier !== undefined && { earlierFile: join(earlier, NAMES) }),
      retained: this.publisher,
      nowMs: Date.now,
      onCleared: (topic) => log.info({ topic }, 'cleared what was left under a former name'),
    });
  }

  #makeEncodings(): Encodings {
    const { log } = this.#options;
    return new Encodings({
      config: this.#config,
      publish: (message) => this.publisher.publishNow(message),
      onConnection: (event) => logConnection(log, event, 'Sparkplug'),
      onRefusal: (refusal) => this.#refusals.note(refusal),
      nextConnect: () => this.#connects++,
    });
  }
}

/** For what must survive a restart. */
export function folderOf({ device, mqtt }: Pick<Config, 'device' | 'mqtt'>): string {
  return mqtt.outbox.directory ?? stateDirectory(device);
}

function protocolMemory(config: Config): FileMemory {
  return new FileMemory({ file: join(folderOf(config), 'broker.json'), now: Date.now });
}

interface Hearing extends Partial<Pick<Listener, 'filters' | 'keptFilters'>> {
  onMessage(message: Incoming): void;
}

function listener(of: Hearing): Listener {
  const { filters = [], keptFilters = [] } = of;
  return { filters, keptFilters, onMessage: (message) => of.onMessage(message) };
}

function logConnection(log: Log, event: ConnectionEvent, of: string, limits: BrokerLimits = {}): void {
  if (event.status === 'connected')
    log.info({ url: event.url, protocol: event.protocol, ...limits }, `${of} connected`);
  else log.warn({ attempt: event.attempt, retryInMs: event.retryInMs }, event.failure.message);
}
