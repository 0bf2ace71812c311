// The key `page` -> who may reach it, and what is said of passwords without showing them.

import { dirname } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { redacted, redactText } from '#common/redact.js';
import { forgetSecrets } from '#common/secrets.js';
import { loadConfig } from '../../../agent/config/load.js';
import { configFile, SMALLEST } from './files.js';

afterEach(forgetSecrets);

const withPage = (keys: string) => `${SMALLEST}page: { ${keys} }\n`;

async function mistake(text: string, others: Record<string, string> = {}): Promise<string | undefined> {
  const file = configFile(text, others);
  const error = await loadConfig(file, { WORD: 's3cretword' }).then(
    () => undefined,
    (failure: Error) => failure,
  );
  return error?.message.replaceAll(`${dirname(file)}/`, '');
}

const EVERYBODY =
  'a password (or passwordFile) beside it, as others reach that address, or 127.0.0.1 for page.host';
const SHORT = 'a password of at least 8 characters';

test.each<[keys: string, line: string]>([
  ['host: 0.0.0.0', `c.yaml:5:15: expected ${EVERYBODY}, received 0.0.0.0`],
  ['host: "::"', `c.yaml:5:15: expected ${EVERYBODY}, received ::`],
  ['host: 192.168.1.7', `c.yaml:5:15: expected ${EVERYBODY}, received 192.168.1.7`],
  ['host: 127.0.0.1.example.org', `c.yaml:5:15: expected ${EVERYBODY}, received 127.0.0.1.example.org`],
  ['password: s3cret', `c.yaml:5:19: expected ${SHORT} for page.password, received other text`],
  [
    'host: 0.0.0.0, password: ""',
    'c.yaml:5:34: expected text that is not empty for page.password, received other text',
  ],
  ['password: 12345678', 'c.yaml:5:19: expected text for page.password, received a value without quotes'],
  [
    'password: "s3cretword", passwordFile: pw',
    'c.yaml:5:47: expected either password or passwordFile, not both for page.passwordFile, received pw',
  ],
  [
    'passwordFile: gone',
    'c.yaml:5:23: expected a readable file for page.passwordFile, received gone (no such file)',
  ],
  [
    'passwordFile: pw',
    `c.yaml:5:23: expected ${SHORT} in its first line for page.passwordFile, received pw (a shorter one)`,
  ],
  ['hosts: ["http://a"]', 'c.yaml:5:17: expected a name of a host for page.hosts.0, received http://a'],
  ['port: 0', 'c.yaml:5:15: expected a number of at least 1 for page.port, received 0'],
])('page: { %s }: one line', async (keys, line) => {
  expect(await mistake(withPage(keys), { pw: 's3cret\n' })).toBe(line);
});

test.each([
  '',
  'host: localhost',
  'host: "::1"',
  'host: 0.0.0.0, password: s3cretword',
  'host: 0.0.0.0, passwordFile: pw',
  'hosts: [cameras.example.org, proxy]',
  `host: 0.0.0.0, password: "\${WORD}"`,
])('page: { %s } will do', async (keys) => {
  expect(await mistake(withPage(keys), { pw: 's3cretword\n' })).toBeUndefined();
});

test('its password is hidden wherever it stands', async () => {
  const config = await loadConfig(configFile(withPage('passwordFile: pw'), { pw: 'blue s3cret word\n' }));
  expect(config.page).toMatchObject({
    host: '127.0.0.1',
    port: 8765,
    password: 'blue s3cret word',
    edit: true,
  });
  expect(config.page).not.toHaveProperty('passwordFile');
  expect(JSON.stringify(redacted(config))).not.toContain('s3cret');
  expect(redactText('typed blue s3cret word, blue%20s3cret%20word')).toBe('typed ***, ***');
});

test('off unless its key is there', async () => {
  expect((await loadConfig(configFile(SMALLEST))).page).toBeUndefined();
});
