// A camera and a login -> the keys that watch it and what was seen of its streams, or why it gives no video.

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { CspcamError, ExpectationError } from '#common/errors.js';
import { redactText } from '#common/redact.js';
import { settledWithin } from '#common/time-limit.js';
import type { Size } from '../../pipelines/frame.js';
import { openSource } from '../../pipelines/open.js';
import { parseSource } from '../../pipelines/sources.js';
import { configFile } from '../config/schema.js';
import { askAnswering } from '../discovery/ask-all.js';
import type { FoundDevice } from '../discovery/found-device.js';
import { freeId, type Login, type SuggestedCamera, suggestedCameras } from '../discovery/suggestion.js';
import { askCameras } from '../doctor/facts/cameras.js';
import { CLIP, type FoundCamera } from './find-cameras.js';

/** The user of the camera, its password, and the variable that stands for it. */
export type CameraLogin = Required<Login>;

export interface CameraKeys extends SuggestedCamera {
  readonly loop?: true;
}

export interface SeenStream {
  /** As `H264 over RTSP`. */
  readonly says: string;
  readonly size: Size;
  /** Frames in a second, as they came; nothing of a picture. */
  readonly fps?: number | undefined;
}

export interface TriedCamera {
  readonly id: string;
  /** Passwords by the names of their variables. */
  readonly keys: CameraKeys;
  readonly source: SeenStream;
  /** Of the smaller stream, where there is one that works. */
  readonly detect?: SeenStream | undefined;
  /** What was left out of it, a line each. */
  readonly notes: readonly string[];
}

export interface TryOptions {
  readonly login?: CameraLogin | undefined;
  /** Whether the password may be sent in clear. */
  readonly inClear: boolean;
  /** Ids of other cameras. */
  readonly taken: Readonly<Record<string, unknown>>;
}

export type CameraTrial =
  | {
      readonly cameras: readonly TriedCamera[];
      /** Why others of the same recorder are left out, a line each. */
      readonly problems: readonly string[];
    }
  /** It wants a login, or another one. */
  | { readonly failure: 'login'; readonly message: string }
  /** It takes the login only so that everyone on the way can read it. */
  | { readonly failure: 'in-clear'; readonly message: string }
  | { readonly failure: 'other'; readonly message: string };

const ASKING_MS = 20_000;
const FRAMES_MS = 20_000;
/** A rate is told from so many of them. */
const FRAMES = 10;
/** Any size does: pictures are not looked at. */
const INPUT = { width: 64, height: 64 };

/** @throws the reason of the signal */
export async function tryCamera(
  found: FoundCamera,
  { login, inClear, taken }: TryOptions,
  signal: AbortSignal,
): Promise<CameraTrial> {
  const all = await keysOf(found, login, taken, signal);
  if ('failure' in all) return all;
  const cameras: TriedCamera[] = [];
  const problems: string[] = [];
  for (const [id, named] of Object.entries(all.keys)) {
    const keys = inClear ? allowingBasic(named) : named;
    const tried = await tryKeys(id, keys, login, signal);
    if (!('failure' in tried)) cameras.push(tried);
    // The same login is not sent to a host that has refused it.
    else if (tried.failure !== 'other') return tried;
    else problems.push(`${id}: ${tried.message}`);
  }
  return cameras.length > 0 ? { cameras, problems } : failed(false, problems.join('; '));
}

