// Events and packets of a camera, by hand -> its clips on a real disk.

import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { SceneEvent } from '../../../agent/analytics/scene/events.js';
import { CameraClips, type Clip } from '../../../agent/clips/camera-clips.js';
import { ClipFolder } from '../../../agent/clips/clip-folder.js';
import type { Clips } from '../../../agent/config/clips.js';
import type { CaptureRequest } from '../../../pipelines/capture/requests.js';
import { FakeClock } from '../../support/fake-capture.js';

const CLIPS: Clips = { enabled: true, beforeSeconds: 2, afterSeconds: 3, maxSeconds: 20, of: ['track'] };
/** An AVCDecoderConfigurationRecord; nobody decodes what is in these clips. */
const CONFIGURATION = Buffer.from('0164001fffe1000467640010010004' + '68ee3cb0', 'hex').toString('base64');
const STREAM = { codec: 'h264', size: { width: 64, height: 48 }, configuration: CONFIGURATION } as const;
const FRAME_MS = 100;
const GOP_MS = 1000;
const WALL_MS = Date.parse('2026-01-02T03:04:05.000Z');

async function watching(clips: Partial<Clips> = {}) {
  const clock = new FakeClock();
  const asked: CaptureRequest[] = [];
  const kept: Clip[] = [];
  const none: string[] = [];
  const errors: Error[] = [];
  let isThere = true;
  const folder = new ClipFolder({
    folder: join(await mkdtemp(join(tmpdir(), 'camera-clips-')), 'clips'),
    maximumBytes: () => 1e8,
    onDisk: (failure) => failure && errors.push(failure),
    onLeftOut: () => {},
  });
  const camera = new CameraClips({
    camera: 'door',
    clips: () => ({ ...CLIPS, ...clips }),
    folder: () => folder,
    backlog: { bytes: 0 },
    ask: (request) => {
      if (isThere) asked.push(request);
      return isThere;
    },
    onClip: (clip) => kept.push(clip),
    onNone: (message) => none.push(message),
    onError: (error) => errors.push(error),
    clock,
    now: () => WALL_MS + clock.nowMs(),
  });
  const listener = camera.listener!;
  const lastId = () => asked.findLast((request) => request.kind === 'packets')!.id;
  /** Packets of so long, each at its time; as a capture gives them to who has asked. */
  const play = async (ms: number, { id = lastId(), isNew = false, pts = (at: number) => at } = {}) => {
    for (let played = 0; played < ms; played += FRAME_MS) {
      const at = clock.nowMs();
      const isKey = played % GOP_MS === 0;
      const stream = played === 0 && isNew ? { stream: STREAM } : {};
      const record = {
        kind: 'packet',
        id,
        isKey,
        ptsMs: pts(at),
        capturedMonotonicMs: at,
        ...stream,
      } as const;
      listener.onPacket(record, new Uint8Array(500));
      await clock.advance(FRAME_MS);
    }
  };
  const tell = (event: 'start' | 'end', trackId: number) => {
    const atMs = clock.nowMs();
    const facts = { atMs, label: 'person', firstSeenMs: atMs, lastSeenMs: atMs, zones: [] };
    camera.events([{ kind: 'track', event, trackId, ...facts } as unknown as SceneEvent]);
  };
  return {
    ...{ camera, listener, clock, asked, kept, none, errors, folder, play, tell, lastId },
    gone: (is: boolean) => {
      isThere = !is;
    },
  };
}

const kinds = (asked: readonly CaptureRequest[]) => asked.map(({ kind }) => kind);
const idsOf = ({ tracks }: Clip) => tracks.map(({ id }) => id);

test('one clip serves all objects that overlap, from before the first to after the last', async () => {
  const { camera, asked, clock, kept, play, tell, folder, errors } = await watching();
  await clock.advance(9000);
  tell('start', 1);
  expect(asked).toEqual([{ kind: 'packets', id: expect.any(Number), sinceMs: 8000 }]);
  await play(4000, { isNew: true });
  tell('start', 2);
  tell('end', 1);
  await play(4000);
  tell('end', 2);
  await play(2000);
  expect(asked).toHaveLength(1);
  await play(1100);
  expect(kinds(asked)).toEqual(['packets', 'packets-end']);
  await camera.stop();
  expect(kept).toMatchObject([
    { camera: 'door', end: 'done', stream: STREAM, startedAtMs: WALL_MS + 10_000, zones: [], lines: [] },
  ]);
  expect(idsOf(kept[0]!)).toEqual([1, 2]);
  expect(kept[0]!.durationMs).toBeGreaterThan(10_000);
  expect(await readdir(folder.folder)).toEqual([kept[0]!.file]);
  expect(errors).toEqual([]);
});

