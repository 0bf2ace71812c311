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
  [
    'rtsp://cam.local/a',
    'rtsp://joe:secret@cam.local.example:8554/b?x=1',
    'the camera points to another host, rtsp://cam.local.example:8554/b?x=1: give that address where it is meant',
  ],
  [
    'http://127.0.0.1/a',
    'https://127.0.0.1/b',
    'the camera points to another scheme, https://127.0.0.1/b: give that address where it is meant',
  ],
  ['https://cam.local/a', 'http://cam.local/a', 'the camera points to another scheme, http://cam.local/a'],
  ['http://cam.local/a', 'file:///etc/passwd', 'the camera points to another host, file:///etc/passwd'],
  ['rtsp://cam.local/a', undefined, 'the camera points to an address that is none'],
])('%s not to %s', (from, to, message) => {
  expect(() => redirected(from, to, hostIn(from))).toThrow(message);
});
