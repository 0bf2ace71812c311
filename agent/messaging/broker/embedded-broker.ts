// A port -> a small MQTT 3.1.1 broker inside the agent. The only owner of aedes.

import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { Aedes } from 'aedes';
import { expected } from '#common/errors.js';

export interface BrokerAddress {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
}

/** Keeps retained messages while it runs; no users, no passwords, no TLS. */
export class EmbeddedBroker {
  readonly #address: BrokerAddress;
  #aedes: Aedes | undefined;
  #server: Server | undefined;

  constructor(address: BrokerAddress) {
    this.#address = address;
  }

  /** @returns where it listens, with the port that was taken; @throws where it cannot listen */
  async start(): Promise<BrokerAddress> {
    const { host, port } = this.#address;
    const aedes = await Aedes.createBroker();
    const server = createServer(aedes.handle);
    try {
      server.listen(port, host);
      await once(server, 'listening');
    } catch (error) {
      await closed(aedes);
      throw expected('a free address', 'mqtt.embeddedBroker', `${host}:${port} (${reason(error)})`, error);
    }
    this.#aedes = aedes;
    this.#server = server;
    return { host, port: (server.address() as AddressInfo).port };
  }

  /** Ends all connections. Safe to call twice. */
  async close(): Promise<void> {
    const server = this.#server;
    const aedes = this.#aedes;
    this.#server = undefined;
    this.#aedes = undefined;
    if (server === undefined || aedes === undefined) return;
    const ended = new Promise((resolve) => server.close(resolve));
    await closed(aedes);
    await ended;
  }
}

function closed(aedes: Aedes): Promise<void> {
  return new Promise((resolve) => aedes.close(() => resolve()));
}

function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return 'in use';
  if (code === 'EACCES') return 'not permitted';
  return code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' ? 'not an address of this machine' : message;
}
