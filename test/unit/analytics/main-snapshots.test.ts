// Tracks of the smaller stream and pictures of the main one -> which picture a track gets, with its box where it belongs.

import { expect, test, vi } from 'vitest';
import { MainSnapshots } from '../../../agent/analytics/main-snapshots.js';
import { NextPicture } from '../../../agent/analytics/next-picture.js';
import { RecentBoxes, scaledBox } from '../../../agent/analytics/recent-boxes.js';
import { Snapshots } from '../../../agent/analytics/snapshots.js';
import type { Box } from '../../../models/detection.js';
import type { Frame, Size } from '../../../pipelines/frame.js';
import { settled } from '../../support/fake-capture.js';

const SMALL: Size = { width: 640, height: 480 };
const LARGE: Size = { width: 1920, height: 1080 };

const frameAt = (capturedMonotonicMs: number, sourceSize = SMALL): Frame => ({
  source: 'door',
  sequence: 0,
  capturedAtMs: capturedMonotonicMs,
  capturedMonotonicMs,
  mediaTimeMs: 0,
  sourceSize,
  inputSize: { width: 64, height: 64 },
  content: { x: 0, y: 8, width: 64, height: 48 },
  pixels: new ArrayBuffer(3 * 64 * 64),
});

/** Fake: says which picture it is and where its boxes are. */
const encode = async ({ capturedAtMs, sourceSize }: Frame, svg: string) => {
  const boxes = [...svg.matchAll(/<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)"[^>]*fill="none"/g)];
  const places = boxes.map(([, x, y, width]) => `${x},${y},${width}`).join(' ');
  return Buffer.from(`${sourceSize.width} at ${capturedAtMs}: ${places}`);
};

const encodePart = async () => Buffer.from('crop');
const encoders = { encode, encodePart };

test.each<[box: Box, from: Size, to: Size, scaled: Box]>([
  [[10, 20, 30, 40], SMALL, SMALL, [10, 20, 30, 40]],
  [[64, 48, 640, 480], SMALL, LARGE, [192, 108, 1920, 1080]],
])('%j of %j in %j', (box, from, to, scaled) => {
  expect(scaledBox(box, from, to)).toEqual(scaled);
});

test('boxes nearest in time: before, after, and of a frame that is yet to come', async () => {
  const recent = new RecentBoxes<string>();
  const add = (capturedMonotonicMs: number) =>
    recent.add({ capturedMonotonicMs, sourceSize: SMALL, boxed: [`at ${capturedMonotonicMs}`] });
  for (const ms of [1000, 1100, 1200]) add(ms);
  expect((await recent.nearest(1140))?.boxed).toEqual(['at 1100']);
  expect((await recent.nearest(1160))?.boxed).toEqual(['at 1200']);
  const later = recent.nearest(1240);
  add(1300);
  expect((await later)?.boxed).toEqual(['at 1200']);
  const latest = recent.nearest(1390);
  add(1400);
  expect((await latest)?.boxed).toEqual(['at 1400']);
});

function setUp() {
  const asked: { resolve(frame: Frame): void; reject(error: Error): void }[] = [];
  const fullPicture = () => new Promise<Frame>((resolve, reject) => asked.push({ resolve, reject }));
  const pictures = new MainSnapshots({ snapshots: new Snapshots(encoders), fullPicture, ...encoders });
  const see = (atMs: number, ...tracks: [trackId: number, left: number, score?: number][]) =>
    pictures.update(
      frameAt(atMs),
      tracks.map(([trackId, left, score = 0.5]) => ({
        trackId,
        label: 'person',
        score,
        sourceBox: [left, 240, left + 64, 288] as Box,
      })),
    );
  const take = async (trackId: number) => String((await pictures.take(trackId))?.jpeg);
  return { asked, see, take };
}

test('a track gets a picture of the main stream, with the box of the frame nearest to it', async () => {
  const { asked, see, take } = setUp();
  see(1000, [7, 64]);
  expect(asked).toHaveLength(1);
  see(1900, [7, 128]);
  see(2000, [7, 160]);
  asked[0]!.resolve(frameAt(1910, LARGE));
  await settled();
  expect(await take(7)).toBe('1920 at 1910: 384.0,540.0,192.0');
  expect(await take(7)).toBe('undefined');
});

test('one picture serves all who are in it; who had gone, or came later, gets another or the smaller one', async () => {
  const { asked, see, take } = setUp();
  see(1000, [1, 64], [2, 128], [3, 192]);
  see(2000, [1, 64], [2, 128]);
  asked[0]!.resolve(frameAt(1990, LARGE));
  await settled();
  see(2100, [4, 64]);
  expect(asked, 'not so soon again').toHaveLength(1);
  expect([await take(1), await take(2), await take(3), await take(4)]).toEqual([
    '1920 at 1990: 192.0,540.0,192.0',
    '1920 at 1990: 384.0,540.0,192.0',
    '640 at 1000: 192.0,240.0,64.0',
    '640 at 2100: 64.0,240.0,64.0',
  ]);
});

test('a better sight is worth another picture, five seconds later', async () => {
  const { asked, see, take } = setUp();
  see(1000, [7, 64, 0.3]);
  asked[0]!.resolve(frameAt(1000, LARGE));
  await settled();
  see(3000, [7, 128, 0.9]);
  expect(asked).toHaveLength(1);
  see(6000, [7, 192, 0.9]);
  asked[1]!.resolve(frameAt(6000, LARGE));
  await settled();
  expect(await take(7)).toBe('1920 at 6000: 576.0,540.0,192.0');
});

test('who has given its place to another has none', async () => {
  const { asked, see, take } = setUp();
  const parked = Array.from({ length: 8 }, (_, i): [number, number] => [i + 1, 64]);
  see(1000, ...parked);
  asked[0]!.resolve(frameAt(1000, LARGE));
  await settled();
  see(62_000, ...parked, [9, 128]);
  asked[1]!.resolve(frameAt(62_000, LARGE));
  await settled();
  expect([await take(1), await take(2), await take(9)]).toEqual([
    'undefined',
    '1920 at 1000: 192.0,540.0,192.0',
    '1920 at 62000: 384.0,540.0,192.0',
  ]);
});

test('where there is none, the smaller one', async () => {
  const { asked, see, take } = setUp();
  see(1000, [7, 64]);
  asked[0]!.reject(new Error('refused'));
  await settled();
  expect(await take(7)).toBe('640 at 1000: 64.0,240.0,64.0');
  see(1100, [8, 64]);
  expect(asked, 'nor is it asked for again at once').toHaveLength(1);
});

const resultAt = (atMs: number, left: number) => ({
  frame: frameAt(atMs),
  sourceDetections: [{ label: 'person', classIndex: 0, score: 0.9, box: [left, 240, left + 64, 288] as Box }],
  startedMonotonicMs: 0,
  inferenceMs: 1,
  decodeMs: 1,
});

test('a picture that somebody asks for: of the main stream, else of the next frame', async () => {
  const frames = [frameAt(2000, LARGE)];
  const take = async () => {
    const frame = frames.shift();
    if (frame === undefined) throw new Error('refused');
    return frame;
  };
  const next = new NextPicture({ encode, full: { cameras: ['door'], take } });
  next.update(resultAt(1000, 64));
  const full = next.of('door');
  await settled();
  next.update(resultAt(2010, 128));
  expect(await full.then(({ jpeg, sourceSize }) => [String(jpeg), sourceSize])).toEqual([
    '1920 at 2000: 384.0,540.0,192.0',
    LARGE,
  ]);
  const small = next.of('door');
  await settled();
  next.update(resultAt(3000, 192));
  expect(String((await small).jpeg)).toBe('640 at 3000: 192.0,240.0,64.0');
});

test('a full picture that was on its way when its camera was opened otherwise is handed over no more', async () => {
  const taken: ((frame: Frame) => void)[] = [];
  const take = () => new Promise<Frame>((resolve) => taken.push(resolve));
  const next = new NextPicture({ encode, full: { cameras: ['door'], take } });
  const before = next.of('door');
  next.forget('door');
  const refused = expect(before).rejects.toThrow('as it is now');
  taken[0]!(frameAt(1000, LARGE));
  await refused;
});

test('what was taken of a camera before it was opened otherwise is handed over no more', async () => {
  const encoded: ((jpeg: Buffer) => void)[] = [];
  const next = new NextPicture({ encode: () => new Promise((resolve) => encoded.push(resolve)) });
  const [before, after] = [next.of('door'), next.of('door')];
  next.update(resultAt(1000, 64));
  next.forget('door');
  const refused = [before, after].map((picture) => expect(picture).rejects.toThrow('as it is now'));
  encoded[0]!(Buffer.from('old'));
  await Promise.all(refused);
  const picture = next.of('door');
  next.update(resultAt(2000, 64));
  encoded[1]!(Buffer.from('new'));
  expect(String((await picture).jpeg)).toBe('new');
});

test('a picture that no frame comes for is given up, at once where the camera is opened otherwise', async () => {
  vi.useFakeTimers();
  try {
    let encoded = 0;
    const next = new NextPicture({
      encode: async () => {
        encoded++;
        return Buffer.from('');
      },
    });
    const late = expect(next.of('door')).rejects.toThrow(
      'expected a frame that was looked at within 30 s for door, received none',
    );
    await vi.advanceTimersByTimeAsync(30_000);
    await late;
    next.update(resultAt(1000, 64));
    expect(encoded, 'nobody waits any more').toBe(0);
    const gone = expect(next.of('door')).rejects.toThrow('as it is now');
    next.forget('door');
    await gone;
  } finally {
    vi.useRealTimers();
  }
});
