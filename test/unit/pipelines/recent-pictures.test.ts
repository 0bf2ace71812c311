// Frames as they are sent and pictures as GStreamer keeps them -> JPEGs of those that are asked for, whatever their stamps.

import { expect, test } from 'vitest';
import { leadingPackets, readGdp } from '../../../pipelines/capture/child/gdp.js';
import { type AppSink, CapturePipeline } from '../../../pipelines/capture/child/pipeline.js';
import { RecentPictures } from '../../../pipelines/capture/child/recent-pictures.js';
import type { PictureRecord } from '../../../pipelines/capture/record-kinds.js';

const NO_TIME = 0xffff_ffff_ffff_ffffn;
const PTS_OFFSET = 10;

/** A picture of GStreamer's, as it keeps them. */
async function onePicture() {
  const source = new CapturePipeline(
    'videotestsrc ! video/x-raw,format=I420,width=64,height=48,colorimetry=bt601 ! gdppay crc-header=false ! appsink name=frames',
  );
  source.play();
  const pulled = () =>
    new Promise<{ packet: Buffer; streamheader: unknown }>((done) =>
      source.frames.pull((packet, { streamheader }) => done({ packet: packet!, streamheader })),
    );
  let one = await pulled();
  while (readGdp(one.packet).kind !== 'buffer') one = await pulled();
  source.stop();
  return one;
}

async function setUp() {
  const { packet, streamheader } = await onePicture();
  expect(leadingPackets(streamheader).length).toBeGreaterThan(0);
  /** Time stamps of what is kept. */
  const kept: (number | undefined)[] = [];
  const answers: { id: number; hasPicture: boolean }[] = [];
  const sink: AppSink = {
    pull: (callback) => {
      const ptsMs = kept.shift();
      const copy = Buffer.from(packet);
      copy.writeBigUInt64BE(ptsMs === undefined ? NO_TIME : BigInt(ptsMs * 1e6), PTS_OFFSET);
      setImmediate(() => callback(copy, { streamheader }));
    },
  };
  const pictures = new RecentPictures({
    sink,
    link: {
      sendPicture: ({ id }: PictureRecord, jpegs) => answers.push({ id, hasPicture: jpegs.length === 1 }),
    },
    masks: undefined,
    bytes: 1e6,
  });
  let lastId = 0;
  const ask = async (sequence: number) => {
    const id = ++lastId;
    pictures.answer({ kind: 'picture', id, sequence, parts: [{ quality: 80 }] });
    while (answers.at(-1)?.id !== id) await new Promise((next) => setTimeout(next, 5));
    return answers.at(-1)!.hasPicture;
  };
  return { pictures, kept, ask };
}

test('a picture without a time stamp is passed over, and ends none of the others', async () => {
  const { pictures, kept, ask } = await setUp();
  for (const [sequence, ptsMs] of [40, undefined, 120, 160].entries()) pictures.onSent(sequence, ptsMs, 0);
  kept.push(40, undefined, 120, 160);
  expect([await ask(2), await ask(3)]).toEqual([true, true]);
});

test('time stamps that go back begin anew, whatever is still kept of before', async () => {
  const { pictures, kept, ask } = await setUp();
  for (const [sequence, ptsMs] of [9000, 9040, 9080].entries()) pictures.onSent(sequence, ptsMs, 0);
  kept.push(9000, 9040, 9080, 40, 80, 120);
  expect(await ask(0)).toBe(true);
  for (const [i, ptsMs] of [40, 80, 120].entries()) pictures.onSent(3 + i, ptsMs, 0);
  expect([await ask(4), await ask(5), await ask(1)]).toEqual([true, true, false]);
});

test('of time stamps that stand still no picture is said to be that of a frame', async () => {
  const { pictures, kept, ask } = await setUp();
  for (const sequence of [0, 1, 2]) pictures.onSent(sequence, 40, 0);
  kept.push(40, 40, 40);
  expect(await ask(2)).toBe(false);
});
