// What listens -> the keys whose port another has already, before the second of them fails at its start.

interface Address {
  readonly host: string;
  readonly port: number;
}

interface WithPorts {
  readonly mqtt: { readonly embeddedBroker?: Address | undefined };
  readonly page?: Address | undefined;
  readonly stats: { readonly prometheus?: Address | undefined };
}

/** By the later of each two. */
export function portMistakes({
  mqtt,
  page,
  stats,
}: WithPorts): { readonly path: string[]; readonly message: string }[] {
  const listeners = [
    { key: 'mqtt.embeddedBroker', at: mqtt.embeddedBroker },
    { key: 'page', at: page },
    { key: 'stats.prometheus', at: stats.prometheus },
  ];
  return listeners.flatMap(({ key, at }, i) => {
    const other = listeners.slice(0, i).find(({ at: earlier }) => at && earlier && collide(at, earlier));
    if (other === undefined) return [];
    return [{ path: [...key.split('.'), 'port'], message: `another port than that of ${other.key}` }];
  });
}

function collide(one: Address, other: Address): boolean {
  return (
    one.port === other.port &&
    (one.host === other.host || covers(one.host, other.host) || covers(other.host, one.host))
  );
}

/** Node listens on `::` for both versions of IP. */
function covers(every: string, host: string): boolean {
  return every === '::' || (every === '0.0.0.0' && !host.includes(':'));
}
