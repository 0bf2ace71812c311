// Challenges -> which one is answered, and how. The examples of the RFCs are the oracle.

import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { authorize, readChallenges } from '../../../../pipelines/relay/authorization.js';

const nonce = '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v';
const opaque = 'FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS';
const parameters = `realm="http-auth@example.org", qop="auth, auth-int", nonce="${nonce}", opaque="${opaque}"`;
const mufasa = { user: 'Mufasa', password: 'Circle of Life' };

/** RFC 7616, section 3.9.1. */
test.each([
  ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
  ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
])('the example of RFC 7616 with %s', (algorithm, response) => {
  const { challenge } = readChallenges([`Digest ${parameters}, algorithm=${algorithm}`]);
  const answer = authorize(challenge!, mufasa, {
    method: 'GET',
    uri: '/dir/index.html',
    count: 1,
    clientNonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
  });
  expect(answer).toContain(`response="${response}"`);
  expect(answer).toContain('nc=00000001');
  expect(answer).toContain(`opaque="${opaque}"`);
});

/** RFC 2069, section 2.4, with the correction of its errata. */
test('the example of RFC 2069, without qop', () => {
  const { challenge } = readChallenges([
    'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"',
  ]);
  const request = { method: 'GET', uri: '/dir/index.html', count: 1, clientNonce: 'x' };
  const answer = authorize(challenge!, { user: 'Mufasa', password: 'CircleOfLife' }, request);
  expect(answer).toContain('response="1949323746fe6a43ef61f9606e7febea"');
  expect(answer).not.toContain('algorithm');
  expect(answer).not.toContain('cnonce');
});

test.each([
  ['Überwachung', 'jürgen', 'grün'],
  ['摄像机', '行人', '密码'],
])('realm %s, user %s: hashed and said as the bytes that they are', (realm, user, password) => {
  const md5 = (text: string) => createHash('md5').update(text, 'utf8').digest('hex');
  // As it is read from the wire.
  const value = Buffer.from(`Digest realm="${realm}", nonce="n"`).toString('latin1');
  const { challenge } = readChallenges([value]);
  const request = { method: 'DESCRIBE', uri: 'rtsp://camera/', count: 1, clientNonce: 'x' };
  const answer = authorize(challenge!, { user, password }, request);
  expect(Buffer.from(answer, 'latin1').toString()).toBe(
    `Digest username="${user}", realm="${realm}", nonce="n", uri="rtsp://camera/", response="${md5(
      `${md5(`${user}:${realm}:${password}`)}:n:${md5('DESCRIBE:rtsp://camera/')}`,
    )}"`,
  );
});

/** RFC 7617, section 2. */
test('the example of RFC 7617', () => {
  const { challenge } = readChallenges(['Basic realm="WallyWorld"']);
  const request = { method: 'GET', uri: '/', count: 1, clientNonce: 'x' };
  const aladdin = { user: 'Aladdin', password: 'open sesame' };
  expect(authorize(challenge!, aladdin, request)).toBe('Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==');
});

const digest = (algorithm: string) => `Digest realm="r", nonce="n"${algorithm && `, algorithm=${algorithm}`}`;

test.each([
  ['MD5 and SHA-256 in two headers', [digest('MD5'), digest('SHA-256')], 'SHA-256'],
  ['in one header', [`${digest('')}, ${digest('"SHA-256"')}`], 'SHA-256'],
  ['Basic first', ['Basic realm="r"', digest('')], 'MD5'],
  ['Basic and Digest in one header', [`Basic realm="r", ${digest('md5')}`], 'MD5'],
  ['an algorithm that is not known, and MD5', [digest('SHA-512-256'), digest('')], 'MD5'],
  ['Basic alone', ['Basic realm="a \\"b\\", c"'], 'basic'],
  ['none that is known', [digest('SHA-512-256'), 'Negotiate'], undefined],
  ['a Digest without a nonce', ['Digest realm="r"'], undefined],
  ['only the integrity of the whole message', [`${digest('')}, qop="auth-int"`], undefined],
  ['nothing', [], undefined],
  ['noise', ['", = ,,"', '\u0000\u0001', '=='], undefined],
])('%s', (_, headers, chosen) => {
  const { challenge } = readChallenges(headers);
  expect(challenge?.scheme === 'digest' ? challenge.algorithm : challenge?.scheme).toBe(chosen);
});

test('what a camera takes is named', () => {
  const { offered } = readChallenges(['Negotiate, Basic realm="r"', digest('SHA-512-256')]);
  expect(offered).toEqual(['Negotiate', 'Basic', 'Digest SHA-512-256']);
});

test('quotes in names do not end a parameter', () => {
  const { challenge } = readChallenges(['Digest realm="a\\"b", nonce="n"']);
  const request = { method: 'DESCRIBE', uri: 'rtsp://c/s', count: 1, clientNonce: 'x' };
  expect(authorize(challenge!, { user: 'j"o', password: '' }, request)).toMatch(
    /^Digest username="j\\"o", realm="a\\"b", nonce="n", uri="rtsp:\/\/c\/s", response="[0-9a-f]{32}"$/,
  );
});