async function keysOf(
  found: FoundCamera,
  login: CameraLogin | undefined,
  taken: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<{ keys: Record<string, CameraKeys> } | (CameraTrial & { failure: string })> {
  switch (found.kind) {
    case 'clip':
      return { keys: { [freeId('street', taken)]: { source: CLIP.key, loop: true } } };
    case 'device':
      return { keys: { [freeId(found.name, taken)]: { source: `v4l2:${found.key}` } } };
    case 'address':
      return {
        keys: { [found.id ?? freeId('camera', taken)]: { source: withLogin(absolute(found.key), login) } },
      };
    case 'onvif': {
      const options = { credentials: login, limitMs: ASKING_MS };
      const device = login === undefined ? found.device : await askAnswering(found.answer, options, signal);
      const keys = suggestedCameras([device], login, taken);
      return Object.keys(keys).length > 0 ? { keys } : nothingFrom(device);
    }
  }
}

function nothingFrom({
  address,
  failure,
  message,
  notes,
}: FoundDevice): Extract<CameraTrial, { failure: string }> {
  const why = message ?? notes[0] ?? 'it names no stream that can be played';
  const isLogin = failure === 'login-wanted' || failure === 'login-refused';
  return { failure: isLogin ? 'login' : 'other', message: `${address}: ${why}` };
}

/** The configuration may lie in another folder than the one in which it was named. */
function absolute(address: string): string {
  const source = parseSource(address, existsSync);
  return source.scheme === 'file' ? `file:${resolve(source.path)}` : address;
}

const USER = /^(\w+:\/\/)([^/@\s]*)@/;

/** Of an address as `rtsp://admin@host/stream`. */
export function userIn(address: string): string | undefined {
  const user = USER.exec(address)?.[2];
  return user === undefined ? undefined : decodeURIComponent(user);
}

function isEncoded(user: string): boolean {
  try {
    decodeURIComponent(user);
    return true;
  } catch {
    return false;
  }
}

/** A user without a password would be a wrong login: it stands there only with one. */
function withLogin(address: string, login: CameraLogin | undefined): string {
  // In a configuration `${NAME}` would stand for whatever the environment has of that name.
  const plain = address.replace(USER, '$1').replaceAll('${', () => '$${');
  if (login === undefined) return plain;
  return plain.replace('://', () => `://${encodeURIComponent(login.user)}:\${${login.variable}}@`);
}

function allowingBasic({ source, detect, ...keys }: CameraKeys): CameraKeys {
  const allowed = (address: string) => `${address}#auth=basic`;
  return { ...keys, source: allowed(source), ...(detect !== undefined && { detect: allowed(detect) }) };
}

async function tryKeys(
  id: string,
  keys: CameraKeys,
  login: CameraLogin | undefined,
  signal: AbortSignal,
): Promise<TriedCamera | Extract<CameraTrial, { failure: string }>> {
  const real = {
    ...keys,
    source: filledIn(keys.source, login),
    ...(keys.detect !== undefined && { detect: filledIn(keys.detect, login) }),
  };
  const cameras = configFile.shape.cameras.parse({ [id]: real });
  const [source, detect] = (await askCameras({ cameras }, signal)).map(({ answer }) => answer);
  if ('failure' in source!) return failed(source.failure === 'unauthorized', source.message);
  const ofSource = await look(source!.says, real.source, signal);
  if ('failure' in ofSource) return ofSource;
  const { detect: _, ...alone } = keys;
  if (detect === undefined) return { id, keys, source: ofSource, notes: [] };
  const ofDetect =
    'failure' in detect ? failed(false, detect.message) : await look(detect.says, real.detect!, signal);
  if ('failure' in ofDetect)
    return {
      id,
      keys: alone,
      source: ofSource,
      notes: [`its smaller stream is left out: ${ofDetect.message}`],
    };
  return { id, keys, source: ofSource, detect: ofDetect, notes: [] };
}

/** As the configuration fills it in. */
function filledIn(address: string, login: CameraLogin | undefined): string {
  return address.replaceAll(/\$\$\{|\$\{\w+\}/g, (match) =>
    match === '$${' ? '${' : encodeURIComponent(login?.password ?? ''),
  );
}

function failed(isLogin: boolean, message: string): Extract<CameraTrial, { failure: string }> {
  // By the advice of the relay, which does not send it.
  const login = message.includes('#auth=basic') ? 'in-clear' : 'login';
  return { failure: isLogin ? login : 'other', message: redactText(message) };
}

/** Some frames through a real capture process: what only decoding tells. */
async function look(
  says: string,
  uri: string,
  signal: AbortSignal,
): Promise<SeenStream | Extract<CameraTrial, { failure: string }>> {
  const over = new AbortController();
  let size: Size | undefined;
  let failure: unknown;
  const timesMs: number[] = [];
  const read = async () => {
    const frames = openSource(uri, { inputSize: INPUT, stallTimeoutMs: FRAMES_MS });
    for await (const frame of frames.frames(AbortSignal.any([signal, over.signal]))) {
      size = frame.sourceSize;
      timesMs.push(frame.mediaTimeMs);
      if (timesMs.length === FRAMES) break;
    }
  };
  const reading = read().catch((error: unknown) => {
    failure = error;
  });
  await settledWithin(FRAMES_MS, reading);
  over.abort();
  await reading;
  signal.throwIfAborted();
  if (size !== undefined) return { says, size, fps: rateOf(timesMs) };
  if (failure !== undefined && !(failure instanceof CspcamError)) throw failure;
  return failed(false, failure === undefined ? 'no picture came' : failure.message);
}

function rateOf(timesMs: readonly number[]): number | undefined {
  const spanMs = (timesMs.at(-1) ?? 0) - (timesMs[0] ?? 0);
  return spanMs > 0 ? Math.round((10_000 * (timesMs.length - 1)) / spanMs) / 10 : undefined;
}

/** @returns what should stand there; nothing where the address will do */
export function addressMistake(address: string): string | undefined {
  if (/^\w+:\/\/[^/@\s]*:[^/\s]*@/.test(address)) return 'an address without a password, which is asked for';
  if (!isEncoded(USER.exec(address)?.[2] ?? '')) return 'a user whose % is written as %25';
  try {
    const { scheme } = parseSource(address, existsSync);
    return scheme === 'pipe' ? 'a source that can be opened again' : undefined;
  } catch (error) {
    if (!(error instanceof ExpectationError)) throw error;
    return error.what;
  }
}
