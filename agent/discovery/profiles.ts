// Profiles of a device, as the library read them -> what they say of their streams. Pure: whatever they are made of.

import { plainText } from '#common/plain-text.js';

export interface Profile {
  readonly name: string;
  /** Of the lens that it shows: a recorder has several. */
  readonly videoSource: string;
  /** As `H264`, `H265`, `JPEG`. */
  readonly codec?: string | undefined;
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  readonly fps?: number | undefined;
}

const LONGEST_TEXT = 120;

export function profileOf(value: unknown): Profile {
  const encoder = at(value, 'videoEncoderConfiguration');
  const resolution = at(encoder, 'resolution');
  return {
    name: textOf(at(value, 'name')) ?? tokenOf(value) ?? 'profile',
    videoSource: textOf(at(value, 'videoSourceConfiguration', 'sourceToken')) ?? '',
    codec: codecOf(textOf(at(encoder, 'encoding'))),
    width: sizeOf(at(resolution, 'width')),
    height: sizeOf(at(resolution, 'height')),
    fps: rateOf(at(encoder, 'rateControl', 'frameRateLimit')),
  };
}

/** By which the device knows it. */
export function tokenOf(profile: unknown): string | undefined {
  const token = at(profile, '$', 'token');
  return typeof token === 'string' || typeof token === 'number' ? String(token) : undefined;
}

/** Of a value within values; undefined where there is none. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let found = value;
  for (const key of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Record<string, unknown>)[key];
  }
  return found;
}

/** One short line, for people; an element with attributes has its text below `_`. */
export function textOf(value: unknown): string | undefined {
  const inner = typeof value === 'object' ? at(value, '_') : value;
  if (typeof inner !== 'string' && typeof inner !== 'number' && typeof inner !== 'boolean') return undefined;
  const line = plainText(String(inner)).replace(/\s+/g, ' ').trim().slice(0, LONGEST_TEXT);
  return line === '' ? undefined : line;
}

/** The newer service has names of MIME types: `H265`, `MPV4-ES`. */
function codecOf(encoding: string | undefined): string | undefined {
  return encoding?.toUpperCase().replace(/^HEVC$/, 'H265');
}

function sizeOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= 16_384
    ? value
    : undefined;
}

function rateOf(value: unknown): number | undefined {
  return typeof value === 'number' && value > 0 && value <= 1000 ? Math.round(value * 10) / 10 : undefined;
}
