// Challenges of a camera, one after another -> how often a password is sent, and when it counts as refused.

import { afterEach, expect, test } from 'vitest';
import { CameraConnection } from '../../../../pipelines/relay/rtsp-connection.js';
import { statusOf } from '../../../../pipelines/relay/rtsp-message.js';
import type { LoginRules } from '../../../support/camera-login.js';
import { RtspCamera } from '../../../support/rtsp-camera.js';

const closing: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one.close();
});

/** @returns what becomes of requests one after another, and what the camera counted */
async function asked(rules: Omit<LoginRules, 'user' | 'password'>, password: string) {
  const login = { user: 'joe', password: 'right', ...rules };
  const camera = await RtspCamera.start({ clip: { codec: 'H264', units: [[]] }, login });
  closing.push(camera);
  const connection = await CameraConnection.open({
    host: '127.0.0.1',
    port: camera.port,
    credentials: { user: 'joe', password },
    allowsBasic: false,
  });
  closing.push(connection);
  const results: (number | string | undefined)[] = [];
  for (const method of ['DESCRIBE', 'GET_PARAMETER', 'GET_PARAMETER', 'GET_PARAMETER'])
    results.push(
      await connection.request(method, camera.url()).then(statusOf, (error: Error) => error.message),
    );
  return { results, wrong: camera.login?.wrong, asked: camera.requests.length };
}

const refused = 'the camera refuses the user name or the password';

test.each<[string, Omit<LoginRules, 'user' | 'password'>, string, unknown]>([
  ['one nonce for all', { schemes: ['MD5'] }, 'right', { results: [200, 200, 200, 200], wrong: 0 }],
  [
    'a nonce that grows old, and says so',
    { schemes: ['MD5'], nonceUses: 1 },
    'right',
    { results: [200, 200, 200, 200], wrong: 0 },
  ],
  [
    'a nonce that grows old, and does not',
    { schemes: ['SHA-256'], nonceUses: 1, saysStale: false },
    'right',
    { results: [200, 200, 200, 200], wrong: 0 },
  ],
  [
    'a nonce in each answer for the next request, which old ones are not',
    { schemes: ['MD5'], namesNext: true, quality: true },
    'right',
    { results: [200, 200, 200, 200], wrong: 0, asked: 5 },
  ],
  [
    'a wrong password is sent once',
    { schemes: ['MD5'], nonceUses: 1, saysStale: false },
    'wrong',
    { results: [refused, refused, refused, refused], wrong: 1 },
  ],
])('%s', async (_, rules, password, expected) => {
  expect(await asked(rules, password)).toMatchObject(expected as object);
});
