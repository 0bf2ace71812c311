// A capture process -> the code that it has loaded, by V8's own list, and what it holds of its own.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { planCapture } from '../../../pipelines/launch.js';
import { parseSource } from '../../../pipelines/sources.js';
import { byKind, parseSmaps } from '../../../scripts/bench/memory/smaps.js';
import { startCamera } from '../../support/cameras.js';
import { ffmpegExists, makeClips } from '../../support/clips.js';

const root = resolve(import.meta.dirname, '../../..');
const inputSize = { width: 416, height: 416 };

test('it loads its own code and GStreamer, and nothing of the daemon', async () => {
  const coverage = mkdtempSync(join(tmpdir(), 'coverage-'));
  const options = { inputSize, delivery: 'all', pace: 'unpaced' } as const;
  const plan = planCapture(parseSource('test:ball?frames=5'), options, () => true);
  const child = spawn(process.execPath, [join(root, 'dist/pipelines/capture/child.js')], {
    stdio: ['pipe', 'ignore', 'inherit', 'pipe'],
    env: { ...process.env, NODE_V8_COVERAGE: coverage },
  });
  const frames = child.stdio[3] as Readable;
  frames.resume();
  child.stdin!.write(`${JSON.stringify(plan)}\n`);
  let maps = '';
  frames.once('data', () => {
    maps = readFileSync(`/proc/${child.pid}/maps`, 'utf8');
  });
  await once(child, 'close');

  const [file] = readdirSync(coverage);
  const { result } = JSON.parse(readFileSync(join(coverage, file!), 'utf8')) as { result: { url: string }[] };
  const loaded = result
    .filter(({ url }) => url.startsWith('file:'))
    .map(({ url }) => fileURLToPath(url).slice(root.length + 1));
  expect(loaded).toContain('dist/pipelines/capture/child/pipeline.js');
  expect(loaded.filter((path) => !/^dist\/(pipelines|agent\/common)\//.test(path))).toEqual([]);
  expect(maps).toMatch(/gstreamer-superficial/);
  expect(maps).not.toMatch(/onnxruntime|sharp|libvips/);
});

/** 51 MB on two cores of an AMD EPYC; 73 with a heap for each thread, a picture for each, and garbage of two seconds. */
const MOST_OWN_BYTES = 64e6;

test.runIf(ffmpegExists)('a camera of 720p takes some 50 MB of its own', async () => {
  const clips = await makeClips();
  const encoder = ['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '2', '-pix_fmt', 'yuv420p'];
  const clip = await clips.make('720p.mp4', 'testsrc2=s=1280x720:r=25:d=30', ...encoder);
  const camera = startCamera(clip, { inputSize });
  try {
    await camera.untilFrames(150);
    const mappings = parseSmaps(readFileSync(`/proc/${camera.camera.pid}/smaps`, 'utf8'));
    const own = mappings.reduce((sum, { anonymousBytes }) => sum + anonymousBytes, 0);
    expect(own, JSON.stringify(byKind(mappings))).toBeLessThan(MOST_OWN_BYTES);
  } finally {
    await camera.close();
    await clips.close();
  }
});
