// Cameras of a configuration -> frames to calibrate on.

import sharp from 'sharp';
import { expect, test } from 'vitest';
import { cameraFrames } from '../../../agent/cli/models/camera-frames.js';
import { selfSigned } from '../../support/certificate.js';
import { writeConfig } from '../../support/cspcam.js';
import { HttpCamera, motionJpeg } from '../../support/http-camera.js';

/** Of one frame, for which they are watched as long as it takes. */
async function firstFrameOf(camera: object) {
  const config = await writeConfig({
    device: 'porch',
    mqtt: { url: 'mqtt://127.0.0.1:1' },
    cameras: { door: camera },
  });
  const told: string[] = [];
  const sizes: object[] = [];
  const choice = { config, camera: ['all'], minutes: 4.1, pictures: 1, still: true };
  const inputSize = { width: 64, height: 64, resize: { kind: 'stretch' } } as const;
  const tell = (line: string) => told.push(line);
  for await (const { sourceSize } of cameraFrames(choice, inputSize, tell, new AbortController().signal))
    sizes.push(sourceSize);
  return { told, sizes };
}

test('a number of minutes that is a broken number of milliseconds', async () => {
  expect(await firstFrameOf({ source: 'test:ball?width=160&height=120' })).toEqual({
    told: [],
    sizes: [{ width: 160, height: 120 }],
  });
});

test('a camera with a certificate of its own', async () => {
  const certificate = await selfSigned();
  const white = sharp({ create: { width: 320, height: 180, channels: 3, background: '#fff' } });
  const answer = motionJpeg(await white.jpeg().toBuffer());
  const camera = await HttpCamera.start(answer, undefined, undefined, certificate);
  const { fingerprint } = certificate;
  try {
    expect(await firstFrameOf({ source: camera.url('/video.mjpg'), tls: { fingerprint } })).toEqual({
      told: [],
      sizes: [{ width: 320, height: 180 }],
    });
  } finally {
    await camera.close();
  }
});
