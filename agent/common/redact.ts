// Any value -> the same value without passwords, for logs and MQTT.

const HIDDEN = '***';

/** Credentials inside text: user info of an address, and password-like `name=value` pairs. */
export function redactText(text: string): string {
  return text
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/)\S*@/gi, `$1${HIDDEN}@`)
    .replace(
      /(?<![a-z])(pass[a-z]*|pwd|user-pw|proxy-pw|token|secret|api_?key)=("[^"]*"|'[^']*'|[^\s&"']+)/gi,
      `$1=${HIDDEN}`,
    );
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
