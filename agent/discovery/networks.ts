// This machine -> its networks, on which cameras and brokers may be asked for.

import { networkInterfaces } from 'node:os';

export interface OwnNetwork {
  /** As `eth0`. */
  readonly name: string;
  /** Own ones, of IPv4. */
  readonly addresses: readonly string[];
  /** The loopback, which nobody else is on. */
  readonly isInternal: boolean;
}

/** Those with an address of IPv4. */
export function ownNetworks(): OwnNetwork[] {
  return Object.entries(networkInterfaces()).flatMap(([name, all = []]) => {
    const own = all.filter(({ family }) => family === 'IPv4');
    if (own.length === 0) return [];
    const addresses = own.map(({ address }) => address);
    return [{ name, addresses, isInternal: own.every(({ internal }) => internal) }];
  });
}
