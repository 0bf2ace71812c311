// Address of a broker as somebody wrote it -> what is wrong with it, or unlikely. Pure.

/** Characters that end the part of an address in which user and password stand. */
const ESCAPES: Readonly<Record<string, string>> = { '#': '%23', '/': '%2F', '?': '%3F' };

/** @returns what should stand there; nothing where the address will do. Says nothing of what a password is. */
export function addressMistake(address: string): string | undefined {
  const inside = address.slice(address.indexOf('://') + 3);
  const end = inside.search(/[#/?]/);
  const isBroken = end !== -1 && inside.indexOf('@', end) !== -1 && inside.slice(0, end).includes(':');
  if (isBroken) {
    const character = inside[end]!;
    return `an address with ${ESCAPES[character]} in place of the ${character} in its password`;
  }
  let url: URL;
  try {
    url = new URL(address);
    decodeURIComponent(url.username + url.password);
  } catch {
    return 'an address whose host and port there can be, with %25 for a % in user and password';
  }
  if (address.includes('#')) return 'an address without # (in user and password it is written %23)';
  const isPlain = url.protocol === 'mqtt:' || url.protocol === 'mqtts:';
  if (isPlain && (url.pathname.length > 1 || url.search !== ''))
    return `${url.protocol}//host:port without a path (ws:// and wss:// have one)`;
  return undefined;
}

type Scheme = 'mqtt' | 'mqtts' | 'ws' | 'wss';

/** What listens on a port in most places. */
const USUAL: Partial<Record<string, readonly (Scheme | 'AMQP' | 'HTTP')[]>> = {
  1883: ['mqtt'],
  8883: ['mqtts'],
  8884: ['mqtts', 'wss'],
  8083: ['ws'],
  8084: ['wss'],
  9001: ['ws', 'wss'],
  15675: ['ws'],
  80: ['ws'],
  443: ['wss', 'mqtts'],
  5671: ['AMQP'],
  5672: ['AMQP'],
  8123: ['HTTP'],
  15672: ['HTTP'],
};

/** @returns what listens there in most places, where that is something else: `mqtts://` */
export function unlikelyPort(address: string): string | undefined {
  const { protocol, port } = new URL(address);
  const usual = USUAL[port];
  if (usual === undefined || usual.some((scheme) => `${scheme}:` === protocol)) return undefined;
  const first = usual[0]!;
  return first === first.toUpperCase() ? first : `${first}://`;
}

/** Whether a host to listen on is reached from this machine alone. */
export function isLoopback(host: string): boolean {
  return /^(localhost|::1|(::ffff:)?127(\.\d{1,3}){3})$/i.test(host);
}
