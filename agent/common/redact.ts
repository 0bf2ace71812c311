// Any value -> the same value without passwords, for logs and MQTT.

import { withoutSecrets } from './secrets.js';

const HIDDEN = '***';

// A password may hold slashes and at-signs: what has a colon before the first slash may be user information.
const USER_INFORMATION = /\b([a-z][a-z0-9+.-]*:\/\/)(?:[^/\s:]*:\S*|[^/\s]*)@/gi;

/** Names after which a secret stands: properties of GStreamer, parameters of addresses, options of programs. */
const SECRET_NAME =
  '(?:user-id|user-pw|proxy-id|proxy-pw|[a-z_-]{0,40}?(?:password|passwd|passphrase|secret|token|api_?key)|(?<![a-z])(?:pass|pwd))';
// Some cameras join parameters with `_`: `/user=a_password=b_channel=1`.
const SECRET_VALUE =
  '(?:"(?:[^"\\\\]|\\\\.)*"|\'[^\']*\'|(?:\\\\.|[^&\\s"\'\\\\])+?(?=_[a-z]+=|[&\\s"\']|$))';
const NAMED_SECRET = new RegExp(`(${SECRET_NAME})\\s*=\\s*${SECRET_VALUE}`, 'gi');

/**
 * Credentials inside text: user information of an address, `name=value` pairs of password-like names, and secrets that
 * are known by value.
 */
export function redactText(text: string): string {
  return withoutSecrets(text).replace(USER_INFORMATION, `$1${HIDDEN}@`).replace(NAMED_SECRET, `$1=${HIDDEN}`);
}

/** The values that `redactText` would hide in an address or a launch string, as they stand there and decoded. */
export function secretsIn(text: string): string[] {
  const ofAddresses = [...text.matchAll(USER_INFORMATION)].flatMap(([all, scheme]) => {
    const [user = '', ...password] = all.slice(scheme!.length, -1).split(':');
    // A user alone is a token, and one that no person would choose may be a secret too.
    const isTelling = password.length === 0 || TELLING_USER.test(user);
    const login = password.length === 0 ? [] : [basic(user, password.join(':'))];
    return [...(isTelling ? [user] : []), password.join(':'), ...login];
  });
  const named = [...text.matchAll(NAMED_SECRET)].map(([all]) =>
    unquoted(all.slice(all.indexOf('=') + 1).trim()),
  );
  return [...ofAddresses, ...named]
    .flatMap((value) => [value, decoded(value)])
    .filter((value) => value !== '');
}

const TELLING_USER = /^(?=.*\d)\S{8,}$/;

function unquoted(value: string): string {
  const inner = /^(["'])([\s\S]*)\1$/.exec(value)?.[2];
  return (inner ?? value).replace(/\\(.)/g, '$1');
}

/** As Basic authentication writes it. */
export function basic(user: string, password: string): string {
  return Buffer.from(`${decoded(user)}:${decoded(password)}`).toString('base64');
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/** Deep copy with the values of password keys hidden and every string through `redactText`. */
export function redacted<T>(value: T): T {
  return hide(value) as T;
}

function hide(value: unknown): unknown {
  if (typeof value === 'string') return redactText(value);
  if (Array.isArray(value)) return value.map(hide);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error || value instanceof Date || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      inner !== undefined && isSecretKey(key) ? HIDDEN : hide(inner),
    ]),
  );
}

export function isSecretKey(key: string): boolean {
  return /^(password|passphrase|secret|token)$/i.test(key);
}
