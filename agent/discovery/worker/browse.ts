// Networks of this machine and kinds of services -> what announces itself as one of them, by multicast DNS (RFC 6762, 6763).
// It alone imports multicast-dns.

import multicastDns from 'multicast-dns';
import type { Task, Told } from '../words.js';

/** Part of the time at which the question is repeated: a datagram may be lost. */
const AGAIN = 0.3;

/** What was said is told as it was read: whoever judges it puts the records together. */
export function browse(
  { addresses, kinds, waitMs }: Task & { readonly kind: 'browse' },
  tell: (told: Told) => void,
): void {
  const questions = kinds.map((name) => ({ name, type: 'PTR' as const }));
  for (const address of addresses) {
    // Datagrams to the group reach only sockets that are not bound to an address of their own.
    const network = multicastDns({ interface: address, bind: '0.0.0.0' });
    network.on('error', (error: Error) => tell({ kind: 'not-sent', message: error.message }));
    network.on('response', (packet: { answers?: unknown[]; additionals?: unknown[] }, { address: from }) =>
      tell({ kind: 'records', records: [...(packet.answers ?? []), ...(packet.additionals ?? [])], from }),
    );
    const timers = [0, AGAIN * waitMs].map((afterMs) => setTimeout(() => network.query(questions), afterMs));
    setTimeout(() => {
      for (const timer of timers) clearTimeout(timer);
      network.destroy();
    }, waitMs);
  }
}
