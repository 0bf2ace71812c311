// A camera of 1080p and the bundled network -> what it costs to keep the last pictures, and to take one each second.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Command } from 'commander';
import { expected } from '#common/errors.js';
import { fullSizePicture } from '../../agent/analytics/full-size-picture.js';
import { CLIP } from '../../agent/bench/picture.js';
import { act, newCommand } from '../../agent/cli/command.js';
import { print } from '../../agent/cli/models/text.js';
import { positiveNumber, wholeNumber } from '../../agent/cli/numbers.js';
import { keepHeapSmall } from '../../agent/cli/small-heap.js';
import { type FrameResult, followFrames } from '../../agent/inference/frame-path.js';
import { readModelFolder } from '../../models/folder/folder.js';
import type { Detector } from '../../models/runtime/detector.js';
import { openDetector } from '../../models/runtime/open.js';
import { Camera } from '../../pipelines/capture/camera.js';
import { FramePool } from '../../pipelines/frame-pool.js';
import { NewestFrames } from '../../pipelines/newest.js';
import { BUNDLED } from './bundled.js';
import { spentMs, threadTimes } from './frame-path/thread-times.js';

interface Options {
  readonly rounds: number;
  readonly seconds: number;
}

const CASES = ['no pictures kept', 'kept', 'kept, and one taken each second'] as const;
type Case = (typeof CASES)[number];

const WARM_UP_MS = 3000;
const EVERY_MS = 1000;

export function picturesCommand(): Command {
  return newCommand('pictures', {
    summary: 'what it costs to keep the last pictures of a camera, and to take one each second (ffmpeg)',
    examples: ['npm run bench -- pictures', 'npm run bench -- pictures --rounds 5 --seconds 20'],
  })
    .option('--rounds <count>', 'turns of each case', wholeNumber, 3)
    .option('--seconds <seconds>', 'length of a turn', positiveNumber, 10)
    .action(act(run));
}

async function run({ rounds, seconds }: Options): Promise<void> {
  keepHeapSmall();
  const folder = await mkdtemp(join(tmpdir(), 'cspcam-pictures-'));
  const turns = new Map<Case, number[]>(CASES.map((one) => [one, []]));
  const detector = await openDetector(await readModelFolder(BUNDLED), {
    provider: 'cpu',
    threads: 1,
    minScore: 0.1,
  });
  try {
    const clip = await fullHdClip(join(folder, 'street.mp4'));
    for (let round = 0; round < rounds; round++)
      for (const one of CASES) turns.get(one)!.push(await cpuMsPerFrame(detector, clip, one, seconds));
  } finally {
    await detector.close();
    await rm(folder, { recursive: true, force: true });
  }
  const base = Math.min(...turns.get(CASES[0])!);
  print('| case | processor time for a frame, least of the turns | ratio |\n| --- | --- | --- |');
  for (const [one, each] of turns) {
    const least = Math.min(...each);
    print(`| ${one} | ${least.toFixed(2)} ms | ${(least / base).toFixed(3)} |`);
  }
}

/** The demo's street, enlarged. */
async function fullHdClip(file: string): Promise<string> {
  const encode = ['-vf', 'scale=1920:1080', '-c:v', 'libx264', '-preset', 'veryfast', '-crf', '23'];
  const ffmpeg = spawn('ffmpeg', ['-v', 'error', '-i', CLIP, ...encode, file], { stdio: 'inherit' });
  const [code] = (await once(ffmpeg, 'close')) as [number | null];
  if (code !== 0) throw expected('0', 'exit code of ffmpeg with libx264', code ?? undefined);
  return file;
}

/** Of this process and the capture, whatever else the machine does. */
async function cpuMsPerFrame(detector: Detector, clip: string, of: Case, seconds: number): Promise<number> {
  const pool = new FramePool();
  const newest = new NewestFrames(['street'], (pixels) => pool.release(pixels));
  const camera = new Camera({
    id: 'street',
    uri: clip,
    inputSize: detector.model.input,
    pool,
    keepPictures: of !== CASES[0],
    onFrame: (frame) => newest.put(frame),
    onStatus: () => {},
  });
  const stop = new AbortController();
  let frames = 0;
  let takenMs = performance.now();
  const take = ({ frame, sourceDetections: [best] }: FrameResult) => {
    frames += 1;
    if (of !== CASES[2] || best === undefined || performance.now() - takenMs < EVERY_MS) return;
    takenMs = performance.now();
    void fullSizePicture((_, wanted) => camera.picture(wanted), frame, [best], best.box);
  };
  camera.start();
  const following = followFrames(newest.frames(stop.signal), {
    detector,
    release: (pixels) => pool.release(pixels),
    onResult: take,
    onFailure: (_, error) => {
      throw error;
    },
  });
  await wait(WARM_UP_MS);
  const pids = [process.pid, camera.pid!];
  const before = pids.map(threadTimes);
  const first = frames;
  await wait(1000 * seconds);
  const spent = pids.map(threadTimes).reduce((sum, after, i) => sum + spentMs(before[i]!, after), 0);
  const looked = frames - first;
  stop.abort();
  await Promise.all([camera.close(), following]);
  return spent / looked;
}
