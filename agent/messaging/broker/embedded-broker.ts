// A port -> a small MQTT 3.1.1 broker inside the agent. The only owner of aedes.

import { createServer, type Server } from 'node:net';
import { Aedes } from 'aedes';
import { type Address, listen } from '#common/listen.js';
import type { Part } from '#common/part.js';

/** Keeps retained messages while it runs; no users, no passwords, no TLS. */
export class EmbeddedBroker implements Part {
  readonly #stopped = new AbortController();
  #address: Address;
  #starting: Promise<void> = Promise.resolve();
  #aedes: Aedes | undefined;
  #server: Server | undefined;
  #stopping: Promise<void> | undefined;

  constructor(address: Address) {
    this.#address = address;
  }

  /** Where it listens: once it has started, with the port that was taken. */
  get address(): Address {
    return this.#address;
  }

  /** @throws CspcamError where it cannot listen */
  start(signal: AbortSignal): Promise<void> {
    this.#starting = this.#start(AbortSignal.any([signal, this.#stopped.signal]));
    return this.#starting;
  }

  /** Ends all connections. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const aedes = await Aedes.createBroker();
    const server = createServer(aedes.handle);
    try {
      this.#address = await listen(server, this.#address, 'mqtt.embeddedBroker', signal);
    } catch (error) {
      await closed(aedes);
      throw error;
    }
    this.#aedes = aedes;
    this.#server = server;
  }

  async #stop(): Promise<void> {
    this.#stopped.abort();
    await this.#starting.catch(() => {});
    const server = this.#server;
    const aedes = this.#aedes;
    if (server === undefined || aedes === undefined) return;
    const ended = new Promise((resolve) => server.close(resolve));
    await closed(aedes);
    await ended;
  }
}

function closed(aedes: Aedes): Promise<void> {
  return new Promise((resolve) => aedes.close(() => resolve()));
}
