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
import { decodes, spentMs, type ThreadTimes, threadTimes } from './frame-path/thread-times.js';

interface Options {
  readonly rounds: number;
  readonly seconds: number;
}

/** Processor time, of this process and the capture. */
interface Spent {
  readonly frames: number;
  readonly pictures: number;
  readonly ms: number;
  /** Without decoding and the network: they do nothing for a picture, and vary by more than one takes. */
  readonly besideMs: number;
}

const WARM_UP_MS = 3000;
const EVERY_MS = 1000;
/** Of pictures in quick succession, after which the capture keeps no more of them than this machine needs. */
const LEARN_SECONDS = 9;
const LEARN_EVERY_MS = 350;
const RATES = [10, 25];

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
  const before = threadTimes(process.pid);
  const detector = await openDetector(await readModelFolder(BUNDLED), {
    provider: 'cpu',
    threads: 1,
    minScore: 0.1,
  });
  const ofDetector = new Set([...threadTimes(process.pid).keys()].filter((id) => !before.has(id)));
  const none: number[] = [];
  const kept: number[] = [];
  const each: number[] = [];
  try {
    const clip = await fullHdClip(folder, 2 * (seconds + LEARN_SECONDS));
    for (let round = 0; round < rounds; round++) {
      const without = new Camera1080(detector, ofDetector, clip, false);
      await wait(WARM_UP_MS);
      none.push(perFrame(await without.spend(seconds)));
      await without.close();
      const camera = new Camera1080(detector, ofDetector, clip, true);
      await wait(WARM_UP_MS);
      await camera.spend(LEARN_SECONDS, LEARN_EVERY_MS);
      const quiet = await camera.spend(seconds);
      kept.push(perFrame(quiet));
      each.push(perPicture(quiet, await camera.spend(seconds, EVERY_MS)));
      await camera.close();
    }
  } finally {
    await detector.close();
    await rm(folder, { recursive: true, force: true });
  }
  tell(Math.min(...none), Math.min(...kept), median(each));
}

const perFrame = ({ ms, frames }: Spent) => ms / frames;
const perPicture = (quiet: Spent, { besideMs, frames, pictures }: Spent) =>
  (besideMs - (quiet.besideMs * frames) / quiet.frames) / pictures;
const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;

function tell(none: number, kept: number, picture: number): void {
  print('| | processor time |\n| --- | --- |');
  print(`| a frame, no pictures kept, least of the turns | ${none.toFixed(2)} ms |`);
  print(`| a frame, pictures kept, least of the turns | ${kept.toFixed(2)} ms |`);
  print(`| a picture that is taken, median of the turns | ${picture.toFixed(1)} ms |`);
  for (const rate of RATES)
    print(`| one each second, at ${rate} frames/s | +${((100 * picture) / (rate * kept)).toFixed(1)}% |`);
}

/** The demo's street, enlarged, and long enough: a camera that begins anew is another process. */
async function fullHdClip(folder: string, seconds: number): Promise<string> {
  const [short, long] = [join(folder, 'once.mp4'), join(folder, 'street.mp4')];
  const encode = ['-vf', 'scale=1920:1080', '-c:v', 'libx264', '-preset', 'veryfast', '-crf', '23'];
  await ffmpeg('-i', CLIP, ...encode, short);
  await ffmpeg('-stream_loop', '-1', '-i', short, '-c', 'copy', '-t', `${seconds}`, long);
  return long;
}

async function ffmpeg(...args: string[]): Promise<void> {
  const child = spawn('ffmpeg', ['-v', 'error', ...args], { stdio: 'inherit' });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw expected('0', 'exit code of ffmpeg with libx264', code ?? undefined);
}

/** A camera of which every frame is looked at. */
class Camera1080 {
  readonly #pool = new FramePool();
  readonly #newest = new NewestFrames(['street'], (pixels) => this.#pool.release(pixels));
  readonly #stop = new AbortController();
  readonly #camera: Camera;
  readonly #following: Promise<void>;
  readonly #ofDetector: ReadonlySet<string>;
  #frames = 0;
  #pictures = 0;
  #everyMs = Number.POSITIVE_INFINITY;
  #takenMs = 0;

  constructor(detector: Detector, ofDetector: ReadonlySet<string>, clip: string, keepPictures: boolean) {
    this.#ofDetector = ofDetector;
    const release = (pixels: ArrayBuffer) => this.#pool.release(pixels);
    this.#camera = new Camera({
      id: 'street',
      uri: clip,
      inputSize: detector.model.input,
      pool: this.#pool,
      keepPictures,
      onFrame: (frame) => this.#newest.put(frame),
      onStatus: () => {},
    });
    this.#camera.start();
    this.#following = followFrames(this.#newest.frames(this.#stop.signal), {
      detector,
      release,
      onResult: (result) => this.#take(result),
      onFailure: (_, error) => {
        throw error;
      },
    });
  }

  /** @param everyMs from one picture to the next; default none */
  async spend(seconds: number, everyMs = Number.POSITIVE_INFINITY): Promise<Spent> {
    this.#everyMs = everyMs;
    const pids = [process.pid, this.#camera.pid!];
    const [ours, capture] = pids.map(threadTimes) as [ThreadTimes, ThreadTimes];
    const [frames, pictures] = [this.#frames, this.#pictures];
    await wait(1000 * seconds);
    const [oursAfter, captureAfter] = pids.map(threadTimes) as [ThreadTimes, ThreadTimes];
    return {
      frames: this.#frames - frames,
      pictures: this.#pictures - pictures,
      ms: spentMs(ours, oursAfter) + spentMs(capture, captureAfter),
      besideMs:
        spentMs(ours, oursAfter, (_, id) => !this.#ofDetector.has(id)) +
        spentMs(capture, captureAfter, (name) => !decodes(name) || name.startsWith('packets')),
    };
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all([this.#camera.close(), this.#following]);
  }

  #take({ frame, sourceDetections: [best] }: FrameResult): void {
    this.#frames += 1;
    if (best === undefined || performance.now() - this.#takenMs < this.#everyMs) return;
    this.#takenMs = performance.now();
    void fullSizePicture((_, wanted) => this.#camera.picture(wanted), frame, [best], best.box).then(
      (picture) => {
        if (picture !== undefined) this.#pictures += 1;
      },
    );
  }
}
