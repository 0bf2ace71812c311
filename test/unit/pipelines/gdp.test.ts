// Packets that GStreamer's own gdppay writes -> kind, time stamp, payload, geometry.

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { CLIP } from '../../../agent/bench/picture.js';
import {
  type GdpPacket,
  leadingPackets,
  readGdp,
  withCapsFields,
} from '../../../pipelines/capture/child/gdp.js';
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

test('which of them need those before them', async () => {
  const bytes = await packets(
    'videotestsrc num-buffers=5 ! video/x-raw,format=I420,width=64,height=48 ! openh264enc gop-size=2',
  );
  const buffers = bytes.map(readGdp).filter(({ kind }) => kind === 'buffer');
  expect(buffers.map(({ isDelta }) => isDelta)).toEqual([false, true, false, true, false]);
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
  expect(geometryOf(header.slice(0, -1))).toEqual({ ...geometry, format: 'I420' });
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

test('what leads a stream is read by gdpdepay, whatever the stream came from', async () => {
  // A demuxer names its stream as an object of its own, which no other process can have.
  const written = await packets(`filesrc location=${CLIP} ! parsebin`);
  const isBuffer = (packet: Buffer) => readGdp(packet).kind === 'buffer';
  expect(String(Buffer.concat(written))).toContain('stream=(GstStream)');
  const leading = leadingPackets(written.filter((packet) => !isBuffer(packet)));
  expect(leading.map((packet) => readGdp(packet).kind)).toEqual(['event', 'caps', 'event']);
  const told = leading.map((packet) =>
    readGdp(packet).kind === 'caps'
      ? withCapsFields(packet, { mark: '(int)7', framerate: '(fraction)7/2' })
      : packet,
  );
  const folder = await mkdtemp(join(tmpdir(), 'gdp-'));
  try {
    const file = join(folder, 'stream.gdp');
    await writeFile(file, Buffer.concat([...told, ...written.filter(isBuffer)]));
    const read = await packets(`filesrc location=${file} ! gdpdepay`);
    expect(read.filter(isBuffer)).toHaveLength(written.filter(isBuffer).length);
    const caps = read.map(readGdp).findLast(({ kind }) => kind === 'caps');
    expect(String(caps?.payload)).toContain('mark=(int)7');
    expect(String(caps?.payload).match(/framerate=[^,\0]*/g)).toEqual(['framerate=(fraction)7/2']);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.each([[undefined], ['text'], [[]], [[1, 2]]])('nothing leads in %j', (streamheader) => {
  expect(leadingPackets(streamheader)).toEqual([]);
});
