// Frames as they are sent and unscaled pictures as they come -> windows, each of its frame, or none.

import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { monotonicMs } from '#common/clock.js';
import { WindowsOut } from '../../../pipelines/capture/child/windows-out.js';
import type { WindowRecord } from '../../../pipelines/capture/record-kinds.js';
import type { Rect } from '../../../pipelines/frame.js';

const PICTURE = { width: 64, height: 48 };
const WINDOW = { x: 8, y: 4, width: 16, height: 16 };

/** As gdppay writes it. */
function packet(kind: number, ptsMs: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(62);
  header.writeUInt16BE(kind, 4);
  header.writeUInt32BE(payload.length, 6);
  header.writeBigUInt64BE(BigInt(ptsMs * 1e6), 10);
  return Buffer.concat([header, payload]);
}

function capsOf({ width, height }: typeof PICTURE, aspect = '1/1') {
  const text = `video/x-raw, format=(string)GBR, width=(int)${width}, height=(int)${height}, pixel-aspect-ratio=(fraction)${aspect}`;
  return { streamheader: [packet(2, 0, Buffer.from(text))] };
}

function setUp() {
  const sent: WindowRecord[] = [];
  const gate: { 'drop-probability'?: number } = { 'drop-probability': 1 };
  let pulled: ((buffer: Buffer | null, caps: Record<string, unknown>) => void) | undefined;
  const windows = new WindowsOut({
    sink: {
      pull: (callback) => {
        pulled = callback;
      },
    },
    gate,
    link: { hasEnded: false, sendFrame: (record) => sent.push(record as WindowRecord) },
    inputSize: { width: 16, height: 16 },
    privacy: [],
  });
  return {
    sent,
    isOpen: () => gate['drop-probability'] === 0,
    want: async (notBeforeMs?: number, wanted: readonly Rect[] = [WINDOW]) => {
      windows.want({ kind: 'windows', windows: wanted, notBeforeMs });
      await wait(5);
    },
    frame: (sequence: number, ptsMs: number, capturedMs = 0) => windows.onSent(sequence, ptsMs, capturedMs),
    picture: (ptsMs: number, size = PICTURE, aspect?: string) => {
      const callback = pulled;
      pulled = undefined;
      callback?.(packet(1, ptsMs, Buffer.alloc(3 * size.width * size.height, 9)), capsOf(size, aspect));
    },
    isPulling: () => pulled !== undefined,
  };
}

test.each([
  ['the frame is sent first', 'frame'],
  ['its picture comes first', 'picture'],
])('%s', async (_, first) => {
  const { sent, isOpen, want, frame, picture } = setUp();
  expect(isOpen()).toBe(false);
  await want();
  expect(isOpen()).toBe(true);
  for (const what of first === 'frame' ? [frame, picture] : [picture, frame])
    if (what === frame) frame(7, 40);
    else picture(40);
  const content = { x: 0, y: 0, width: 16, height: 16 };
  expect(sent).toEqual([{ kind: 'window', sequence: 7, sourceSize: PICTURE, window: WINDOW, content }]);
  expect(isOpen()).toBe(false);
});

test('several windows of one frame, in their order; one that does not lie within the picture takes none of the others', async () => {
  const { sent, isOpen, want, frame, picture } = setUp();
  const beside = { ...WINDOW, x: 40 };
  await want(undefined, [beside, { ...WINDOW, x: 60 }, WINDOW]);
  frame(7, 40);
  picture(40);
  expect(sent.map(({ sequence, window }) => [sequence, window])).toEqual([
    [7, beside],
    [7, WINDOW],
  ]);
  expect(isOpen()).toBe(false);
});

test('a frame that was sent before the wish is none of it', async () => {
  const { sent, isPulling, want, frame, picture } = setUp();
  frame(7, 40);
  await want();
  picture(40);
  expect([sent.length, isPulling()]).toEqual([0, true]);
  frame(8, 80);
  picture(80);
  expect(sent.map(({ sequence }) => sequence)).toEqual([8]);
});

test('a frame that was dropped on its way: the next one is taken', async () => {
  const { sent, isOpen, want, frame, picture } = setUp();
  await want();
  picture(40);
  expect(isOpen()).toBe(false);
  frame(8, 80);
  await wait(5);
  expect(isOpen()).toBe(true);
  frame(9, 120);
  picture(120);
  expect(sent.map(({ sequence }) => sequence)).toEqual([9]);
});

test('nothing is let through before the frames that are looked at', async () => {
  const { sent, isOpen, want, frame, picture } = setUp();
  const dueMs = monotonicMs() + 100;
  await want(dueMs);
  expect(isOpen()).toBe(false);
  while (!isOpen()) await wait(5);
  expect(monotonicMs()).toBeGreaterThanOrEqual(dueMs - 2);
  frame(7, 40, dueMs - 10);
  picture(40);
  expect(sent).toEqual([]);
  await wait(5);
  frame(8, 80, dueMs + 10);
  picture(80);
  expect(sent.map(({ sequence }) => sequence)).toEqual([8]);
});

test.each([
  ['a picture that has become smaller', { width: 16, height: 12 }, '1/1'],
  ['pixels that are not square', PICTURE, '4/3'],
] as const)('%s: nothing comes of it, and the next wish is heard', async (_, size, aspect) => {
  const { sent, want, frame, picture } = setUp();
  await want();
  frame(7, 40);
  picture(40, size, aspect);
  expect(sent).toEqual([]);
  await want();
  frame(8, 80);
  picture(80);
  expect(sent.map(({ sequence }) => sequence)).toEqual([8]);
});

test('time stamps that go back begin anew, also while a picture is held', async () => {
  const { sent, isOpen, want, frame, picture } = setUp();
  frame(1, 5000);
  await want();
  picture(5040);
  expect(isOpen()).toBe(false);
  frame(2, 40);
  expect(isOpen()).toBe(true);
  picture(80);
  frame(3, 80);
  expect(sent.map(({ sequence }) => sequence)).toEqual([3]);
});
