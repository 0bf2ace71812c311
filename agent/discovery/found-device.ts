// What a device told -> the device and its streams, and what was not believed. Pure: whatever it told.

import { plainText } from '#common/plain-text.js';
import { redactText } from '#common/redact.js';
import { hostOf } from '../../pipelines/relay/address.js';
import { parseSource } from '../../pipelines/sources.js';
import { at, type Profile, profileOf, textOf } from './profiles.js';
import type { AskFailure, DeviceFacts } from './words.js';

export interface FoundStream extends Profile {
  /** Without user and password. */
  readonly address: string;
}

export interface FoundDevice {
  /** `host:port` of its service, or the host alone that answered. */
  readonly address: string;
  readonly name?: string | undefined;
  readonly make?: string | undefined;
  readonly model?: string | undefined;
  readonly firmware?: string | undefined;
  /** By how much its clock is ahead of ours. */
  readonly clockAheadSeconds?: number | undefined;
  readonly streams: readonly FoundStream[];
  /** What of it was passed over, a line each. */
  readonly notes: readonly string[];
  readonly failure?: AskFailure | undefined;
  /** One line: why it told nothing. */
  readonly message?: string | undefined;
}

const LONGEST_ADDRESS = 1024;
/** What a log of two machines beside each other needs. */
const SAME_SECONDS = 5;

/** @param hosts names and addresses of the device itself: streams elsewhere are not its own to give */
export function foundDevice(
  { clockAheadMs = 0, information, services, profiles, streams }: DeviceFacts,
  hosts: readonly string[],
): Omit<FoundDevice, 'address' | 'name'> {
  const notes: string[] = [];
  const believed = profiles.flatMap((value, i): FoundStream[] => {
    const profile = profileOf(value);
    const stream = streamAddress(at(streams[i], 'uri'), hosts);
    if (stream.address === undefined) notes.push(`${profile.name}: ${stream.note}`);
    return stream.address === undefined ? [] : [{ ...profile, address: stream.address }];
  });
  const elsewhere = new Set(services.flatMap((service) => foreignHost(service, hosts) ?? []));
  for (const host of elsewhere) notes.push(`it names a service at another host, ${host}: not contacted`);
  const aheadSeconds = Math.round(clockAheadMs / 1000);
  return {
    make: textOf(at(information, 'manufacturer')),
    model: textOf(at(information, 'model')),
    firmware: textOf(at(information, 'firmwareVersion')),
    ...(Math.abs(aheadSeconds) > SAME_SECONDS && { clockAheadSeconds: aheadSeconds }),
    streams: believed,
    notes,
  };
}

type Judged = { readonly address: string } | { readonly address?: undefined; readonly note: string };

function streamAddress(value: unknown, hosts: readonly string[]): Judged {
  const text = typeof value === 'object' ? at(value, '_') : value;
  if (text === undefined) return { note: 'no address' };
  const isPlain = typeof text === 'string' && text.length <= LONGEST_ADDRESS && plainText(text) === text;
  if (!isPlain || /[\s"<>\\^`|]/.test(text) || !URL.canParse(text))
    return { note: 'an address that is none' };
  const url = new URL(text);
  const host = hostOf(url);
  if (!/^rtsps?:$/.test(url.protocol)) return { note: `an address that is not RTSP (${url.protocol})` };
  if (host === '') return { note: 'an address that is none' };
  if (!hosts.includes(host))
    return { note: `an address of another host, ${textOf(redactText(host)) ?? 'none'}: not contacted` };
  // Some put a login of their own into it.
  const address = `${url.protocol}//${url.host}${url.pathname}${url.search}`;
  try {
    const source = parseSource(address);
    if ('camera' in source && source.camera.host === host) return { address };
  } catch {
    // Said below.
  }
  return { note: 'an address that is none' };
}

function foreignHost(service: unknown, hosts: readonly string[]): string | undefined {
  if (typeof service !== 'string' || !URL.canParse(service)) return undefined;
  const host = hostOf(new URL(service));
  return host === '' || hosts.includes(host) ? undefined : textOf(host);
}
