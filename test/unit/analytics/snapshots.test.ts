// Sightings of tracks -> which picture is kept of each, and of which size.

import { describe, expect, test, vi } from 'vitest';
import type { AskPicture } from '../../../agent/analytics/full-size-picture.js';
import { sharpness } from '../../../agent/analytics/sharpness.js';
import { Snapshots } from '../../../agent/analytics/snapshots.js';
import type { Box } from '../../../models/detection.js';
import type { WantedPicture } from '../../../pipelines/capture/picture-answers.js';
import type { Frame } from '../../../pipelines/frame.js';

const SIDE = 64;

/** @param contrast of a pattern of single pixels, which is sharp; 0 for a grey field */
const frame = (sequence: number, { atMs = 0, contrast = 0 } = {}): Frame => ({
  source: 'door',
  sequence,
  capturedAtMs: 0,
  capturedMonotonicMs: atMs,
  mediaTimeMs: 0,
  sourceSize: { width: 640, height: 480 },
  inputSize: { width: SIDE, height: SIDE },
  content: { x: 0, y: 8, width: 64, height: 48 },
  pixels: Uint8Array.from(
    { length: 3 * SIDE * SIDE },
    (_, i) => sequence + ((i + Math.floor(i / SIDE)) % 2) * contrast,
  ).buffer,
});

const candidate = (trackId: number, score: number, box: Box = [10, 10, 110, 210]) => ({
  trackId,
  label: 'person',
  score,
  sourceBox: box,
});

/** Fake: names the frame instead of making a picture. */
const encode = async ({ pixels }: Frame, svg: string) =>
  Buffer.from(`${new Uint8Array(pixels)[0]} ${svg.length > 100}`);
const encodePart = async ({ pixels }: Frame, part: object) =>
  Buffer.from(`${new Uint8Array(pixels)[0]} ${JSON.stringify(part)}`);
const encoders = { encode, encodePart };

test('the best picture of a track is given once, with its box, and the object cut out with what is around it', async () => {
  const snapshots = new Snapshots(encoders);
  snapshots.update(frame(1), [candidate(7, 0.5)]);
  snapshots.update(frame(2), [candidate(7, 0.9)]);
  snapshots.update(frame(3), [candidate(7, 0.6)]);
  expect(snapshots.frameOf(7)).toEqual({ sequence: 2, capturedAtMs: 0 });
  const picture = await snapshots.take(7);
  expect(String(picture?.jpeg)).toBe('2 true');
  expect(picture).toMatchObject({ frameSequence: 2, sourceSize: { width: 640, height: 480 } });
  expect(picture?.object?.trackId).toBe(7);
  // 15% of the longer side around the box, within the picture.
  expect(String(picture?.object?.crop)).toBe('2 {"x":0,"y":0,"width":140,"height":240}');
  expect(await snapshots.take(7)).toBeUndefined();
});

test('a box cut by the edge is worth less, a larger one more, a sharper one more', async () => {
  const snapshots = new Snapshots(encoders);
  snapshots.update(frame(1), [candidate(7, 0.9, [0, 10, 120, 210])]);
  snapshots.update(frame(2), [candidate(7, 0.8, [10, 10, 110, 210])]);
  snapshots.update(frame(3), [candidate(7, 0.8, [10, 10, 310, 410])]);
  expect(String((await snapshots.take(7))?.jpeg)).toBe('3 true');
  snapshots.update(frame(4, { contrast: 10 }), [candidate(8, 0.8)]);
  snapshots.update(frame(5, { contrast: 40 }), [candidate(8, 0.8)]);
  snapshots.update(frame(6, { contrast: 20 }), [candidate(8, 0.8)]);
  expect(String((await snapshots.take(8))?.jpeg)).toBe('5 true');
});

test('pixels are copied: the buffer goes back to the pool', async () => {
  const snapshots = new Snapshots(encoders);
  const given = frame(1);
  snapshots.update(given, [candidate(7, 0.5)]);
  new Uint8Array(given.pixels)[0] = 99;
  expect(String((await snapshots.take(7))?.jpeg)).toBe('1 true');
});

test('a crowd keeps a bounded number', async () => {
  const snapshots = new Snapshots(encoders);
  for (let id = 0; id < 100; id++) snapshots.update(frame(id), [candidate(id, 0.5)]);
  const kept = await Promise.all(Array.from({ length: 100 }, (_, id) => snapshots.take(id)));
  expect(kept.filter((picture) => picture !== undefined)).toHaveLength(8);
});

