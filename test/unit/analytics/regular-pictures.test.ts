// Cameras and a clock that moves by hand -> when pictures are taken, and of whom.

import { expect, test } from 'vitest';
import type { Picture } from '../../../agent/analytics/picture.js';
import { RegularPictures } from '../../../agent/analytics/regular-pictures.js';
import { never } from '../../support/ending.js';
import { FakeClock, settled } from '../../support/fake-capture.js';

const picture: Picture = { jpeg: Buffer.from('jpeg'), capturedAtMs: 0, sourceSize: { width: 4, height: 4 } };

function setUp(take: (camera: string) => Promise<Picture> = async () => picture) {
  const clock = new FakeClock();
  const running = new Set(['door', 'yard']);
  const told: string[] = [];
  const pictures = new RegularPictures({
    everyMs: new Map([
      ['door', 1000],
      ['yard', 2500],
    ]),
    isRunning: (camera) => running.has(camera),
    take,
    publish: (camera) => told.push(`${clock.nowMs()} ${camera}`),
    onError: (camera, error) => told.push(`${camera}: ${error.message}`),
    clock,
  });
  return { clock, running, told, pictures };
}

test('each camera at its own times, while it runs', async () => {
  const { clock, running, told, pictures } = setUp();
  await pictures.start(never);
  await clock.advance(2000);
  running.delete('door');
  await clock.advance(2000);
  running.add('door');
  await clock.advance(1000);
  await settled();
  expect(told).toEqual(['2000 door', '3000 door', '3500 yard', '6000 yard', '6000 door']);
  await pictures.stop();
  expect(clock.waiting).toBe(0);
});

test('one that does not come is waited for, and not asked for again', async () => {
  let asked = 0;
  let give = (_: Picture) => {};
  const { clock, told, pictures } = setUp((camera) => {
    if (camera === 'yard') return Promise.reject(new Error('no picture'));
    asked++;
    return new Promise((resolve) => {
      give = resolve;
    });
  });
  await pictures.start(never);
  await clock.advance(2600);
  expect([asked, told]).toEqual([1, ['yard: no picture']]);
  give(picture);
  await clock.advance(1000);
  expect(asked).toBe(2);
  await pictures.stop();
  give(picture);
  await settled();
  expect(told, 'what comes after the end goes nowhere').toEqual(['yard: no picture', '3600 door']);
});
