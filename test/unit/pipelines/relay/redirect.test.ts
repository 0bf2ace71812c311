// Where a camera points to -> within its host, however that is written; or refused.

import { expect, test } from 'vitest';
import { redirected } from '../../../../pipelines/relay/redirect.js';
import { parseSource } from '../../../../pipelines/sources.js';

const hostIn = (uri: string) => (parseSource(uri) as { camera: { host: string } }).camera.host;

test.each([
  ['rtsp://Cam.local/a', 'rtsp://cam.LOCAL:8554/b', 'rtsp://cam.LOCAL:8554/b'],
  ['rtsp://[FE80::1]/a', 'rtsp://[fe80::1]/b', 'rtsp://[fe80::1]/b'],
  ['http://Cam.local/a/b', '../c', 'http://cam.local/c'],
])('%s to %s', (from, to, expected) => {
  expect(redirected(from, to, hostIn(from))).toBe(expected);
});

test.each([
  ['rtsp://cam.local/a', 'rtsp://cam.local.example/a'],
  ['https://cam.local/a', 'http://cam.local/a'],
  ['rtsp://cam.local/a', undefined],
])('%s not to %s', (from, to) => {
  expect(() => redirected(from, to, hostIn(from))).toThrow('the camera points to');
});