test('who has been there for a minute gives way to who comes, and is given a place again once there is one', async () => {
  const snapshots = new Snapshots(encoders);
  const parked = Array.from({ length: 8 }, (_, id) => candidate(id, 0.5));
  const placed = () => [...parked.keys(), 20, 21].filter((id) => snapshots.frameOf(id) !== undefined);
  snapshots.update(frame(0), parked);
  snapshots.update(frame(1, { atMs: 59_000 }), [...parked, candidate(20, 0.5)]);
  expect(placed(), 'a crowd').toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  for (const atMs of [60_000, 90_000]) {
    snapshots.update(frame(2, { atMs }), [...parked, candidate(21, 0.5)]);
    expect(placed(), 'only who comes takes one').toEqual([1, 2, 3, 4, 5, 6, 7, 21]);
  }
  expect((await snapshots.take(21))?.object?.trackId).toBe(21);
  snapshots.update(frame(3, { atMs: 91_000 }), parked);
  expect(placed()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

describe('of a camera that has pictures at the size of its source', () => {
  function setUp(answer: (wanted: WantedPicture) => boolean = () => true) {
    const asked: WantedPicture[] = [];
    const ask: AskPicture = async (_camera, wanted) => {
      asked.push(wanted);
      if (!answer(wanted)) return undefined;
      const jpegs = wanted.parts.map((_, part) => Buffer.from(`full ${wanted.sequence} ${part}`));
      return { jpegs, sourceSize: { width: 1920, height: 1080 }, capturedAtMs: 5 };
    };
    return { asked, snapshots: new Snapshots({ ...encoders, ask }) };
  }

  test('the very frame is asked for, whole with its box and cut out without', async () => {
    const { asked, snapshots } = setUp();
    snapshots.update(frame(4), [candidate(7, 0.5)]);
    const picture = await snapshots.take(7);
    expect(asked).toHaveLength(1);
    expect(asked[0]!.sequence).toBe(4);
    const [whole, crop] = asked[0]!.parts;
    expect(whole!.rect).toBeUndefined();
    expect(whole!.drawings!.map(({ kind }) => kind)).toEqual(['outline', 'tile']);
    expect(whole!.drawings![0]).toMatchObject({ rect: { x: 10, y: 10, width: 100, height: 200 } });
    expect(crop).toMatchObject({ rect: { x: 0, y: 0, width: 140, height: 240 } });
    expect(crop!.drawings).toBeUndefined();
    expect(String(picture?.jpeg)).toBe('full 4 0');
    expect(String(picture?.object?.crop)).toBe('full 4 1');
    expect(picture).toMatchObject({ frameSequence: 4, sourceSize: { width: 1920, height: 1080 } });
  });

  test('one that is gone is made of the frame that was looked at', async () => {
    const { snapshots } = setUp(() => false);
    snapshots.update(frame(4), [candidate(7, 0.5)]);
    const picture = await snapshots.take(7);
    expect(String(picture?.jpeg)).toBe('4 true');
    expect(picture).toMatchObject({ frameSequence: 4, sourceSize: { width: 640, height: 480 } });
  });

  test('not sooner than half a second after the one before', async () => {
    const { asked, snapshots } = setUp();
    for (const [sequence, atMs] of [0, 100, 400, 500, 900, 1000].entries())
      snapshots.update(frame(sequence, { atMs }), [candidate(7, 0.1 + sequence * 0.15)]);
    expect((await snapshots.take(7))?.frameSequence).toBe(5);
    // Labels are drawn first, each in its own time.
    await vi.waitFor(() => expect(asked.map(({ sequence }) => sequence).toSorted()).toEqual([0, 3, 5]));
  });
});

describe('sharpness', () => {
  const whole: Box = [0, 0, 640, 480];

  test('is the mean of the absolute Laplacian', () => {
    expect(sharpness(frame(0), whole)).toBe(0);
    // Each pixel differs by the contrast from its four neighbours.
    expect(sharpness(frame(0, { contrast: 10 }), whole)).toBe(40);
  });

  test.each<[string, Box]>([
    ['without an inner pixel', [100, 100, 115, 115]],
    ['outside of the picture', [700, 500, 900, 900]],
  ])('of a box %s is nothing', (_, box) => {
    expect(sharpness(frame(0, { contrast: 10 }), box)).toBe(0);
  });
});
