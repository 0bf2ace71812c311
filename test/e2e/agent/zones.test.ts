// `cspcam zones preview` -> a picture of the camera with its zones and lines where the configuration has them.

import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { selfSigned } from '../../support/certificate.js';
import { cspcam, writeConfig } from '../../support/cspcam.js';
import { HttpCamera, motionJpeg } from '../../support/http-camera.js';

const yard = {
  points: [
    [0.1, 0.7],
    [0.3, 0.7],
    [0.3, 0.95],
    [0.1, 0.95],
  ],
};
const gate = {
  points: [
    [0.55, 0.7],
    [0.85, 0.7],
  ],
};

let folder = '';
let config = '';
let secure: HttpCamera;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zones-'));
  // Takes connections and never answers.
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  silent.unref();
  const { port } = silent.address() as AddressInfo;
  const certificate = await selfSigned();
  const white = sharp({ create: { width: 320, height: 180, channels: 3, background: '#fff' } });
  secure = await HttpCamera.start(
    motionJpeg(await white.jpeg().toBuffer()),
    undefined,
    undefined,
    certificate,
  );
  const https = { source: secure.url('/video.mjpg'), zones: {} };
  const zones = { yard };
  const lines = { gate };
  config = await writeConfig({
    device: 'porch',
    mqtt: { url: 'mqtt://127.0.0.1:1' },
    cameras: {
      // A width that is no multiple of four.
      ball: { source: 'test:ball?width=802&height=400&fps=10', zones, lines },
      plain: { source: 'test:blue?width=320&height=240' },
      masked: {
        source: 'test:blue?width=320&height=240',
        masks: { privacy: [yard.points], motion: [gate.points.concat([[0.9, 0.9]])] },
      },
      gone: { source: `rtsp://me:se3cret@127.0.0.1:${port}/stream`, stallTimeoutSeconds: 1.5, zones },
      trusted: { ...https, tls: { fingerprint: certificate.fingerprint } },
      'by-authority': { ...https, tls: { ca: certificate.file } },
      stranger: { ...https, tls: { fingerprint: 'AB'.repeat(32) } },
      lost: { ...https, tls: { ca: '/nowhere/ca.pem' } },
      off: { source: 'test:ball?width=320&height=240&frames=1', enabled: false, zones },
    },
  });
});

afterAll(() => secure.close());

const preview = (camera: string, file: string, ...more: string[]) =>
  cspcam('zones', 'preview', camera, '--config', config, '--out', join(folder, file), ...more);

test('a frame of the camera at its own size, zones and lines where they belong', async () => {
  const { code, out, err } = await preview('ball', 'ball.png');
  expect({ code, err, out }).toEqual({
    code: 0,
    err: '',
    out: `${join(folder, 'ball.png')}: 802 x 400, zones: yard; lines: gate\n`,
  });
  const { data, info } = await sharp(join(folder, 'ball.png')).raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height]).toEqual([802, 400]);
  const at = (x: number, y: number) => [...data.subarray((y * 802 + x) * 3).subarray(0, 3)];
  expect(at(160, 280)).toEqual([230, 159, 0]);
  expect(at(560, 280)).toEqual([86, 180, 233]);
  expect(at(561, 300)).toEqual([86, 180, 233]);
  // A quarter of the colour on black.
  const [red, green, blue] = at(160, 330);
  for (const [received, wanted] of [
    [red, 58],
    [green, 40],
    [blue, 0],
  ])
    expect(Math.abs(received! - wanted!)).toBeLessThan(3);
  expect(at(5, 395)).toEqual([0, 0, 0]);
  // It starts in the middle; a busy machine may miss that.
  const whitest = Array.from({ length: 802 * 400 }, (_, i) => Math.min(...data.subarray(3 * i, 3 * i + 3)));
  expect(
    whitest.reduce((most, white) => Math.max(most, white)),
    'the ball',
  ).toBeGreaterThan(200);
});

test('a camera without zones gives its picture with coordinates; one that is not enabled is shown as well', async () => {
  expect((await preview('plain', 'plain.jpg')).out).toContain('320 x 240, zones: none; lines: none');
  expect((await preview('off', 'off.jpg')).out).toContain('320 x 240, zones: yard; lines: none');
});

test('masks: what is private is black already, each is outlined', async () => {
  expect((await preview('masked', 'masked.png')).out).toContain(
    '320 x 240, zones: none; lines: none; masks: 1 privacy, 1 motion\n',
  );
  const { data, info } = await sharp(join(folder, 'masked.png')).raw().toBuffer({ resolveWithObject: true });
  const at = (x: number, y: number) => [...data.subarray((y * 320 + x) * info.channels).subarray(0, 3)];
  expect(at(64, 200), 'in the middle of the mask').toEqual([0, 0, 0]);
  expect(at(160, 120)[2], 'far from it').toBeGreaterThan(240);
});

test.each(['trusted', 'by-authority'])('a camera with a certificate of its own: %s', async (camera) => {
  expect(await preview(camera, `${camera}.jpg`)).toMatchObject({
    code: 0,
    err: '',
    out: expect.stringContaining('320 x 180'),
  });
});

test('--image: any picture in the place of the camera', async () => {
  const image = join(folder, 'white.png');
  await sharp({ create: { width: 501, height: 300, channels: 3, background: '#fff' } })
    .png()
    .toFile(image);
  expect((await preview('gone', 'white-out.png', '--image', image)).out).toContain('501 x 300, zones: yard');
  const { data } = await sharp(join(folder, 'white-out.png')).raw().toBuffer({ resolveWithObject: true });
  const at = (x: number, y: number) => [...data.subarray((y * 501 + x) * 3).subarray(0, 3)];
  expect(at(250, 150)).toEqual([255, 255, 255]);
  expect(at(100, 210)).toEqual([230, 159, 0]);
});

test.each<[name: string, args: string[], code: number, line: string]>([
  [
    'a camera that is not in the file',
    ['bell', 'a.jpg'],
    2,
    'expected one of the cameras ball, plain, masked, gone, trusted, by-authority, stranger, lost, off for <camera>, received bell',
  ],
  ['a name that JavaScript knows', ['constructor', 'a.jpg'], 2, 'received constructor'],
  [
    'another kind of picture',
    ['ball', 'a.gif'],
    2,
    'expected a name that ends in .jpg, .jpeg or .png for --out, received ',
  ],
  [
    'a missing image',
    ['ball', 'a.jpg', '--image', '/nowhere.png'],
    1,
    'expected an existing file for source, received /nowhere.png',
  ],
  ['a camera that shows another certificate', ['stranger', 'a.jpg'], 1, 'fingerprint'],
  [
    'an authority that is not there',
    ['lost', 'a.jpg'],
    1,
    'expected a certificate that can be read for tls.ca, received /nowhere/ca.pem (ENOENT)',
  ],
  ['a camera that never answers', ['gone', 'a.jpg'], 1, 'expected frames for rtsp://***@127.0.0.1:'],
])('%s: one line, no picture', async (_, [camera, file, ...more], code, line) => {
  const { err, ...finished } = await preview(camera!, file!, ...more);
  expect(finished).toEqual({ code, out: '' });
  expect(err).toContain(line);
  expect(err.trim().split('\n')).toHaveLength(1);
  expect(err).not.toContain('se3cret');
  expect(existsSync(join(folder, file!))).toBe(false);
});
