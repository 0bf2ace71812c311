// Packets that GStreamer's own gdppay writes -> kind, time stamp, payload, geometry.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { type GdpPacket, readGdp } from '../../../pipelines/capture/child/gdp.js';
import { geometryOf } from '../../../pipelines/capture/child/source-geometry.js';

const headerBytes = 62;

/** Runs a pipeline into `gdppay` and cuts its bytes into packets. */
async function packets(head: string): Promise<Buffer[]> {
  const { stdout } = await promisify(execFile)(
    'gst-launch-1.0',
    ['-q', ...head.split(' '), '!', 'gdppay', '!', 'fdsink', 'fd=1'],
    { encoding: 'buffer', maxBuffer: 1 << 26 },
  );
  const parts: Buffer[] = [];
  for (let at = 0; at < stdout.length; ) {
    const length = headerBytes + stdout.readUInt32BE(at + 6);
    parts.push(stdout.subarray(at, at + length));
    at += length;
  }
  return parts;
}

test('buffers, caps and events', async () => {
  const bytes = await packets(
    'videotestsrc num-buffers=3 ! video/x-raw,format=RGB,width=64,height=48,framerate=25/1',
  );
  const read = bytes.map(readGdp);
  const kinds = new Set(read.map(({ kind }) => kind));
  expect([...kinds].toSorted()).toEqual(['buffer', 'caps', 'event']);
  const buffers = read.filter(({ kind }) => kind === 'buffer');
  expect(buffers.map(({ ptsMs }) => ptsMs)).toEqual([0, 40, 80]);
  expect(buffers.map(({ payload }) => payload.length)).toEqual([9216, 9216, 9216]);
  // The default pattern starts white, and the payload starts right after the header.
  expect([...(buffers[0] as GdpPacket).payload.subarray(0, 3)]).toEqual([255, 255, 255]);
});

test.each([
  ['width=640,height=480', { width: 640, height: 480, pixel: { numerator: 1, denominator: 1 } }],
  [
    'width=64,height=48,colorimetry=1:0:0:0',
    { width: 64, height: 48, pixel: { numerator: 1, denominator: 1 }, colorimetry: '1:0:0:0' },
  ],
  [
    'width=64,height=48,colorimetry=bt709',
    { width: 64, height: 48, pixel: { numerator: 1, denominator: 1 }, colorimetry: 'bt709' },
  ],
  [
    'width=720,height=576,pixel-aspect-ratio=64/45',
    { width: 720, height: 576, pixel: { numerator: 64, denominator: 45 } },
  ],
])('geometry of %s', async (caps, geometry) => {
  const header = await packets(`videotestsrc num-buffers=1 ! video/x-raw,format=I420,${caps}`);
  expect(geometryOf(header.slice(0, -1))).toEqual(geometry);
});

test('a buffer without a time stamp', () => {
  const packet = Buffer.alloc(headerBytes + 1);
  packet.writeUInt16BE(1, 4);
  packet.writeUInt32BE(1, 6);
  packet.writeBigUInt64BE(0xffff_ffff_ffff_ffffn, 10);
  expect(readGdp(packet)).toMatchObject({ kind: 'buffer', ptsMs: undefined });
});

test.each([[undefined], ['text'], [[]], [[1, 2]]])('no geometry in %j', (streamheader) => {
  expect(geometryOf(streamheader)).toBeUndefined();
});
