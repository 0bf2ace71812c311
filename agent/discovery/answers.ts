// What answered the call for cameras -> the service to ask, and what it calls itself. Pure: whatever came.

import { plainText } from '#common/plain-text.js';
import { hostOf } from '../../pipelines/relay/address.js';
import { at, textOf } from './profiles.js';
import type { DeviceService } from './words.js';

export interface Answer {
  /** Where the datagram came from. */
  readonly from: string;
  readonly name?: string | undefined;
  /** Undefined where it names none at its own address. */
  readonly service: DeviceService | undefined;
  /** Hosts other than its own to which it points: they are not contacted. */
  readonly foreignHosts: readonly string[];
}

const MOST_ADDRESSES = 16;

export function answerOf(data: unknown, from: string): Answer {
  const match = at(data, 'probeMatches', 'probeMatch');
  const services = words(at(match, 'XAddrs')).flatMap((address) => serviceAt(address) ?? []);
  const own = services.filter(({ host }) => host === from);
  const foreign = services.filter(({ host }) => host !== from).map(({ host }) => host);
  return {
    from,
    name: nameOf(words(at(match, 'scopes'))),
    // Encrypted where it has both.
    service: own.find(({ encrypted }) => encrypted) ?? own[0],
    foreignHosts: [...new Set(foreign)],
  };
}

/** The two that ONVIF has for people. */
function nameOf(scopes: readonly string[]): string | undefined {
  const scope = (kind: string) => {
    const found = scopes.find((one) => one.startsWith(`onvif://www.onvif.org/${kind}/`));
    return found === undefined ? undefined : textOf(decoded(found.slice(found.lastIndexOf('/') + 1)));
  };
  const [name, hardware] = [scope('name'), scope('hardware')];
  if (name === undefined || hardware === undefined || name.includes(hardware)) return name ?? hardware;
  return `${name} ${hardware}`;
}

function words(value: unknown): string[] {
  const text = typeof value === 'object' ? at(value, '_') : value;
  return typeof text === 'string' ? text.split(/\s+/).filter(Boolean).slice(0, MOST_ADDRESSES) : [];
}

function serviceAt(address: string): DeviceService | undefined {
  if (plainText(address) !== address || !URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined;
  const encrypted = url.protocol === 'https:';
  const port = Number(url.port) || (encrypted ? 443 : 80);
  return { host: hostOf(url), port, path: url.pathname, encrypted };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
