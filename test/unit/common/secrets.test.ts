// Secrets that were told, however they are written -> text without them.

import { afterEach, describe, expect, test } from 'vitest';
import { redactText, secretsIn } from '#common/redact.js';
import { forgetSecrets, keepSecret, withoutSecrets } from '#common/secrets.js';

afterEach(forgetSecrets);

const LONG = `\${LONG}`;
const SECRET = 'p/s"s w\\r\'d&<\u00fc>%#?@:+$1';
const ways: [string, (secret: string) => string][] = [
  ['in clear', (secret) => secret],
  ['percent-encoded', encodeURIComponent],
  [
    'every byte percent-encoded',
    (secret) => [...Buffer.from(secret)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  ],
  [
    'in capitals',
    (secret) =>
      [...Buffer.from(secret)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  ],
  [
    'as an address has it',
    (secret) => {
      const url = new URL('http://a/');
      url.password = secret;
      return url.password;
    },
  ],
  ['as a parameter', (secret) => new URLSearchParams({ a: secret }).toString().slice(2)],
  ['in JSON', (secret) => JSON.stringify(secret).slice(1, -1)],
  [
    'in JSON of ASCII',
    (secret) =>
      JSON.stringify(secret)
        .slice(1, -1)
        .replace(/[^ -~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`),
  ],
  ['in a launch string', (secret) => secret.replace(/["\\]/g, '\\$&')],
  ['in XML', (secret) => secret.replace(/[<>&"']/g, (c) => `&#${c.charCodeAt(0)};`)],
];

test.each(ways)('%s', (_, write) => {
  keepSecret(SECRET);
  expect(withoutSecrets(`before ${write(SECRET)} after`)).toBe('before *** after');
});

describe('many', () => {
  test('one that is a part of another', () => {
    keepSecret('secret');
    keepSecret('secret and more', LONG);
    expect(withoutSecrets('secret, secret and more')).toBe(`***, ${LONG}`);
  });

  test('what stands in its place is taken as it is', () => {
    keepSecret('value', '$& $1');
    expect(withoutSecrets('a value')).toBe('a $& $1');
  });

  test('short ones would be found everywhere', () => {
    keepSecret('cam');
    expect(withoutSecrets('camera')).toBe('camera');
  });
});

test.each<[string, string[]]>([
  ['rtsp://joe:p%2Fs@cam/s', ['p%2Fs', 'p/s', 'am9lOnAvcw==']],
  ['rtsp://token17x@cam/s', ['token17x']],
  ['rtsp://cam/s?token=ab_c&x=1', ['ab_c']],
  ['rtsp://cam/user=a_password=b_c_channel=1.sdp', ['b_c']],
  ['gst:rtspsrc user-id=joe user-pw="p w" ! x', ['joe', 'p w']],
  ['rtsp://cam:554/s', []],
])('the secrets of %s', (text, secrets) => {
  expect([...new Set(secretsIn(text))]).toEqual(secrets);
  for (const secret of secretsIn(text)) keepSecret(secret);
  for (const secret of secrets.filter(({ length }) => length > 3))
    expect(redactText(`(${secret})`)).toBe('(***)');
});
