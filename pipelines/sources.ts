// Source URI -> what to open: scheme, place and options. Pure.

import { fileURLToPath } from 'node:url';
import { type CspcamError, expected } from '#common/errors.js';
import { redactText } from '#common/redact.js';
import type { NetworkCamera } from './relay/address.js';
import { hostOf, inAscii, portOf } from './relay/address.js';

export type Source =
  | { readonly scheme: 'file'; readonly path: string }
  /** Standard input is 0. */
  | { readonly scheme: 'pipe'; readonly descriptor: number }
  | { readonly scheme: 'rtsp' | 'http'; readonly camera: NetworkCamera }
  | ({ readonly scheme: 'v4l2'; readonly device: string; readonly format?: 'mjpeg' | 'raw' } & Partial<Video>)
  | ({ readonly scheme: 'csi'; readonly sensorId: number } & Video)
  | ({ readonly scheme: 'test'; readonly pattern: string; readonly frames?: number } & Video)
  | { readonly scheme: 'gst'; readonly head: string };

interface Video {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
}

const DEFAULT_VIDEO: Video = { width: 1280, height: 720, fps: 30 };

const SUPPORTED =
  'a source: file:clip.mp4 (or a path), rtsp://user:password@camera/stream, rtsps://..., http://camera/video.mjpg, https://..., v4l2:/dev/video0, ' +
  'csi:0, - (standard input), test:ball?width=1280&height=720&fps=30&frames=100, or gst:videotestsrc is-live=true ! ...';

/** As programs and shells call what they are given open: `<(...)` is such a path. */
const DESCRIPTOR = /^(?:-|(?:file:)?\/dev\/stdin|(?:file:)?(?:\/dev|\/proc\/self)\/fd\/(?<number>\d{1,4}))$/;

/**
 * @param exists whether there is a file of that name, as `cam1:30.jpg`; default never
 * @throws CspcamError that lists the supported schemes; credentials in `uri` are not repeated
 */
export function parseSource(uri: string, exists: (path: string) => boolean = () => false): Source {
  const descriptor = DESCRIPTOR.exec(uri)?.groups;
  if (descriptor !== undefined) return { scheme: 'pipe', descriptor: Number(descriptor['number'] ?? 0) };
  const [, scheme, rest = ''] = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(uri) ?? [];
  switch (scheme?.toLowerCase()) {
    case undefined:
      if (uri.trim() === '') throw bad(uri);
      return { scheme: 'file', path: uri };
    case 'file':
      return { scheme: 'file', path: filePath(uri, rest) };
    case 'rtsp':
    case 'rtsps':
      return network(uri, 'rtsp');
    case 'http':
    case 'https':
      return network(uri, 'http');
    case 'v4l2':
      return v4l2(uri, rest);
    case 'csi':
      return csi(uri, rest);
    case 'test':
      return test(uri, rest);
    case 'gst':
      if (rest.trim() === '') throw bad(uri);
      return { scheme: 'gst', head: rest.trim() };
    default:
      if (exists(uri)) return { scheme: 'file', path: uri };
      throw bad(uri);
  }
}

/** Whether frames come at their own pace and cannot wait; a launch string counts as live. */
export function isLive({ scheme }: Source): boolean {
  return scheme !== 'file' && scheme !== 'pipe' && scheme !== 'test';
}

function bad(uri: string): CspcamError {
  return expected(SUPPORTED, 'source', redactText(uri));
}

function filePath(uri: string, rest: string): string {
  if (rest.startsWith('///')) {
    try {
      return fileURLToPath(uri);
    } catch (cause) {
      throw expected('a file URL like file:///videos/clip.mp4', 'source', uri, cause);
    }
  }
  if (rest === '' || rest.startsWith('//')) throw bad(uri);
  return rest;
}

