// Packets and a disk that does not answer -> how much of them is kept for it.

import { expect, test } from 'vitest';
import type { ClipFile } from '../../../agent/clips/clip-folder.js';
import { type Broken, Recording } from '../../../agent/clips/recording.js';

const PACKET_BYTES = 1e6;
const PACKETS = 15;

/** A recording of fifteen megabytes. @returns it, and why it broke */
function record(backlog: { bytes: number }, create: () => Promise<ClipFile>) {
  const broken: Broken[] = [];
  const recording = new Recording({
    camera: 'door',
    stream: { codec: 'h264', size: { width: 64, height: 48 }, configuration: '' },
    backlog,
    folder: { create },
    wallMs: (ms) => ms,
    onBroken: (why) => broken.push(why),
  });
  const bytes = new Uint8Array(PACKET_BYTES);
  for (let i = 0; i < PACKETS; i++)
    recording.add({ isKey: true, ptsMs: 40 * i, capturedMonotonicMs: 40 * i }, bytes);
  return { broken, ended: recording.end() };
}

test('a disk that does not answer is waited for with 64 MB of all clips, ended ones too', async () => {
  const backlog = { bytes: 0 };
  let fail = (_: Error) => {};
  const stuck = new Promise<ClipFile>((_, reject) => {
    fail = reject;
  });
  const clips = Array.from({ length: 6 }, () => record(backlog, () => stuck));
  expect(clips.map(({ broken }) => broken)).toEqual([[], [], [], [], ['disk'], ['disk']]);
  expect(backlog.bytes).toBe(4 * PACKETS * PACKET_BYTES);

  fail(new Error('the disk is gone'));
  expect(await Promise.all(clips.map(({ ended }) => ended))).toEqual(Array(6).fill(undefined));
  expect(backlog.bytes).toBe(0);
});
