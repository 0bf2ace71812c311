// Networks of this machine -> the MQTT brokers that are there: what listens here, and what announces itself.

import { lookup } from 'node:dns/promises';
import { settledWithin } from '#common/time-limit.js';
import type { Announced } from '../discovery/announced.js';
import { browse } from '../discovery/discover.js';
import type { OwnNetwork } from '../discovery/networks.js';
import { tryBrokerOf } from './try-broker.js';

export interface FoundBroker {
  readonly url: string;
  /** For people. */
  readonly name: string;
  /** Anybody on the network may announce a broker; what listens on this machine was put there by somebody. */
  readonly isLocal: boolean;
  /** `failed` for one that does not answer, or not as a broker. */
  readonly says: 'open' | 'login-wanted' | 'failed';
  /** Why it failed, in a line. */
  readonly message?: string;
}

const PLAIN = '_mqtt._tcp';
const SECURE = '_secure-mqtt._tcp';
/** Its Mosquitto add-on announces nothing, and is on the same host in most places. */
const HOME_ASSISTANT = '_home-assistant._tcp';
const LOCAL = 'mqtt://127.0.0.1:1883';
const NAME_MS = 2000;

type Candidate = Pick<FoundBroker, 'url' | 'name' | 'isLocal'>;

/** The one on this machine first, then that of Home Assistant. Each is asked once, without a login. */
export async function findBrokers(
  networks: readonly OwnNetwork[],
  {
    device,
    waitMs,
    onFailure,
  }: { readonly device: string; readonly waitMs: number; readonly onFailure: (line: string) => void },
  signal: AbortSignal,
): Promise<FoundBroker[]> {
  const addresses = networks.flatMap((network) => network.addresses.slice(0, 1));
  const kinds = [HOME_ASSISTANT, PLAIN, SECURE];
  const announced =
    addresses.length === 0 ? [] : await browse({ addresses, kinds, waitMs, onFailure }, signal);
  const own = new Set(networks.flatMap((network) => network.addresses));
  const named = await Promise.all(announced.map((one) => candidateOf(one, own)));
  const all: Candidate[] = [
    { url: LOCAL, name: 'on this machine', isLocal: true },
    ...named.toSorted((a, b) => rank(a.kind) - rank(b.kind)).map(({ candidate }) => candidate),
  ];
  const distinct = [...new Map(all.toReversed().map((one) => [one.url, one])).values()].toReversed();
  return (await Promise.all(distinct.map((one) => asked(one, device, signal)))).flat();
}

function rank(kind: string): number {
  return [HOME_ASSISTANT, SECURE, PLAIN].indexOf(kind);
}

async function candidateOf(
  { kind, name, host, address, port }: Announced,
  own: ReadonlySet<string>,
): Promise<{ kind: string; candidate: Candidate }> {
  const isLocal = own.has(address);
  const at = isLocal ? '127.0.0.1' : await nameOrAddress(host, address);
  const who = kind === HOME_ASSISTANT ? `of Home Assistant (${name})` : `announced as ${name}`;
  const url =
    kind === SECURE ? `mqtts://${at}:${port}` : `mqtt://${at}:${kind === HOME_ASSISTANT ? 1883 : port}`;
  return { kind, candidate: { url, name: who, isLocal } };
}

/** The name where this machine can resolve it: an address may be another tomorrow. */
async function nameOrAddress(host: string, address: string): Promise<string> {
  let found: string | undefined;
  const work = lookup(host, { family: 4 }).then((answer) => {
    found = answer.address;
  });
  await settledWithin(NAME_MS, work);
  return found === address ? host : address;
}

async function asked(candidate: Candidate, device: string, signal: AbortSignal): Promise<FoundBroker[]> {
  const outcome = await tryBrokerOf(device, { url: candidate.url }, signal);
  if (!('failure' in outcome)) return [{ ...candidate, says: 'open' }];
  const { kind, message } = outcome.failure;
  if (kind === 'credentials') return [{ ...candidate, says: 'login-wanted' }];
  // Nobody has said that there is one.
  const isNone = kind === 'unreachable' && candidate.url === LOCAL;
  return isNone ? [] : [{ ...candidate, says: 'failed', message }];
}
