// Addresses, password files and certificates as people have them -> what the agent works with, or the line that says what to do.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../../agent/config/load.js';
import { describeProblem } from '../../../agent/config/problem.js';
import { unlikelyIn } from '../../../agent/config/unlikely.js';
import { configFile, SMALLEST } from './files.js';

const withUrl = (url: string) => SMALLEST.replace('mqtt://127.0.0.1:1883', url);

/** The line without file and position; nothing where the configuration will do. */
async function mistake(
  text: string,
  others: Record<string, string | Buffer> = {},
): Promise<string | undefined> {
  const file = configFile(text, others);
  const error = await loadConfig(file).then(
    () => undefined,
    (failure: Error) => failure,
  );
  return error?.message.replaceAll(`${dirname(file)}/`, '').replace(/^c\.yaml:\d+:\d+: /, '');
}

const port = 'an address whose host and port there can be, with %25 for a % in user and password';
const escaped = (code: string, of: string) => `an address with ${code} in place of the ${of} in its password`;
const path = 'mqtt://host:port without a path (ws:// and wss:// have one)';

test.each([
  ['mqtt://porch:s3cret#1@127.0.0.1', escaped('%23', '#')],
  ['mqtt://porch:12#s3cret@127.0.0.1', escaped('%23', '#')],
  ['mqtt://porch:12/s3cret@127.0.0.1', escaped('%2F', '/')],
  ['mqtt://porch:s3cret/1@127.0.0.1', escaped('%2F', '/')],
  ['mqtt://porch:12?s3cret@127.0.0.1', escaped('%3F', '?')],
  ['ws://porch:12/s3cret@127.0.0.1/mqtt', escaped('%2F', '/')],
  ['mqtt://porch:50%s3cret@127.0.0.1', port],
  ['mqtt://127.0.0.1:70000', port],
  ['mqtt://127.0.0.1/cspcam', path],
  ['mqtt://127.0.0.1#x', 'an address without # (in user and password it is written %23)'],
])('%s', async (url, expected) => {
  const line = await mistake(withUrl(url));
  expect(line).toMatch(/^expected .* for mqtt\.url, received /);
  expect(line).toContain(`expected ${expected} for`);
  expect(line).not.toContain('s3cret');
});

test.each([
  'mqtt://porch:a%23b%2Fc%3Fd@127.0.0.1',
  'mqtt://porch:top@secret@127.0.0.1',
  'mqtt://127.0.0.1:1883/',
  'mqtts://broker',
  'ws://127.0.0.1:9001/mqtt?x=1',
  'wss://porch:pw@broker/mqtt',
])('%s will do', async (url) => {
  expect(await mistake(withUrl(url))).toBeUndefined();
});

test.each([
  [
    'mqtt://broker:8883',
    ['expected mqtts:// at that port, as in most places for mqtt.url, received mqtt:// with port 8883'],
  ],
  [
    'mqtts://broker:1883',
    ['expected mqtt:// at that port, as in most places for mqtt.url, received mqtts:// with port 1883'],
  ],
  [
    'mqtt://broker:9001',
    ['expected ws:// at that port, as in most places for mqtt.url, received mqtt:// with port 9001'],
  ],
  [
    'mqtt://broker:5672',
    ['expected AMQP at that port, as in most places for mqtt.url, received mqtt:// with port 5672'],
  ],
  ['mqtt://broker:1883', []],
  ['mqtts://broker:443', []],
  ['mqtt://broker:21883', []],
  ['mqtt://broker', []],
])('%s: %j', async (url, warnings) => {
  const problems = unlikelyIn(await loadConfig(configFile(withUrl(url))));
  expect(problems.map((problem) => describeProblem('c.yaml', problem))).toEqual(
    warnings.map((warning) => `c.yaml: ${warning}`),
  );
});

const withPasswordFile = SMALLEST.replace('mqtt: {', 'mqtt: { username: porch, passwordFile: secret,');
const utf16 = Buffer.from('\ufeffs3cret\n', 'utf16le');

test.each<[string, string | Buffer, string]>([
  [
    'an empty file',
    '',
    'a password in its first line for mqtt.passwordFile, received secret (an empty file)',
  ],
  [
    'a blank first line',
    '\ns3cret\n',
    'a password in its first line for mqtt.passwordFile, received secret (an empty first line)',
  ],
  [
    'a mark and no more',
    '\ufeff',
    'a password in its first line for mqtt.passwordFile, received secret (an empty first line)',
  ],
  ['UTF-16', utf16, 'a file in UTF-8 for mqtt.passwordFile, received secret (UTF-16)'],
  [
    'UTF-16, the other end first',
    Buffer.from(utf16).swap16(),
    'a file in UTF-8 for mqtt.passwordFile, received secret (UTF-16)',
  ],
  [
    'Latin-1',
    Buffer.from('s\xe9cret', 'latin1'),
    'a file in UTF-8 for mqtt.passwordFile, received secret (other bytes from line 1 on (Latin-1?))',
  ],
])('a password file: %s', async (_, content, expected) => {
  expect(await mistake(withPasswordFile, { secret: content })).toBe(`expected ${expected}`);
});

