// A model that wants its pictures at the top left on grey, or stretched -> the running agent tells boxes in the right place.

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, expect, test } from 'vitest';
import type { Resize } from '../../../pipelines/frame.js';
import { brightModel } from '../../support/bright-model.js';
import { type Clips, ffmpegExists, makeClips } from '../../support/clips.js';
import { type Daemon, startDaemon } from '../../support/daemon.js';

let daemon: Daemon | undefined;
let clips: Clips | undefined;
afterEach(async () => {
  await daemon?.close();
  await clips?.close();
});

// Edges fall between cells of 8 input pixels, however the picture is placed.
const drawn = [64, 96, 192, 224] as const;
/** Grey below what the model takes for bright. */
const DIM = 40;

test.skipIf(!ffmpegExists).each<[string, Resize, [number, number], object]>([
  [
    'at the top left, portrait',
    { kind: 'letterbox', align: 'top-left', padding: DIM },
    [320, 640],
    { x: 0, y: 0, width: 80, height: 160 },
  ],
  [
    'at the top left, landscape',
    { kind: 'letterbox', align: 'top-left', padding: DIM },
    [640, 320],
    { x: 0, y: 0, width: 160, height: 80 },
  ],
  ['stretched', { kind: 'stretch' }, [640, 320], { x: 0, y: 0, width: 160, height: 160 }],
])('%s', async (_, resize, [width, height], content) => {
  const picture = join(await mkdtemp(join(tmpdir(), 'placement-')), 'drawn.png');
  const [left, top, right, bottom] = drawn;
  const white = { width: right - left, height: bottom - top, channels: 3, background: '#fff' } as const;
  await sharp({ create: { width, height, channels: 3, background: '#000' } })
    .composite([{ input: { create: white }, left, top }])
    .png()
    .toFile(picture);
  clips = await makeClips();
  const clip = await clips.make('drawn.mkv', picture, '-c:v', 'ffv1', '-pix_fmt', 'bgr0');
  daemon = await startDaemon({ door: { source: clip } }, { model: await brightModel(resize) });
  const { payload } = await daemon.subscriber.next(
    (message) => message.topic.endsWith('door/detections') && message.payload.detections.length > 0,
  );
  expect(payload.frame).toMatchObject({
    sourceSize: { width, height },
    inputSize: { width: 160, height: 160 },
    content,
  });
  const boxes: number[][] = payload.detections.map(({ box }: { box: number[] }) => box);
  const edge = (corner: number, pick: typeof Math.min) => pick(...boxes.map((box) => box[corner]!));
  expect([edge(0, Math.min), edge(1, Math.min), edge(2, Math.max), edge(3, Math.max)]).toEqual([...drawn]);
});
