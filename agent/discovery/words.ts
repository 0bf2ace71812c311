// Words of the thread that asks devices: what it is to do, and what it tells of it. Types alone.

import type { Credentials } from '../../pipelines/relay/authorization.js';

/** The service of a device, by an address of it. */
export interface DeviceService {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly encrypted: boolean;
}

export type Task =
  /** Calls for devices on networks of this machine, by their names as `eth0`. */
  | { readonly kind: 'probe'; readonly interfaces: readonly string[]; readonly waitMs: number }
  /** Asks for services of these kinds, as `_mqtt._tcp.local`, on the networks with these own addresses. */
  | {
      readonly kind: 'browse';
      readonly addresses: readonly string[];
      readonly kinds: readonly string[];
      readonly waitMs: number;
    }
  | { readonly kind: 'ask'; readonly service: DeviceService; readonly credentials?: Credentials | undefined };

/** What a device said, as the library read it: nothing of it is as it should be before it has been checked. */
export interface DeviceFacts {
  /** By how much its own clock was ahead of ours when it told the time. */
  readonly clockAheadMs?: number | undefined;
  readonly information: unknown;
  /** Addresses of its services. */
  readonly services: readonly unknown[];
  readonly profiles: readonly unknown[];
  /** Of each profile; undefined where it has none. */
  readonly streams: readonly unknown[];
}

export type Told =
  | { readonly kind: 'answer'; readonly data: unknown; readonly from: string }
  /** Of one datagram. */
  | { readonly kind: 'records'; readonly records: readonly unknown[]; readonly from: string }
  | { readonly kind: 'not-sent'; readonly message: string }
  | { readonly kind: 'facts'; readonly facts: DeviceFacts }
  | { readonly kind: 'failed'; readonly failure: AskFailure; readonly message: string };

/** Why a device told nothing. */
export type AskFailure = 'login-wanted' | 'login-refused' | 'unreachable' | 'unfit';
