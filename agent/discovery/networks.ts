// This machine -> its networks, on which cameras and brokers may be asked for.

import { networkInterfaces } from 'node:os';
import { misused } from '#common/errors.js';

export interface OwnNetwork {
  /** As `eth0`. */
  readonly name: string;
  /** Own ones, of IPv4. */
  readonly addresses: readonly string[];
  /** The loopback, which nobody else is on. */
  readonly isInternal: boolean;
}

/**
 * @param wanted name or own address of `--interface`; default all but the loopback
 * @throws UsageError where there is none like that
 */
export function wantedNetworks(wanted: string | undefined): OwnNetwork[] {
  const networks = ownNetworks();
  const found = networks.filter(({ name, addresses, isInternal }) =>
    wanted === undefined ? !isInternal : name === wanted || addresses.includes(wanted),
  );
  if (found.length > 0 || wanted === undefined) return found;
  throw misused(`one of the networks ${networksText(networks)}`, '--interface', wanted);
}

/** `eth0 (192.168.1.5)` */
export function networksText(networks: readonly OwnNetwork[] = ownNetworks()): string {
  const names = networks.map(({ name, addresses }) => `${name} (${addresses.join(', ')})`);
  return names.join(', ') || '(none has IPv4)';
}

/** Those with an address of IPv4. */
function ownNetworks(): OwnNetwork[] {
  return Object.entries(networkInterfaces()).flatMap(([name, all = []]) => {
    const own = all.filter(({ family }) => family === 'IPv4');
    if (own.length === 0) return [];
    const addresses = own.map(({ address }) => address);
    return [{ name, addresses, isInternal: own.every(({ internal }) => internal) }];
  });
}
