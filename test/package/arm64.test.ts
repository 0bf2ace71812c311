// The arm64 package in a Debian 11 of arm64 under qemu-user -> it installs, and finds what this machine finds.

import { cpSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { iou } from '../../models/decode/boxes.js';
import type { Detection } from '../../models/detection.js';
import { type BareRoot, openBareRoot } from '../support/bare-root.js';
import { cspcam } from '../support/cspcam.js';
import { newestDeb } from '../support/deb.js';

const repository = resolve(import.meta.dirname, '../..');
let shared: string;
let arm64: BareRoot;
beforeAll(async () => {
  shared = await mkdtemp(join(tmpdir(), 'packages-'));
  cpSync(join(repository, 'models/default/street.jpg'), join(shared, 'street.jpg'));
  cpSync(newestDeb('arm64'), join(shared, 'cspcam_arm64.deb'));
  arm64 = await openBareRoot({ suite: 'bullseye', architecture: 'arm64' }, shared);
  // Under emulation each package costs seconds: of what is recommended, only what reads the clip.
  const recommended = 'gstreamer1.0-plugins-bad gstreamer1.0-libav';
  await arm64.run(
    `apt-get update -qq && cd /shared && apt-get install -y -qq --no-install-recommends ./cspcam_arm64.deb ${recommended}`,
  );
});
afterAll(async () => {
  await arm64?.close();
  await rm(shared, { recursive: true, force: true });
});

const options = ['--json', '--precision', 'fp32'];
const read = (lines: string) =>
  lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).detections as Detection[]);
const labels = (frames: Detection[][]) => frames.map((found) => found.map(({ label }) => label).sort());

test.each([
  ['cspcam detect /shared/street.jpg --precision int8', /person/],
  ['cspcam models list', /csppeleenet-efm-sam/i],
  ['cspcam profiles list', /this machine/],
  ['cspcam config validate /etc/cspcam/cspcam.yaml', /./],
  ['/usr/lib/cspcam/bin/node --print process.arch', /^arm64$/m],
])('%s', async (command, expected) => {
  expect(await arm64.run(command)).toMatch(expected);
});

test.each([
  ['a picture', 'models/default/street.jpg', '/shared/street.jpg', [], 0.02],
  [
    'the demo clip, through GStreamer',
    'agent/demo/street.mp4',
    '/usr/lib/cspcam/agent/demo/street.mp4',
    // A frame takes a minute under emulation.
    ['--frames', '3', '--stall-timeout', '900'],
    // GStreamer 1.18 scales a little otherwise than later ones.
    0.05,
  ],
])('%s: the same labels, near scores, boxes within IoU 0.9', async (_, here, there, more, tolerance) => {
  const expected = read((await cspcam('detect', join(repository, here), ...options, ...more)).out);
  const found = read(
    await arm64.run(`cspcam detect ${there} ${[...options, ...more].join(' ')} 2>/dev/null`),
  );
  expect(labels(found)).toEqual(labels(expected));
  expect(expected.flat().length).toBeGreaterThan(3);
  for (const [frame, detections] of expected.entries())
    for (const { label, score, box } of detections) {
      const near = found[frame]!.filter((other) => other.label === label && iou(other.box, box) > 0.9);
      const differences = near.map((other) => Math.abs(other.score - score));
      expect(Math.min(...differences)).toBeLessThan(tolerance);
    }
});
