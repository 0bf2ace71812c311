// Challenges of a camera + user and password -> the header that answers them: Digest before Basic (RFC 7616, 7617). Pure.

import { createHash } from 'node:crypto';

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

export type Challenge =
  | {
      readonly scheme: 'digest';
      readonly realm: string;
      readonly nonce: string;
      readonly algorithm: DigestAlgorithm;
      readonly opaque?: string;
      /** Whether the answer has to count its uses of the nonce. */
      readonly counted: boolean;
      /** The login before was right, but for a nonce that is too old. */
      readonly stale: boolean;
    }
  | { readonly scheme: 'basic' };

/** By strength. */
const ALGORITHMS = { 'SHA-256': 'sha256', MD5: 'md5' } as const;
export type DigestAlgorithm = keyof typeof ALGORITHMS;

export interface Offer {
  /** The strongest that can be answered; Basic only where no other is. */
  readonly challenge: Challenge | undefined;
  /** Names of all that the camera takes, for errors. */
  readonly offered: readonly string[];
}

/** @param values of all WWW-Authenticate headers; one may hold several challenges */
export function readChallenges(values: readonly string[]): Offer {
  const found = values.flatMap(split);
  const offered = found.map(({ scheme, parameters }) =>
    scheme === 'digest' ? `Digest ${parameters.get('algorithm') ?? 'MD5'}` : capitalized(scheme),
  );
  const digests = found.flatMap(({ scheme, parameters }) => (scheme === 'digest' ? digest(parameters) : []));
  const strength = ({ algorithm }: { algorithm: DigestAlgorithm }) =>
    Object.keys(ALGORITHMS).indexOf(algorithm);
  const [strongest] = digests.toSorted((a, b) => strength(a) - strength(b));
  const basic = found.some(({ scheme }) => scheme === 'basic') ? ({ scheme: 'basic' } as const) : undefined;
  return { challenge: strongest ?? basic, offered };
}

function digest(parameters: ReadonlyMap<string, string>): (Challenge & { scheme: 'digest' })[] {
  const wanted = (parameters.get('algorithm') ?? 'MD5').toUpperCase();
  const algorithm = (Object.keys(ALGORITHMS) as DigestAlgorithm[]).find((name) => name === wanted);
  const nonce = parameters.get('nonce');
  const quality = parameters.get('qop')?.split(/\s*,\s*/);
  if (algorithm === undefined || nonce === undefined) return [];
  // That of the whole message, auth-int, is not made by any camera that is known.
  if (quality !== undefined && !quality.includes('auth')) return [];
  const opaque = parameters.get('opaque');
  return [
    {
      scheme: 'digest',
      realm: parameters.get('realm') ?? '',
      nonce,
      algorithm,
      ...(opaque !== undefined && { opaque }),
      counted: quality !== undefined,
      stale: parameters.get('stale')?.toLowerCase() === 'true',
    },
  ];
}

interface RawChallenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const PARAMETER = /^([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))/;
const SCHEME = /^([\w-]+)(?=\s|,|$)/;

function split(value: string): RawChallenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  let rest = value.trim();
  while (rest !== '') {
    const parameter = PARAMETER.exec(rest);
    const scheme = parameter === null ? SCHEME.exec(rest) : null;
    const text = parameter?.[2]?.replace(/\\(.)/g, '$1') ?? parameter?.[3] ?? '';
    if (parameter !== null) challenges.at(-1)?.parameters.set(parameter[1]!.toLowerCase(), text);
    else if (scheme !== null) challenges.push({ scheme: scheme[1]!.toLowerCase(), parameters: new Map() });
    // Whatever else stands there is passed over, a character at a time.
    rest = rest.slice((parameter ?? scheme)?.[0].length ?? 1).replace(/^[\s,]+/, '');
  }
  return challenges;
}

/** @param info value of an Authentication-Info header (RFC 7616, section 3.5) */
export function nextNonce(info: string | undefined): string | undefined {
  const [found] = split(`Info ${info ?? ''}`);
  return found?.parameters.get('nextnonce');
}

export interface AuthorizedRequest {
  readonly method: string;
  readonly uri: string;
  /** How often the nonce has been used, with this time, from 1. */
  readonly count: number;
  /** Random text of the client. */
  readonly clientNonce: string;
}

/**
 * Texts of headers have a character for each byte, as they are read: what a camera said is said and hashed again as the same
 * bytes, whatever they spell. User and password are UTF-8 (RFC 7616, section 4).
 *
 * @returns the value of the Authorization header, to be written so
 */
export function authorize(
  challenge: Challenge,
  credentials: Credentials,
  request: AuthorizedRequest,
): string {
  if (challenge.scheme === 'basic')
    return `Basic ${Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64')}`;
  const bytesOf = (text: string) => Buffer.from(text, 'utf8').toString('latin1');
  const [user, password] = [bytesOf(credentials.user), bytesOf(credentials.password)];
  const { realm, nonce, algorithm, opaque, counted } = challenge;
  const hash = (text: string) => createHash(ALGORITHMS[algorithm]).update(text, 'latin1').digest('hex');
  const count = request.count.toString(16).padStart(8, '0');
  const between = counted ? `${nonce}:${count}:${request.clientNonce}:auth` : nonce;
  const secret = hash(`${user}:${realm}:${password}`);
  const response = hash(`${secret}:${between}:${hash(`${request.method}:${request.uri}`)}`);
  const quoted = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;
  const parameters = [
    `username=${quoted(user)}`,
    `realm=${quoted(realm)}`,
    `nonce=${quoted(nonce)}`,
    `uri=${quoted(request.uri)}`,
    `response="${response}"`,
    // Cameras that know nothing else stumble over the name of MD5.
    ...(algorithm === 'MD5' && !counted ? [] : [`algorithm=${algorithm}`]),
    ...(opaque === undefined ? [] : [`opaque=${quoted(opaque)}`]),
    ...(counted ? ['qop=auth', `nc=${count}`, `cnonce=${quoted(request.clientNonce)}`] : []),
  ];
  return `Digest ${parameters.join(', ')}`;
}

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