test.each([['\ufeffs3cret\n'], ['s3cret\r\n'], ['s3cret'], ['s3cret\n\n']])(
  'the password in %j',
  async (content) => {
    const { mqtt } = await loadConfig(configFile(withPasswordFile, { secret: content }));
    expect(mqtt.password).toBe('s3cret');
  },
);

describe('certificates', () => {
  let folder: string;
  const files: Record<string, Buffer> = {};
  const at = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'certificates-'));
    const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=test'];
    openssl('req', '-x509', ...ec, '-days', '2', '-keyout', at('key'), '-out', at('cert'));
    openssl('req', ...ec, '-keyout', at('otherKey'), '-out', at('request'));
    openssl('x509', '-in', at('cert'), '-outform', 'der', '-out', at('der'));
    openssl('pkey', '-in', at('key'), '-outform', 'der', '-out', at('keyDer'));
    openssl('pkcs8', '-topk8', '-in', at('key'), '-passout', 'pass:s3cret', '-out', at('withPassphrase'));
    openssl('ec', '-in', at('key'), '-aes128', '-passout', 'pass:s3cret', '-out', at('oldPassphrase'));
    openssl('pkey', '-in', at('key'), '-pubout', '-out', at('publicKey'));
    for (const name of [
      'key',
      'cert',
      'otherKey',
      'request',
      'der',
      'keyDer',
      'withPassphrase',
      'oldPassphrase',
      'publicKey',
    ])
      files[name] = readFileSync(at(name));
    files.both = Buffer.concat([Buffer.from('# Two authorities\n'), files.cert!, files.cert!]);
    files.damaged = Buffer.from(files.cert!.toString().replace(/\n.{20}/, '\nAAAAAAAAAAAAAAAAAAAA'));
    files.empty = Buffer.alloc(0);
    files.text = Buffer.from('hello');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const withTls = (tls: string) => withUrl('mqtts://broker').replace('mqtt: {', `mqtt: { tls: { ${tls} },`);

  test.each([
    ['ca: empty', 'a certificate (PEM) for mqtt.tls.ca, received empty (an empty file)'],
    [
      'ca: der',
      'a certificate (PEM) for mqtt.tls.ca, received der (one in DER (to PEM: openssl x509 -inform der -in FILE -out FILE.pem))',
    ],
    ['ca: key', 'a certificate (PEM) for mqtt.tls.ca, received key (a private key)'],
    ['ca: request', 'a certificate (PEM) for mqtt.tls.ca, received request (a request for a certificate)'],
    ['ca: text', 'a certificate (PEM) for mqtt.tls.ca, received text (a file that is no PEM)'],
    ['ca: damaged', 'a certificate (PEM) for mqtt.tls.ca, received damaged (a damaged certificate)'],
    ['ca: nope', 'a readable file for mqtt.tls.ca, received nope (no such file)'],
    ['cert: cert, key: cert', 'a private key (PEM) for mqtt.tls.key, received cert (a certificate)'],
    ['cert: cert, key: publicKey', 'a private key (PEM) for mqtt.tls.key, received publicKey (a public key)'],
    ['cert: cert, key: empty', 'a private key (PEM) for mqtt.tls.key, received empty (an empty file)'],
    [
      'cert: cert, key: keyDer',
      'a private key (PEM) for mqtt.tls.key, received keyDer (one in DER (to PEM: openssl pkey -inform der -in FILE -out FILE.pem))',
    ],
    [
      'cert: cert, key: withPassphrase',
      'a private key (PEM) for mqtt.tls.key, received withPassphrase (one with a passphrase (without: openssl pkey -in FILE -out FILE.pem))',
    ],
    [
      'cert: cert, key: oldPassphrase',
      'a private key (PEM) for mqtt.tls.key, received oldPassphrase (one with a passphrase (without: openssl pkey -in FILE -out FILE.pem))',
    ],
    [
      'cert: cert, key: otherKey',
      'the key of mqtt.tls.cert for mqtt.tls.key, received otherKey (that of another certificate)',
    ],
    ['cert: key, key: key', 'a certificate (PEM) for mqtt.tls.cert, received key (a private key)'],
  ])('%s', async (tls, expected) => {
    expect(await mistake(withTls(tls), files)).toBe(`expected ${expected}`);
  });

  test.each(['ca: cert', 'ca: both', 'ca: cert, cert: cert, key: key'])('%s will do', async (tls) => {
    const file = configFile(withTls(tls), files);
    const { mqtt } = await loadConfig(file);
    expect(Object.values(mqtt.tls!).filter((value) => typeof value === 'string')).toEqual(
      [...tls.matchAll(/: (\w+)/g)].map(([, name]) => join(dirname(file), name!)),
    );
  });
});
