// Sources that cannot be read -> one line for `detect`, and a status with its class and retries for a camera.

import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Clock, systemClock } from '#common/clock.js';
import { CspcamError } from '#common/errors.js';
import type { CameraOptions } from '../../../pipelines/capture/camera-options.js';
import { openSource } from '../../../pipelines/open.js';
import { startCamera } from '../../support/cameras.js';
import { PROGRAM } from '../../support/cspcam.js';
import { freePort } from '../../support/mosquitto.js';
import { children, newChildren, readFrames } from '../../support/reading.js';
import { canNobodyStart, nobody } from '../../support/rights.js';
import { h264, type RtspServer, startRtspServer } from '../../support/rtsp-server.js';

let folder: string;
let refusing: number;
let silent: Server;
let server: RtspServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'failures-'));
  // The file alone is what refuses.
  await chmod(folder, 0o755);
  await writeFile(join(folder, 'text.mp4'), 'no video at all\n'.repeat(1000));
  await writeFile(join(folder, 'empty.mp4'), '');
  await writeFile(join(folder, 'locked.mp4'), 'locked');
  await chmod(join(folder, 'locked.mp4'), 0);
  await mkdir(join(folder, 'folder.mp4'));
  refusing = await freePort();
  silent = createServer().listen(0, '127.0.0.1');
  server = await startRtspServer(
    { '/s': h264('smpte'), '/broken': 'videotestsrc ! nosuch ! rtph264pay name=pay0' },
    'joe:pw',
  );
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  silent.close();
  await server.close();
});

/** Waits between tries, some of many minutes, end after a moment. */
const impatient: Clock = { ...systemClock, after: (ms, act) => systemClock.after(Math.min(ms, 400), act) };

const silentPort = () => (silent.address() as { port: number }).port;
// The server knows Basic alone.
const rtsp = (path: string, login = 'joe:pw@') =>
  `${server.url(path).replace('//', `//${login}`)}#auth=basic`;

describe.each<[string, () => string, failure: string, line: string | RegExp]>([
  ['a missing file', () => join(folder, 'none.mp4'), 'not-found', 'expected an existing file'],
  ['a disk that fails', () => '/proc/self/mem', 'decode', 'Input/output error'],
  ['a folder', () => join(folder, 'folder.mp4'), 'decode', 'is a directory'],
  ['no video', () => join(folder, 'text.mp4'), 'decode', 'expected video that can be read'],
  ['an empty file', () => join(folder, 'empty.mp4'), 'decode', 'Stream contains no data'],
  ['sound alone', () => 'gst:audiotestsrc num-buffers=99 ! wavenc', 'decode', 'a stream without video'],
  ['an unknown element', () => 'gst:nosuch ! identity', 'no-element', 'received no element "nosuch"'],
  ['an unknown property', () => 'gst:videotestsrc nosuch=1', 'bad-launch', 'no property "nosuch"'],
  ['a half launch string', () => 'gst:videotestsrc ! (', 'bad-launch', 'received syntax error'],
  ['parts that do not fit', () => 'gst:videotestsrc ! audio/x-raw', 'bad-launch', 'could not link'],
  [
    'a pipeline that is silent',
    () => 'gst:videotestsrc is-live=true ! valve drop=true',
    'stalled',
    /none for 1\.5 s$/,
  ],
  ['a missing device', () => 'v4l2:/dev/video99', 'not-found', "Cannot identify device '/dev/video99'"],
  ['a device that is no camera', () => 'v4l2:/dev/null', 'decode', '/dev/null'],
  ['no CSI camera', () => 'csi:0', 'no-element', 'no element "nvarguscamerasrc"'],
  ['an address that refuses', () => `rtsp://127.0.0.1:${refusing}/s`, 'refused', 'ECONNREFUSED'],
  ['a host without address', () => 'rtsp://camera.invalid/s', 'dns', /invalid: (ENOTFOUND|EAI_AGAIN)/],
  ['a host that says nothing', () => `rtsp://127.0.0.1:${silentPort()}/s`, 'stalled', /none for 1\.5 s$/],
  [
    'a wrong password',
    () => rtsp('/s', 'joe:secret@'),
    'unauthorized',
    'refuses the user name or the password',
  ],
  ['no password', () => rtsp('/s', ''), 'unauthorized', 'asks for a user name and a password'],
  ['a password in clear', () => rtsp('/s').split('#')[0]!, 'unauthorized', 'in clear only (Basic)'],
  ['a wrong path', () => rtsp('/nosuch'), 'not-found', 'DESCRIBE: 404 Not Found'],
  [
    'a camera that is out of order',
    () => rtsp('/broken'),
    'unreachable',
    'DESCRIBE: 503 Service Unavailable',
  ],
])('%s', (_, uri, failure, line) => {
  // Short where silence is the failure; elsewhere a busy machine must have time to say what it is.
  const stallTimeoutMs = failure === 'stalled' ? 1500 : 30_000;

  test('read once', async () => {
    const before = await children();
    const source = openSource(uri(), { inputSize: { width: 96, height: 96 }, stallTimeoutMs });
    const error = await readFrames(source).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CspcamError);
    const { message } = error as Error;
    expect(message).toMatch(line);
    expect(message).toMatch(/^expected .* for .*, received .*$/);
    expect(message).not.toMatch(/secret|pw@/);
    expect(await newChildren(before)).toEqual([]);
  });

  test('as a camera', async () => {
    const before = await children();
    const camera = startCamera(uri(), { stallTimeoutMs, clock: impatient });
    try {
      await camera.until('tried twice', () => camera.statuses.length >= 3);
    } finally {
      await camera.close();
    }
    const [first, ...next] = camera.statuses;
    expect(first).toEqual({ state: 'starting' });
    expect(next[0]).toMatchObject({ state: 'retrying', failure, attempt: 1 });
    expect(next[1]).toMatchObject({ state: 'retrying', failure, attempt: 2 });
    expect(JSON.stringify(next)).not.toMatch(/secret|pw@/);
    expect(camera.captured()).toBe(0);
    expect(await newChildren(before)).toEqual([]);
  });
});

test.each<[string, string, Partial<CameraOptions>, failure: string, message: string]>([
  ['a missing certificate', 'rtsps://127.0.0.1:1/s', { tls: { ca: '/none.pem' } }, 'not-found', '/none.pem'],
  ['nothing at all', '/dev/fd/999', {}, 'bad-launch', 'expected a picture or a video for descriptor 999'],
  [
    'a camera by number of an element that has none',
    'csi:1',
    { prefer: { decoders: [], camera: 'videotestsrc' } },
    'bad-launch',
    'expected csi:0 with videotestsrc for source, received csi:1',
  ],
])('%s, before there is a process', async (_, uri, options, failure, message) => {
  const camera = startCamera(uri, options);
  try {
    await camera.until('retrying', () => camera.statuses.length >= 2);
  } finally {
    await camera.close();
  }
  expect(camera.statuses[1]).toMatchObject({ state: 'retrying', failure });
  expect(camera.statuses[1]).toHaveProperty('message', expect.stringContaining(message));
});

test('a file of another user', ({ skip }) => {
  skip(!canNobodyStart(), 'another user may not start what is here');
  const file = join(folder, 'locked.mp4');
  const { status, stderr } = spawnSync(process.execPath, [PROGRAM, 'detect', file], {
    ...nobody,
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([1, `cspcam: expected a readable file for source, received ${file}\n`]);
});
