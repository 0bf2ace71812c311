// Any value -> the same value without passwords, for logs and MQTT.

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

/** Credentials inside text: user information of an address, and `name=value` pairs of password-like names. */
export function redactText(text: string): string {
  return text.replace(USER_INFORMATION, `$1${HIDDEN}@`).replace(NAMED_SECRET, `$1=${HIDDEN}`);
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