test('what ended while there were no clips is not of the first one', async () => {
  const clips: Partial<Clips> = {};
  const { camera, kept, play, tell } = await watching(clips);
  Object.assign(clips, { enabled: false });
  for (let id = 1; id <= 3; id++) {
    tell('start', id);
    if (id < 3) tell('end', id);
  }
  Object.assign(clips, { enabled: true });
  tell('start', 4);
  await play(1000, { isNew: true });
  await camera.stop();
  expect(kept.map(idsOf)).toEqual([[3, 4]]);
});

test('no longer than it may be; what still lasts begins no other, what has just begun does', async () => {
  const { camera, asked, kept, play, tell, lastId } = await watching();
  tell('start', 1);
  await play(18_500, { isNew: true });
  expect(kinds(asked)).toEqual(['packets', 'packets-end']);
  await play(10_000);
  expect(asked).toHaveLength(2);

  tell('start', 2);
  const id = lastId();
  await play(17_000, { isNew: true });
  tell('start', 3);
  await play(1500, { id });
  expect(kinds(asked)).toEqual(['packets', 'packets-end', 'packets', 'packets-end', 'packets']);
  await play(1000, { isNew: true });
  tell('end', 3);
  await play(4000);
  await camera.stop();
  expect(kept.map(({ end }) => end)).toEqual(['longest', 'longest', 'done']);
  expect(kept.map(idsOf)).toEqual([[1], [2, 3], [3]]);
});

test('a capture that ends takes its clip with it; what still lasts once it is back has another', async () => {
  const { camera, listener, asked, kept, play, tell, gone } = await watching();
  tell('start', 1);
  await play(3000, { isNew: true });
  gone(true);
  listener.onEnd();
  tell('start', 2);
  expect(asked).toHaveLength(1);
  gone(false);
  camera.running();
  await play(3000, { isNew: true });
  await camera.stop();
  expect(kept.map(({ end }) => end)).toEqual(['camera', 'stopped']);
  expect(kept.map(idsOf)).toEqual([[1], [1, 2]]);
});

test.each([
  ['other parameters', { isNew: true }],
  ['time that goes back', { pts: (at: number) => at - 60_000 }],
  ['time that jumps ahead', { pts: (at: number) => at + 60_000 }],
])('%s begin another clip', async (_, next) => {
  const { camera, asked, kept, play, tell, errors } = await watching();
  tell('start', 1);
  await play(3000, { isNew: true });
  await play(3000, next);
  await camera.stop();
  expect(kinds(asked)).toEqual(['packets', 'packets-end']);
  expect(kept.map(({ end, durationMs }) => [end, durationMs])).toEqual([
    ['stream', 2900],
    ['stopped', 2900],
  ]);
  expect(kept.map(idsOf)).toEqual([[1], [1]]);
  expect(errors).toEqual([]);
});

test('a camera without packets is told of once, and asked again only after it was opened anew', async () => {
  const { listener, asked, none, tell, lastId } = await watching();
  tell('start', 1);
  listener.onNone({ kind: 'no-packets', id: lastId(), message: 'video as image/jpeg' });
  tell('start', 2);
  expect([kinds(asked), none]).toEqual([['packets', 'packets-end'], ['video as image/jpeg']]);
  listener.onEnd();
  tell('start', 3);
  expect(kinds(asked)).toEqual(['packets', 'packets-end', 'packets']);
});

test('an answer to an earlier request is passed over', async () => {
  const { camera, kept, play, tell, lastId } = await watching();
  tell('start', 1);
  const id = lastId();
  await camera.stop();
  tell('start', 2);
  await play(3000, { id, isNew: true });
  await camera.stop();
  expect(kept).toEqual([]);
});

test('a disk that takes nothing ends a clip, and the next is tried', async () => {
  const { camera, asked, kept, play, tell, folder } = await watching();
  let isFull = true;
  const create = folder.create.bind(folder);
  folder.create = async (...given) => {
    if (isFull) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
    return create(...given);
  };
  tell('start', 1);
  await play(1000, { isNew: true });
  expect(kinds(asked)).toEqual(['packets', 'packets-end']);
  isFull = false;
  tell('start', 2);
  await play(3000, { isNew: true });
  await camera.stop();
  expect(kept.map(idsOf)).toEqual([[2]]);
});

test('a camera without clips is asked nothing', async () => {
  const clips = { enabled: true };
  const { camera, asked, tell } = await watching(clips);
  clips.enabled = false;
  expect(camera.listener).toBeUndefined();
  tell('start', 1);
  camera.running();
  expect(asked).toEqual([]);
});
