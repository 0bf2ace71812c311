// Where a camera in the network is, and how it may be reached. Pure.

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
  /** The whole address without user information. */
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
