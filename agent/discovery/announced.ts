// Records that came by multicast DNS -> the services that their own hosts announce. Pure: whatever came.

import { at, textOf } from './profiles.js';

export interface Announced {
  /** As `_mqtt._tcp`. */
  readonly kind: string;
  /** For people. */
  readonly name: string;
  /** As `homeassistant.local`. */
  readonly host: string;
  /** From which it was said. */
  readonly address: string;
  readonly port: number;
}

interface Said {
  readonly records: readonly unknown[];
  readonly from: string;
}

const HOST = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i;

/** What a host says of another is not believed, as of cameras. */
export function announcedIn(said: readonly Said[], kinds: readonly string[]): Announced[] {
  const found = new Map<string, Announced>();
  for (const [from, records] of recordsByHost(said))
    for (const kind of kinds)
      for (const instance of instancesOf(records, kind)) {
        const service = serviceOf(records, instance, from);
        if (service === undefined) continue;
        const name = textOf(instance.slice(0, -`.${kind}.local`.length)) ?? service.host;
        found.set(`${from} ${kind} ${service.port}`, { kind, name, address: from, ...service });
      }
  return [...found.values()];
}

/** A host may say it in several datagrams. */
function recordsByHost(said: readonly Said[]): Map<string, unknown[]> {
  const byHost = new Map<string, unknown[]>();
  for (const { records, from } of said) byHost.set(from, [...(byHost.get(from) ?? []), ...records]);
  return byHost;
}

function instancesOf(records: readonly unknown[], kind: string): Set<string> {
  const ofKind = records.filter((record) => isOf(record, 'PTR', `${kind}.local`));
  const names = ofKind.map((record) => at(record, 'data'));
  const isInstance = (name: unknown): name is string =>
    typeof name === 'string' && name.toLowerCase().endsWith(`.${kind}.local`);
  return new Set(names.filter(isInstance));
}

function serviceOf(
  records: readonly unknown[],
  instance: string,
  from: string,
): Pick<Announced, 'host' | 'port'> | undefined {
  const data = records.filter((record) => isOf(record, 'SRV', instance)).map((record) => at(record, 'data'));
  const [host, port] = [at(data.at(-1), 'target'), at(data.at(-1), 'port')];
  if (typeof host !== 'string' || !HOST.test(host)) return undefined;
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65_535) return undefined;
  const addresses = records.filter((record) => isOf(record, 'A', host)).map((record) => at(record, 'data'));
  const isItsOwn = addresses.length === 0 || addresses.includes(from);
  return isItsOwn ? { host, port } : undefined;
}

function isOf(record: unknown, type: string, name: string): boolean {
  const own = at(record, 'name');
  return at(record, 'type') === type && typeof own === 'string' && own.toLowerCase() === name.toLowerCase();
}
