// Networks of this machine -> what answers the WS-Discovery call for cameras on them.

import onvif from 'onvif';
import type { Task, Told } from '../words.js';

/** Part of the time at which the call is repeated: a datagram may be lost. */
const AGAIN = 0.3;

export function probe(
  { interfaces, waitMs }: Task & { readonly kind: 'probe' },
  tell: (told: Told) => void,
): void {
  const { Discovery } = onvif;
  Discovery.on('device', (data, { address }) => tell({ kind: 'answer', data, from: address }));
  // Of our own sockets; what is no answer comes as text.
  Discovery.on('error', (error) => {
    if (error instanceof Error) tell({ kind: 'not-sent', message: error.message });
  });
  for (const device of interfaces)
    for (const afterMs of [0, AGAIN * waitMs])
      setTimeout(() => Discovery.probe({ device, resolve: false, timeout: waitMs - afterMs }), afterMs);
}
