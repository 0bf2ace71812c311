// Who listens to what, and a connection -> filters subscribed to while they are needed, and messages to everybody.

import type { BrokerConnection, Incoming } from './client.js';

export interface Listener {
  readonly filters: readonly string[];
  /** Only what the broker has retained there is to come, once after each connect. */
  readonly keptFilters: readonly string[];
  /** Is given what comes on the filters of every listener; it passes over what is not its own. */
  readonly onMessage: (message: Incoming) => void;
}

/** What was kept comes right after the subscription, however much it is. */
const QUIET_MS = 10_000;

/**
 * A subscription to what is kept that stayed would bring whatever anybody says there, all of the agent's own messages among
 * it, and a stranger could keep the agent busy with it.
 */
export class Subscriptions {
  readonly #subscribe: (filter: string) => void;
  #listeners: readonly Listener[] = [];
  #connection: Pick<BrokerConnection, 'unsubscribe'> | undefined;
  /** Filters of which what is kept is still coming. */
  #reading: readonly string[] = [];
  #quiet: NodeJS.Timeout | undefined;

  /** @param subscribe on the connection that is open */
  constructor(subscribe: (filter: string) => void) {
    this.#subscribe = subscribe;
  }

  add(listener: Listener): void {
    this.replace([...this.#listeners, listener]);
  }

  /** Of their filters those are subscribed to that are new; the connection keeps the others. */
  replace(listeners: readonly Listener[]): void {
    const before = this.#listeners;
    this.#listeners = [...listeners];
    if (this.#connection !== undefined) this.#follow(before);
  }

  open(connection: Pick<BrokerConnection, 'unsubscribe'>): void {
    this.#connection = connection;
    this.#follow([]);
  }

  close(): void {
    clearTimeout(this.#quiet);
    this.#connection = undefined;
    this.#reading = [];
  }

  onMessage(message: Incoming): void {
    if (message.retained && this.#reading.length > 0) this.#wait();
    for (const { onMessage } of this.#listeners) onMessage(message);
  }

  /** @param before who has listened on this connection until now */
  #follow(before: readonly Listener[]): void {
    const [had, hadKept] = [filtersOf(before), keptFiltersOf(before)];
    const filters = filtersOf(this.#listeners).filter((filter) => !had.includes(filter));
    const keptFilters = keptFiltersOf(this.#listeners).filter((filter) => !hadKept.includes(filter));
    for (const filter of [...filters, ...keptFilters]) this.#subscribe(filter);
    if (keptFilters.length === 0) return;
    this.#reading = [...this.#reading, ...keptFilters];
    this.#wait();
  }

  #wait(): void {
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => this.#haveRead(), QUIET_MS).unref();
  }

  #haveRead(): void {
    const filters = filtersOf(this.#listeners);
    this.#connection?.unsubscribe(this.#reading.filter((filter) => !filters.includes(filter)));
    this.#reading = [];
  }
}

function filtersOf(listeners: readonly Listener[]): string[] {
  return [...new Set(listeners.flatMap(({ filters }) => filters))];
}

/** Those that nobody listens to for longer. */
function keptFiltersOf(listeners: readonly Listener[]): string[] {
  const filters = filtersOf(listeners);
  const all = new Set(listeners.flatMap(({ keptFilters }) => keptFilters));
  return [...all].filter((filter) => !filters.includes(filter));
}
