// What there is to announce, and what was announced before -> retained discovery messages, kept right.

import { isDeepStrictEqual } from 'node:util';
import type { Incoming } from '../broker/client.js';
import { type Discovery, type DiscoveryInput, discoveries, discoveryTopic } from './discovery.js';

export interface HomeAssistantOptions extends DiscoveryInput {
  readonly retained: {
    put(topic: string, payload: string): void;
    repeat(topic: string): void;
    clear(topic: string): void;
  };
}

const NOTHING: ReadonlyMap<string, Discovery> = new Map();

/** A component with nothing but its platform tells Home Assistant to remove it. */
type Removal = { readonly platform: string };

/**
 * What earlier runs announced is read from the broker, where it is retained: that is what Home Assistant goes by,
 * and unlike a file of our own it is right after a crash, a new disk, another broker or a restored one.
 */
export class HomeAssistant {
  /** Topics to subscribe to. */
  readonly filters: readonly string[];
  /** Topics whose retained messages are to be read. */
  readonly keptFilters: readonly string[];
  readonly #options: HomeAssistantOptions;
  readonly #birthTopic: string;
  readonly #discoveries: ReadonlyMap<string, Discovery>;

  constructor(options: HomeAssistantOptions) {
    this.#options = options;
    const { enabled, prefix } = options.config.mqtt.homeAssistant;
    this.#birthTopic = `${prefix}/status`;
    this.#discoveries = discoveries(options);
    this.filters = enabled ? [this.#birthTopic] : [];
    this.keptFilters = [...this.#discoveries.keys()];
  }

  /**
   * Puts the discovery of this run, which belongs before the connection.
   *
   * @param before what this run has announced until now: what is the same is not said again, what is gone is removed
   */
  announce(before?: HomeAssistant): void {
    const { retained } = this.#options;
    const announced = before === undefined || !before.#enabled ? NOTHING : before.#discoveries;
    for (const topic of announced.keys())
      if (!this.#enabled || !this.#discoveries.has(topic)) retained.clear(topic);
    if (!this.#enabled) return;
    for (const [topic, discovery] of this.#discoveries) {
      if (isDeepStrictEqual(announced.get(topic), discovery)) continue;
      const gone = Object.entries(announced.get(topic)?.components ?? {})
        .filter(([key]) => !Object.hasOwn(discovery.components, key))
        .map(([key, { platform }]) => [key, { platform }] as const);
      this.#put(topic, discovery, Object.fromEntries(gone));
    }
  }

  /** Messages on other topics are passed over. Never throws. */
  onMessage({ topic, payload, retained }: Incoming): void {
    if (topic === this.#birthTopic) {
      if (this.#enabled && payload.toString() === 'online')
        for (const own of this.#discoveries.keys()) this.#options.retained.repeat(own);
      return;
    }
    const discovery = this.#discoveries.get(topic);
    // What is not retained is an echo of our own.
    if (discovery === undefined || !retained || payload.byteLength === 0) return;
    if (this.#enabled) this.#remove(topic, discovery, payload);
    else this.#options.retained.clear(topic);
  }

  /** A camera of an earlier run that the configuration no longer has. */
  removeCamera(camera: string): void {
    const { config, retained } = this.#options;
    retained.clear(discoveryTopic(config.mqtt.homeAssistant.prefix, config.device, camera));
  }

  get #enabled(): boolean {
    return this.#options.config.mqtt.homeAssistant.enabled;
  }

  /** Leaving a component out is not enough for Home Assistant to remove it. */
  #remove(topic: string, discovery: Discovery, before: Buffer): void {
    const gone = Object.entries(componentsOf(before)).filter(
      ([key]) => !Object.hasOwn(discovery.components, key),
    );
    if (gone.length > 0) this.#put(topic, discovery, Object.fromEntries(gone));
  }

  #put(topic: string, discovery: Discovery, removals: Readonly<Record<string, Removal>> = {}): void {
    const components = { ...discovery.components, ...removals };
    this.#options.retained.put(topic, JSON.stringify({ ...discovery, components }));
  }
}

/** Those announced, not those removed already. Somebody else may have written there: nothing is sure. */
function componentsOf(payload: Buffer): Record<string, Removal> {
  try {
    const { components } = JSON.parse(payload.toString()) as {
      components: Record<string, Record<string, unknown>>;
    };
    const announced = Object.entries(components).filter(
      ([, { platform, unique_id }]) => typeof platform === 'string' && unique_id !== undefined,
    );
    return Object.fromEntries(
      announced.map(([key, { platform }]) => [key, { platform: platform as string }]),
    );
  } catch {
    return {};
  }
}
