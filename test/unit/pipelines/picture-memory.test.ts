// Thousands of JPEGs of one picture -> what each of them leaves in the heap of the capture process, and beside it.

import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const child = resolve(import.meta.dirname, '../../../dist/pipelines/capture/child');
const program = `
  import { leadingPackets, readGdp } from '${child}/gdp.js';
  import { PictureEncoder } from '${child}/picture-encoder.js';
  import { CapturePipeline } from '${child}/pipeline.js';
  const size = { width: 64, height: 48 };
  const caps = 'video/x-raw,format=I420,width=64,height=48,colorimetry=bt601';
  const source = new CapturePipeline('videotestsrc num-buffers=1 ! ' + caps + ' ! gdppay ! appsink name=frames');
  source.play();
  const pulled = () => new Promise((done) => source.frames.pull((packet, { streamheader }) => done({ packet, streamheader })));
  let one = await pulled();
  while (readGdp(one.packet).kind !== 'buffer') one = await pulled();
  const encoder = new PictureEncoder([]);
  const picture = await encoder.masked({ header: leadingPackets(one.streamheader), packet: one.packet }, size);
  const make = async (count) => {
    for (let i = 0; i < count; i++) {
      const jpeg = await encoder.jpeg(picture, { quality: 80, rect: { x: 0, y: 0, width: 32 + 2 * (i % 8), height: 32 } });
      if (jpeg?.readUInt16BE(0) !== 0xffd8) throw new Error('expected a JPEG');
    }
    globalThis.gc();
    const { heapUsed, heapTotal, rss } = process.memoryUsage();
    return { heap: heapUsed, native: rss - heapTotal };
  };
  const before = await make(8000);
  const after = await make(10_000);
  console.log(JSON.stringify({ heap: after.heap - before.heap, native: after.native - before.native }));
  process.exit(0);
`;

test('pictures leave nothing', async () => {
  const args = ['--max-semi-space-size=1', '--expose-gc', '--input-type=module', '--eval', program];
  const env = { ...process.env, MALLOC_ARENA_MAX: '1' };
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  const { heap, native } = JSON.parse(stdout);
  // An object for each would be 700 bytes and more, the names of its caps two hundred, the start of a stream five hundred.
  expect(heap / 10_000).toBeLessThan(100);
  expect(native / 10_000).toBeLessThan(100);
});
