// The text of a playlist (HLS, RFC 8216) -> its variants, or its segments in their order. Pure.

import { failed } from './camera-socket.js';

export interface Variant {
  /** As it is written, relative or whole. */
  readonly uri: string;
  readonly bandwidth: number;
  /** Nothing where it is not told. */
  readonly size: { readonly width: number; readonly height: number } | undefined;
}

export interface Segment {
  readonly uri: string;
  readonly seconds: number;
  /** What comes before it, of fragmented MP4. */
  readonly map: string | undefined;
  /** The recorder has it not, and says so (RFC 8216bis, section 4.4.4.7). */
  readonly isGap: boolean;
}

export type Playlist =
  | { readonly kind: 'master'; readonly variants: readonly Variant[] }
  | {
      readonly kind: 'media';
      readonly targetSeconds: number;
      /** Number of the first segment. */
      readonly first: number;
      readonly segments: readonly Segment[];
      /** Nothing will follow. */
      readonly isWhole: boolean;
      /** It says that it is one to be watched at any time (VOD). */
      readonly isRecording: boolean;
    };

export const isPlaylist = (text: string): boolean => /^\ufeff?\s*#EXTM3U/.test(text);

/** Of seconds: what is outside would have us ask without a pause, or never. */
const LEAST_SECONDS = 0.1;
const MOST_SECONDS = 60;

/** @throws CaptureError for what is no playlist, or one that cannot be played */
export function readPlaylist(text: string): Playlist {
  if (!isPlaylist(text)) throw failed('decode', 'no playlist (HLS): leave out #hls where there is none');
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  for (const line of lines) expectPlayable(line);
  return lines.some((line) => line.startsWith('#EXT-X-STREAM-INF:')) ? master(lines) : media(lines);
}

function expectPlayable(line: string): void {
  const method = /^#EXT-X-(?:SESSION-)?KEY:(?:.*,)?METHOD=([^,]*)/.exec(line)?.[1];
  if (method !== undefined && method !== 'NONE')
    throw failed('decode', `a playlist of encrypted segments (${method})`);
  if (line.startsWith('#EXT-X-BYTERANGE:') || /^#EXT-X-MAP:.*BYTERANGE=/.test(line))
    throw failed('decode', 'a playlist of parts of a file (byte ranges)');
}

function master(lines: readonly string[]): Playlist {
  const variants: Variant[] = [];
  let described: string | undefined;
  for (const line of lines) {
    if (line.startsWith('#EXT-X-STREAM-INF:')) described = line;
    if (line === '' || line.startsWith('#') || described === undefined) continue;
    const [, width, height] = /[:,]RESOLUTION=(\d+)x(\d+)/.exec(described) ?? [];
    const size = width === undefined ? undefined : { width: Number(width), height: Number(height) };
    const bandwidth = Number(/[:,]BANDWIDTH=(\d+)/.exec(described)?.[1] ?? 0);
    variants.push({ uri: line, bandwidth, size });
    described = undefined;
  }
  return { kind: 'master', variants };
}

function media(lines: readonly string[]): Playlist {
  const segments: Segment[] = [];
  let seconds: number | undefined;
  let map: string | undefined;
  let isGap = false;
  const tag = (name: string) => lines.find((line) => line.startsWith(name))?.slice(name.length);
  for (const line of lines) {
    if (line.startsWith('#EXT-X-MAP:')) map = /[:,]URI="([^"]*)"/.exec(line)?.[1];
    if (line.startsWith('#EXTINF:')) seconds = bounded(Number.parseFloat(line.slice('#EXTINF:'.length)));
    if (line === '#EXT-X-GAP') isGap = true;
    if (line === '' || line.startsWith('#') || seconds === undefined) continue;
    segments.push({ uri: line, seconds, map, isGap });
    seconds = undefined;
    isGap = false;
  }
  return {
    kind: 'media',
    targetSeconds: bounded(Number(tag('#EXT-X-TARGETDURATION:'))),
    first: Number.parseInt(tag('#EXT-X-MEDIA-SEQUENCE:') ?? '0', 10) || 0,
    segments,
    isWhole: lines.includes('#EXT-X-ENDLIST'),
    isRecording: tag('#EXT-X-PLAYLIST-TYPE:') === 'VOD',
  };
}

function bounded(seconds: number): number {
  return Math.min(MOST_SECONDS, Math.max(LEAST_SECONDS, seconds || LEAST_SECONDS));
}
