// A frame the detector saw -> the same frame at source size, against ffmpeg's decoder.

import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { FullResolutionReader } from '../../../agent/cameras/full-resolution-reader.js';
import { openSource } from '../../../pipelines/open.js';

const clip = resolve(import.meta.dirname, '../../../agent/demo/street.mp4');

/** The green plane of one frame, (576, 768). */
function reference(frame: number): Buffer {
  const args = ['-v', 'error', '-i', clip, '-vf', `select=eq(n\\,${frame})`, '-frames:v', '1'];
  return execFileSync('ffmpeg', [...args, '-f', 'rawvideo', '-pix_fmt', 'gbrp', '-'], {
    maxBuffer: 1 << 24,
  }).subarray(0, 768 * 576);
}

test('of a whole recording, each frame asked for is the right one', async () => {
  const reader = new FullResolutionReader(clip);
  const stop = new AbortController();
  const small = openSource(clip, { inputSize: { width: 160, height: 160 } });
  for await (const frame of small.frames(stop.signal)) {
    if (![0, 7, 19].includes(frame.sequence)) continue;
    const { pixels, inputSize } = await reader.of(frame);
    expect(inputSize).toEqual({ width: 768, height: 576 });
    const green = new Uint8Array(pixels, 768 * 576, 768 * 576);
    const distance = (other: Buffer) =>
      green.reduce((sum, value, i) => sum + Math.abs(value - other[i]!), 0) / green.length;
    const [right, neighbour] = [reference(frame.sequence), reference(frame.sequence + 1)].map(distance);
    expect(right).toBeLessThan(5);
    expect(right).toBeLessThan(neighbour!);
    if (frame.sequence === 19) stop.abort();
  }
  await reader.close();
});
