// Where a camera in the network is, and how it may be reached. Pure.

import { domainToASCII } from 'node:url';
import type { Credentials } from './authorization.js';
import type { TlsTrust } from './trust.js';

export interface CameraAddress {
  readonly host: string;
  readonly port: number;
  /** Where the connection is encrypted. */
  readonly tls?: TlsTrust | undefined;
  readonly credentials?: Credentials | undefined;
  /** Whether a password may be sent that everyone on the way can read. */
  readonly allowsBasic: boolean;
}

export const TRANSPORTS = ['auto', 'tcp', 'udp', 'multicast'] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** A stream of it. */
export interface NetworkCamera extends CameraAddress {
  /** The whole address without user information, in ASCII. */
  readonly location: string;
  /** Of RTP: `auto` is within the connection, and UDP where the camera has nothing else. */
  readonly transport: Transport;
  /** Whether a playlist there may name what is fetched. */
  readonly hls?: boolean;
}

/** Without the brackets of IPv6, in small letters, which the parser makes of hosts of the web alone. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '').toLowerCase();
}

const DEFAULT_PORTS = { 'rtsp:': 554, 'rtsps:': 322, 'http:': 80, 'https:': 443 } as const;

/** @param location a whole address of one of those schemes */
export function portOf(location: string): number {
  const { port, protocol } = new URL(location);
  return Number(port) || DEFAULT_PORTS[protocol as keyof typeof DEFAULT_PORTS];
}

const BEYOND_ASCII = /[^\0-\x7f]+/g;

/** As the first line of a request takes it: the name of a host by IDNA (RFC 5891), all else in percents, as UTF-8. */
export function inAscii(location: string): string {
  return location
    .replace(/(?<=^\w+:\/\/)[^/:]+/, (host) =>
      host.search(BEYOND_ASCII) < 0 ? host : domainToASCII(host) || host,
    )
    .replace(BEYOND_ASCII, (text) => Buffer.from(text).toString('hex').toUpperCase().replace(/../g, '%$&'));
}
