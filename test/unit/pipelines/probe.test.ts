// Sources of each kind, cameras in this process among them -> what the probe says, with one login at most.

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askCameras } from '../../../agent/doctor/facts/cameras.js';
import { findSource } from '../../../pipelines/find-source.js';
import { probeSource } from '../../../pipelines/probe.js';
import { HttpCamera } from '../../support/http-camera.js';

const login = { user: 'admin', password: 'right', schemes: ['MD5'] as const };
let open: HttpCamera;
let locked: HttpCamera;
const file = join(mkdtempSync(join(tmpdir(), 'probe-')), 'clip.mp4');
writeFileSync(file, '');

beforeAll(async () => {
  const types: Readonly<Record<string, string>> = {
    '/mjpeg': 'multipart/x-mixed-replace; boundary=x',
    '/video': 'video/mp4',
    '/picture': 'image/jpeg',
    '/list': 'application/vnd.apple.mpegurl',
  };
  const answer = (
    response: import('node:http').ServerResponse,
    { url }: import('node:http').IncomingMessage,
  ) => {
    const type = types[url!];
    if (type === undefined) return response.writeHead(404).end();
    // Streams go on: whoever probes has to leave.
    return response.writeHead(200, { 'content-type': type }).write(url === '/list' ? '#EXTM3U\n' : 'bytes');
  };
  [open, locked] = await Promise.all([HttpCamera.start(answer), HttpCamera.start(answer, login)]);
});

afterAll(() => Promise.all([open.close(), locked.close()]));

test.each([
  ['MJPEG over HTTP', () => open.url('/mjpeg')],
  ['a video over HTTP', () => open.url('/video')],
  ['a playlist (HLS)', () => `${open.url('/list')}#hls`],
  ['MJPEG over HTTP', () => locked.url('/mjpeg', 'admin:right')],
  ['a file that can be read', () => file],
  ['a test picture', () => 'test:ball'],
  ['a launch string, which only a pipeline can try', () => 'gst:videotestsrc'],
  ['standard input, which can be read once', () => '/dev/fd/99'],
])('%s', async (says, uri) => {
  expect(await probeSource(findSource(uri()))).toBe(says);
});

test.each([
  ['decode', () => open.url('/picture')],
  ['decode', () => open.url('/list')],
  ['decode', () => `${open.url('/video')}#hls`],
  ['not-found', () => open.url('/nothing')],
  ['not-found', () => `${file}.none`],
  ['not-found', () => 'v4l2:/dev/video99'],
  ['unauthorized', () => locked.url('/mjpeg')],
  ['unauthorized', () => locked.url('/mjpeg', 'admin:wrong')],
])('%s', async (failure, uri) => {
  await expect(probeSource(findSource(uri()))).rejects.toMatchObject({ report: { failure } });
});

test('of cameras behind one login, none is asked after it was refused; others are, in their order', async () => {
  const before = locked.login!.wrong;
  const camera = (source: string, more = {}) => ({ enabled: true, source, ...more });
  const answers = await askCameras(
    {
      cameras: {
        first: camera(locked.url('/mjpeg', 'admin:bad'), { detect: locked.url('/video', 'admin:bad') }),
        off: { ...camera(locked.url('/mjpeg', 'admin:bad')), enabled: false },
        second: camera(locked.url('/mjpeg', 'admin:right')),
        third: camera(locked.url('/video', 'admin:bad')),
        free: camera(open.url('/mjpeg')),
      } as never,
    },
    new AbortController().signal,
  );
  const outcome = ({ camera, key, answer }: (typeof answers)[number]) => [
    `${camera} ${key}`,
    'says' in answer ? answer.says : answer.failure,
  ];
  expect(answers.map(outcome)).toEqual([
    ['first source', 'unauthorized'],
    ['first detect', 'not-tried'],
    ['second source', 'MJPEG over HTTP'],
    ['third source', 'not-tried'],
    ['free source', 'MJPEG over HTTP'],
  ]);
  expect(locked.login!.wrong - before).toBe(1);
});
