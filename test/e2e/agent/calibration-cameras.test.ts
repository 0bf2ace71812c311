// Cameras of a configuration -> frames to calibrate on.

import { expect, test } from 'vitest';
import { cameraFrames } from '../../../agent/cli/models/camera-frames.js';
import { writeConfig } from '../../support/cspcam.js';

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
