// Cameras with something in their pictures that is too small for the whole picture -> what the agent tells of it.

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Box } from '../../../models/detection.js';
import { type Clips, ffmpegExists, makeClips } from '../../support/clips.js';
import { type Daemon, startDaemon } from '../../support/daemon.js';
import type { Seen } from '../../support/subscriber.js';

const FPS = 10;
/** Pixels that the square moves from one frame to the next. */
const STEP = 4;

let clips: Clips;
let daemon: Daemon | undefined;
beforeAll(async () => {
  clips = await makeClips();
});
afterEach(() => daemon?.close());
afterAll(() => clips.close());

/** A white square on black. */
function squareClip(name: string, size: string, { side, seconds, x, y }: Record<string, number | string>) {
  const of = (colour: string, sized: string) => `color=${colour}:s=${sized}:r=${FPS}:d=${seconds}`;
  const graph = `${of('black', size)}[a];${of('white', `${side}x${side}`)}[b];[a][b]overlay=x=${x}:y=${y}[out0]`;
  return clips.make(name, graph, '-c:v', 'mpeg4', '-q:v', '2');
}

const isLookedAgain = ({ topic, payload }: Seen) =>
  topic.endsWith('/detections') && payload.secondLook !== undefined;
const isFound = (seen: Seen) => isLookedAgain(seen) && seen.payload.detections.length > 0;

test.runIf(ffmpegExists)(
  'what moves and is too small is found by second looks, in its place and marked',
  async () => {
    const [side, y] = [32, 400];
    const place = { side, seconds: 38, x: `${STEP}*n`, y };
    const file = await squareClip('moving.mkv', '1600x800', place);
    daemon = await startDaemon({ far: { source: `file:${file}`, loop: true, secondLook: 'auto' } });
    const { subscriber } = daemon;
    for (let count = 1; count <= 3; count++)
      await subscriber.next((seen) => isFound(seen) && subscriber.seen.filter(isFound).length >= count);
    const told = subscriber.seen.filter(({ topic }) => topic.endsWith('/detections'));
    for (const { payload } of told) {
      const windows: { x: number; y: number; width: number; height: number }[] =
        payload.secondLook?.windows ?? [];
      // A recording's time begins with the first frame that comes through, which may be its second or third.
      const x = STEP * Math.round((payload.frame.mediaTimeMs * FPS) / 1000);
      for (const { look, box } of payload.detections as { look?: string; box: Box }[]) {
        expect(look).toBe('second');
        expect(box[0]).toBeGreaterThan(x - 8);
        expect(box[2]).toBeLessThan(x + side + 8 + 3 * STEP);
        expect(box[1]).toBeGreaterThan(y - 8);
        expect(box[3]).toBeLessThan(y + side + 8);
        const isIn = ({ x, width }: { x: number; width: number }) => box[0] >= x && box[2] <= x + width;
        expect(windows.some(isIn), JSON.stringify({ box, windows })).toBe(true);
      }
    }
    // What only second looks show is followed through the frames without one.
    const isFollowed = ({ topic, payload }: Seen) =>
      topic.endsWith('/detections') && payload.secondLook === undefined && payload.tracks.length > 0;
    expect((await subscriber.next(isFollowed)).payload.detections).toEqual([]);
    const { payload: stats } = await subscriber.next(
      ({ topic, payload }) => topic.endsWith('/stats') && payload.secondLook?.found > 0,
    );
    expect(stats.secondLook.detectorPercent).toBeLessThanOrEqual(100);
    expect(stats.secondLook.frames).toBeLessThanOrEqual(stats.cameras.far.inferred);
    expect(stats.secondLook.looks).toBeGreaterThanOrEqual(stats.secondLook.frames);
  },
);

test.runIf(ffmpegExists)(
  'true searches the whole picture for what stands still, again after its capture was killed',
  async () => {
    const [side, x, y] = [10, 400, 200];
    const file = await squareClip('still.mkv', '480x320', { side, seconds: 60, x, y });
    const camera = {
      source: `file:${file}`,
      loop: true,
      motion: { enabled: false },
      stallTimeoutSeconds: 60,
    };
    daemon = await startDaemon({ far: camera }, { secondLook: true, pictures: { send: 'none' } });
    const { subscriber } = daemon;
    const { payload } = await subscriber.next(isFound);
    for (const { look, box } of payload.detections) {
      expect(look).toBe('second');
      expect(
        Math.min(box[0] + 8 - x, box[1] + 8 - y, x + side - box[2] + 8, y + side - box[3] + 8),
      ).toBeGreaterThan(-4);
    }
    const killed = await daemon.capturePid('far');
    process.kill(killed, 'SIGKILL');
    await daemon.capturePid('far', killed);
    const already = subscriber.seen.length;
    await subscriber.next((seen) => isFound(seen) && subscriber.seen.indexOf(seen) > already);
  },
);
