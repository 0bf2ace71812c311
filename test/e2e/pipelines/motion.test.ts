// Real recordings -> when something moves, against OpenCV's own background model; a still camera, end to end.

import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { MotionGate } from '../../../pipelines/capture/child/gate.js';
import { MOTION_SIZE, MotionDetector } from '../../../pipelines/capture/child/motion.js';
import { startCamera } from '../../support/cameras.js';
import { ffmpegExists } from '../../support/clips.js';
import { sharedPath } from '../../support/shared.js';
import { hasPythonPackage, PYTHON } from '../../support/tools.js';

const run = promisify(execFile);
const gateOptions = { lookEveryMs: 1000, keepLookingMs: 2000 };

/** By ffmpeg: grey, single pixels, as the capture process has them. */
async function greyFrames(clip: string): Promise<Buffer[]> {
  const { width, height } = MOTION_SIZE;
  const scale = `scale=${width}:${height}:flags=neighbor`;
  const options = ['-v', 'error', '-i', clip, '-vsync', 'passthrough', '-vf', scale];
  const { stdout } = await run('ffmpeg', [...options, '-pix_fmt', 'gray', '-f', 'rawvideo', '-'], {
    encoding: 'buffer',
    maxBuffer: 1 << 30,
  });
  const bytes = width * height;
  return Array.from({ length: stdout.length / bytes }, (_, i) => stdout.subarray(i * bytes, (i + 1) * bytes));
}

async function openCvShares(clip: string): Promise<number[]> {
  const program = resolve(import.meta.dirname, '../../support/opencv-motion.py');
  const { stdout } = await run(PYTHON, [program, clip]);
  return JSON.parse(stdout) as number[];
}

const openCvExists = hasPythonPackage('cv2');

test.for([
  ['one-by-one-person.mp4', 10],
  ['car-detection.mp4', 12.5],
] as const)('%s: what OpenCV sees moving is looked at', async ([name, fps], { skip }) => {
  const clip = sharedPath(`data/videos/${name}`);
  if (clip === undefined) skip('shared data are absent');
  if (!ffmpegExists || !openCvExists) skip('ffmpeg or OpenCV is absent');
  const [frames, shares] = await Promise.all([greyFrames(clip!), openCvShares(clip!)]);
  expect(frames.length).toBe(shares.length);
  const detector = new MotionDetector();
  const gate = new MotionGate(gateOptions);
  const passed = frames.map((luma, i) => {
    const atMs = (1000 * i) / fps;
    const isOpen = gate.isOpen;
    gate.see(detector.see(luma, atMs), atMs);
    if (isOpen) gate.looked(atMs);
    return isOpen;
  });
  // A thousandth of the picture is a person of 13 x 30 pixels of 768 x 432. The first seconds are OpenCV's to learn.
  const moving = shares.flatMap((share, i) => (share > 0.001 && i > 3 * fps ? [i] : []));
  const seen = moving.filter((i) => passed[i]);
  expect(moving.length).toBeGreaterThan(frames.length / 10);
  expect(seen.length / moving.length).toBeGreaterThan(0.98);
  expect(gate.skipped).toBeGreaterThan(frames.length / 50);
});

test('a camera in front of a still scene gives a frame a second, and says how many it passed over', async () => {
  const running = startCamera('test:smpte75?width=640&height=360&fps=20', { motion: gateOptions });
  try {
    await running.until('still', () => (running.latest()?.skipped ?? 0) > 20);
    const first = running.latest()!;
    // By the time of the source: a busy machine takes longer for the same scene.
    const times: number[] = [];
    await running.until('five looks', () => {
      const { mediaTimeMs } = running.latest()!;
      if (mediaTimeMs > (times.at(-1) ?? first.mediaTimeMs)) times.push(mediaTimeMs);
      return times.length === 5;
    });
    const last = running.latest()!;
    const steps = times.map((time, i) => time - (times[i - 1] ?? first.mediaTimeMs));
    expect(Math.min(...steps)).toBeGreaterThan(500);
    // 20 frames in a second of the source, all but one of them passed over and counted.
    const produced = last.sequence - first.sequence;
    expect(produced).toBeGreaterThan(40);
    expect(last.skipped! - first.skipped!).toBeGreaterThan(0.7 * produced);
  } finally {
    await running.close();
  }
});

test('a ball that moves is seen in every frame', async () => {
  const running = startCamera('test:ball?width=640&height=360&fps=20', { motion: gateOptions });
  try {
    await running.untilFrames(120);
    expect(running.latest()!.skipped).toBe(0);
  } finally {
    await running.close();
  }
});
