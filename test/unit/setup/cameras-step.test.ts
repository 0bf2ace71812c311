// Cameras that were named beforehand -> what is wrong with them, before any is tried.

import { expect, test } from 'vitest';
import { UsualFront } from '../../../agent/cli/setup/usual.js';
import { type CamerasInput, chooseCameras } from '../../../agent/setup/cameras-step.js';
import { addressMistake } from '../../../agent/setup/try-camera.js';
import { never } from '../../support/ending.js';

test('an id that the configuration has is not given to another camera', async () => {
  const input: CamerasInput = {
    found: [],
    given: [{ kind: 'address', key: 'test:ball', id: 'door' }],
    taken: { ids: ['door'], variables: { taken: [], environment: {} } },
  };
  const told: unknown[] = [];
  await expect(chooseCameras(input, new UsualFront((one) => told.push(one)), never)).rejects.toThrow(
    'expected an id that the configuration does not have for --camera, received door',
  );
  expect(told).toEqual([]);
});

test.each<[address: string, mistake: string | undefined]>([
  ['rtsp://us%er@host/s', 'a user whose % is written as %25'],
  ['rtsp://us%25er@host/s', undefined],
  ['rtsp://host/s%t', undefined],
])('%s: %s', (address, mistake) => {
  expect(addressMistake(address)).toBe(mistake);
});
