// Sightings of tracks -> which picture is kept of each.

import { expect, test } from 'vitest';
import { Snapshots } from '../../../agent/analytics/snapshots.js';
import type { Box } from '../../../models/detection.js';
import type { Frame } from '../../../pipelines/frame.js';

const frame = (sequence: number): Frame => ({
  source: 'door',
  sequence,
  capturedAtMs: 0,
  capturedMonotonicMs: 0,
  mediaTimeMs: 0,
  sourceSize: { width: 640, height: 480 },
  inputSize: { width: 64, height: 64 },
  content: { x: 0, y: 8, width: 64, height: 48 },
  pixels: new Uint8Array([sequence]).buffer,
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

test('the best picture of a track is given once, with its box', async () => {
  const snapshots = new Snapshots(encode);
  snapshots.update(frame(1), [candidate(7, 0.5)]);
  snapshots.update(frame(2), [candidate(7, 0.9)]);
  snapshots.update(frame(3), [candidate(7, 0.6)]);
  expect(String((await snapshots.take(7))?.jpeg)).toBe('2 true');
  expect(await snapshots.take(7)).toBeUndefined();
});

test('a box cut by the edge is worth less, a larger one more', async () => {
  const snapshots = new Snapshots(encode);
  snapshots.update(frame(1), [candidate(7, 0.9, [0, 10, 120, 210])]);
  snapshots.update(frame(2), [candidate(7, 0.8, [10, 10, 110, 210])]);
  snapshots.update(frame(3), [candidate(7, 0.8, [10, 10, 310, 410])]);
  expect(String((await snapshots.take(7))?.jpeg)).toBe('3 true');
});

test('pixels are copied: the buffer goes back to the pool', async () => {
  const snapshots = new Snapshots(encode);
  const given = frame(1);
  snapshots.update(given, [candidate(7, 0.5)]);
  new Uint8Array(given.pixels)[0] = 99;
  expect(String((await snapshots.take(7))?.jpeg)).toBe('1 true');
});

test('a crowd keeps a bounded number', async () => {
  const snapshots = new Snapshots(encode);
  for (let id = 0; id < 100; id++) snapshots.update(frame(id), [candidate(id, 0.5)]);
  const kept = await Promise.all(Array.from({ length: 100 }, (_, id) => snapshots.take(id)));
  expect(kept.filter((picture) => picture !== undefined)).toHaveLength(8);
});