function network(uri: string, scheme: 'rtsp' | 'http'): Source {
  if (/\s/.test(uri)) throw expected('%20 in the place of spaces', 'source', `${uri.split('//')[0]}//***`);
  const [, start = '', userInfo, hostAndPath, fragment] =
    // The last @ before the first / ends the user information, so that a password may hold an @.
    /^((?:rtsp|http)s?:\/\/)(?:([^/]*)@)?([^@/][^/#]*(?:\/[^#]*)?)(?:#(.*))?$/is.exec(uri) ?? [];
  if (hostAndPath === undefined) throw bad(uri);
  // A slash in a password ends the host too early: what follows its colon is no port then.
  if (userInfo === undefined && /^[^/]*:(?!\d*\/)[^/]*\/.*@/.test(hostAndPath))
    throw expected('%2F in the place of a / in a password', 'source', `${start}***`);
  // Of digits it looks like one; but what follows an @ later on then looks like the host.
  if (
    userInfo === undefined &&
    /^[^/]*:\d+\/.*@(?:localhost|\[[^\]]*\]|[^/@]*[.:][^/@]*)(?:\/|$)/.test(hostAndPath)
  )
    throw expected(
      '%2F in the place of a / in a password, or %40 in the place of an @ in a path',
      'source',
      `${start}***`,
    );
  const known = scheme === 'http' ? [ALLOW_BASIC, ALLOW_HLS] : [ALLOW_BASIC];
  const allowed = fragment?.split('&') ?? [];
  if (!allowed.every((one) => known.includes(one)))
    throw expected(`#${known.join(', #')}, or no # (%23 in a password)`, 'source', `${start}***`);
  const location = inAscii(start + hostAndPath);
  let url: URL;
  try {
    url = new URL(location);
  } catch (cause) {
    throw expected(`an address like ${scheme}://camera/stream`, 'source', redactText(uri), cause);
  }
  const credentials = userInfo === undefined ? undefined : credentialsOf(userInfo);
  return {
    scheme,
    camera: {
      location,
      host: hostOf(url),
      port: portOf(location),
      ...(url.protocol.endsWith('s:') && { tls: {} }),
      ...(credentials !== undefined && { credentials }),
      allowsBasic: allowed.includes(ALLOW_BASIC),
      ...(allowed.includes(ALLOW_HLS) && { hls: true }),
      transport: 'auto',
    },
  };
}

/** What an address ends in where the password may be sent in clear. */
const ALLOW_BASIC = 'auth=basic';
/** The same where a playlist may name what is fetched; both are joined with `&`. */
const ALLOW_HLS = 'hls';

function credentialsOf(userInfo: string): NetworkCamera['credentials'] {
  const colon = userInfo.indexOf(':');
  if (colon < 0) return { user: decoded(userInfo), password: '' };
  return { user: decoded(userInfo.slice(0, colon)), password: decoded(userInfo.slice(colon + 1)) };
}

/** People write passwords with a bare % too. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function v4l2(uri: string, rest: string): Source {
  const [device, options] = split(uri, rest, ['width', 'height', 'fps', 'format']);
  if (!device.startsWith('/')) throw bad(uri);
  const { format, ...video } = options;
  if (format === undefined) return { scheme: 'v4l2', device, ...numbers(uri, video) };
  if (format !== 'mjpeg' && format !== 'raw') throw expected('mjpeg or raw', `format in ${uri}`, format);
  return { scheme: 'v4l2', device, format, ...numbers(uri, video) };
}

function csi(uri: string, rest: string): Source {
  const [sensor, options] = split(uri, rest, ['width', 'height', 'fps']);
  if (!/^\d+$/.test(sensor)) throw bad(uri);
  return { scheme: 'csi', sensorId: Number(sensor), ...DEFAULT_VIDEO, ...numbers(uri, options) };
}

function test(uri: string, rest: string): Source {
  const [pattern, options] = split(uri, rest, ['width', 'height', 'fps', 'frames']);
  if (!/^[a-z0-9-]+$/.test(pattern)) throw bad(uri);
  return { scheme: 'test', pattern, ...DEFAULT_VIDEO, ...numbers(uri, options) };
}

function split(
  uri: string,
  rest: string,
  allowed: string[],
): [place: string, options: Record<string, string>] {
  const question = rest.indexOf('?');
  if (question < 0) return [rest, {}];
  const options = Object.fromEntries(new URLSearchParams(rest.slice(question + 1)));
  const unknown = Object.keys(options).find((name) => !allowed.includes(name));
  if (unknown !== undefined) throw expected(`options ${allowed.join(', ')}`, uri, unknown);
  return [rest.slice(0, question), options];
}

function numbers(uri: string, options: Record<string, string>): Partial<Video> & { frames?: number } {
  const entries = Object.entries(options).map(([name, text]) => {
    if (!/^[1-9]\d{0,5}$/.test(text)) throw expected('a whole number above 0', `${name} in ${uri}`, text);
    return [name, Number(text)];
  });
  return Object.fromEntries(entries);
}
