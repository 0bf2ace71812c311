// Addresses that the configuration listens on -> whether they are free, or who has them.

import { createServer } from 'node:net';
import { textOf } from '#common/kernel-files.js';
import { listen } from '#common/listen.js';
import { type Config, usesEmbeddedBroker } from '../../config/schema.js';
import { readListeners } from '../../device/system-information.js';

export interface PortFacts {
  /** The key that a user can change. */
  readonly key: 'stats.prometheus' | 'mqtt.embeddedBroker' | 'page';
  readonly host: string;
  readonly port: number;
  /** Why it cannot be listened on; nothing where it can. */
  readonly failure?: string;
  readonly holder?: { readonly pid: number; readonly program: string; readonly isAgent: boolean };
}

export async function readPorts({ mqtt, page, stats }: Config, signal: AbortSignal): Promise<PortFacts[]> {
  const wanted = [
    ...(stats.prometheus === undefined ? [] : [{ key: 'stats.prometheus' as const, ...stats.prometheus }]),
    ...(mqtt.embeddedBroker === undefined
      ? []
      : [{ key: 'mqtt.embeddedBroker' as const, ...mqtt.embeddedBroker }]),
    ...(page === undefined ? [] : [{ key: 'page' as const, host: page.host, port: page.port }]),
  ];
  return Promise.all(wanted.map(({ key, host, port }) => portFacts({ key, host, port }, signal)));
}

/** Whether an agent that runs here is the broker. */
export async function isAgentListening({ mqtt }: Config): Promise<boolean> {
  if (!usesEmbeddedBroker(mqtt)) return false;
  return (await holderOf(mqtt.embeddedBroker!.port))?.isAgent ?? false;
}

async function portFacts(address: PortFacts, signal: AbortSignal): Promise<PortFacts> {
  const server = createServer();
  try {
    await listen(server, address, address.key, signal);
    return address;
  } catch (error) {
    signal.throwIfAborted();
    const holder = await holderOf(address.port);
    return { ...address, failure: (error as Error).message, ...(holder && { holder }) };
  } finally {
    server.close();
  }
}

async function holderOf(port: number): Promise<PortFacts['holder']> {
  const found = (await readListeners()).find((listener) => listener.port === port);
  if (found?.pid === undefined) return undefined;
  const words = ((await textOf('/proc', `${found.pid}`, 'cmdline')) ?? '').split('\0');
  const isAgent = words.some((word) => /(^|\/)(cspcam|main\.js)$/.test(word)) && words.includes('run');
  return { pid: found.pid, program: found.program ?? 'another program', isAgent };
}
