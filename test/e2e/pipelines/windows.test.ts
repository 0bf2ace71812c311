// Windows asked of a running capture -> unscaled pixels of the frame with their number, masked as it is.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CameraOptions } from '../../../pipelines/capture/camera-options.js';
import type { Frame, Rect, Size, WindowFrame } from '../../../pipelines/frame.js';
import { startCamera } from '../../support/cameras.js';
import { type Clips, ffmpegExists, makeClips } from '../../support/clips.js';

const inputSize = { width: 160, height: 128 };
const FPS = 25;
/** Pixels that the square moves from one frame to the next. */
const STEP = 8;
const SQUARE = { y: 300, size: 16 };

let clips: Clips;
beforeAll(async () => {
  clips = await makeClips();
});
afterAll(() => clips.close());

/** A white square on grey, at 8 times the number of the frame. */
function movingSquare(name: string, { width, height }: Size): Promise<string> {
  const seconds = Math.floor((width - SQUARE.size) / STEP / FPS);
  const of = (colour: string, size: string) => `color=${colour}:s=${size}:r=${FPS}:d=${seconds}`;
  const square = of('white', `${SQUARE.size}x${SQUARE.size}`);
  const graph = `${of('gray', `${width}x${height}`)}[a];${square}[b];[a][b]overlay=x=${STEP}*n:y=${SQUARE.y}:format=rgb[out0]`;
  return clips.make(name, graph, '-c:v', 'ffv1', '-pix_fmt', 'bgr0');
}

interface Watched {
  readonly frames: Map<number, Frame>;
  readonly windows: WindowFrame[];
}

interface WatchOptions extends Partial<CameraOptions> {
  /** Plays the source again and again until this is true, as a busy machine lets few frames of it through; default once. */
  readonly until?: (watched: Watched) => boolean;
}

/** @param next which window or windows to ask for when a frame has come */
async function windowsOf(
  uri: string,
  next: (frame: Frame) => Rect | Rect[],
  { until, ...options }: WatchOptions = {},
): Promise<Watched> {
  const watched: Watched = { frames: new Map(), windows: [] };
  const { frames, windows } = watched;
  const running = startCamera(uri, {
    inputSize,
    loop: until !== undefined,
    onFrame: (frame) => {
      frames.set(frame.sequence, frame);
      const wanted = next(frame);
      running.camera.look(Array.isArray(wanted) ? wanted : [wanted]);
    },
    onWindow: (window) => windows.push(window),
    ...options,
  });
  const hasEnded = () => running.statuses.some(({ state }) => state === 'ended');
  if (until === undefined) await running.until('its end', hasEnded);
  else await running.until('what was to be seen', () => until(watched));
  await running.close();
  return watched;
}

/** Of the bright columns of a row of a window, in pixels of the source. */
function brightColumns({ window, content, pixels }: WindowFrame, sourceRow: number): number[] {
  const row = new Uint8Array(pixels, (content.y + sourceRow - window.y) * inputSize.width, inputSize.width);
  return [...row.keys()].filter((x) => row[x]! > 200).map((x) => x - content.x + window.x);
}

function placeOf({ mediaTimeMs }: Frame): number {
  return STEP * Math.round((mediaTimeMs * FPS) / 1000);
}

/** Those of each time that the recording was played. */
function passesOf(windows: readonly WindowFrame[], frames: Watched['frames']): WindowFrame[][] {
  const passes: WindowFrame[][] = [];
  let beforeMs = Number.POSITIVE_INFINITY;
  for (const one of windows) {
    const { mediaTimeMs } = frames.get(one.sequence)!;
    if (mediaTimeMs < beforeMs) passes.push([]);
    passes.at(-1)!.push(one);
    beforeMs = mediaTimeMs;
  }
  return passes;
}

test.runIf(ffmpegExists)('a window shows its own frame, pixel by pixel, wherever it lies', async () => {
  const size = { width: 1280, height: 720 };
  const file = await movingSquare('square.mkv', size);
  const columnsOf = (one: WindowFrame) => brightColumns(one, SQUARE.y + 3);
  const isWhole = (one: WindowFrame) => columnsOf(one).length === SQUARE.size;
  const { frames, windows } = await windowsOf(
    file,
    (frame) => ({
      x: Math.min(size.width - 160, Math.max(0, placeOf(frame) - 40)),
      // Another one each time, some without a border above.
      y: 200 + 4 * (frame.sequence % 9),
      ...inputSize,
    }),
    { until: ({ windows }) => windows.filter(isWhole).length > 20 },
  );
  for (const pass of passesOf(windows, frames)) {
    // A recording's time begins with the first frame that comes through, which on a busy machine is a later one.
    const first = pass.find(isWhole);
    if (first === undefined) continue;
    const late = columnsOf(first)[0]! - placeOf(frames.get(first.sequence)!);
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late % STEP).toBe(0);
    for (const one of pass) {
      expect(one.sourceSize).toEqual(size);
      const x = placeOf(frames.get(one.sequence)!) + late;
      const expected = Array.from({ length: SQUARE.size }, (_, i) => x + i).filter(
        (column) => column >= one.window.x && column < one.window.x + one.window.width,
      );
      expect(columnsOf(one)).toEqual(expected);
      expect(brightColumns(one, SQUARE.y - 1)).toEqual([]);
    }
  }
});

test.runIf(ffmpegExists)(
  'several windows of one frame come in the order in which they were asked for',
  async () => {
    const size = { width: 1280, height: 720 };
    const file = await movingSquare('several.mkv', size);
    const wanted = [0, 400, 1120].map((x) => ({ x, y: 240, ...inputSize }));
    const sequencesOf = (windows: readonly WindowFrame[]) => new Set(windows.map(({ sequence }) => sequence));
    const { windows } = await windowsOf(file, () => wanted, {
      until: ({ windows }) => sequencesOf(windows).size > 10,
    });
    // Of the last frame some may not have come.
    for (const sequence of [...sequencesOf(windows)].slice(0, -1)) {
      const ofOne = windows.filter((one) => one.sequence === sequence);
      expect(ofOne.map(({ window }) => window)).toEqual(wanted);
    }
  },
);

test.runIf(ffmpegExists)('frames tell where something moved', async () => {
  const size = { width: 1280, height: 720 };
  const file = await movingSquare('moved.mkv', size);
  const thatMoved = (frames: Watched['frames']) =>
    [...frames.values()].filter(({ moved = [] }) => moved.length > 0);
  const { frames } = await windowsOf(file, () => ({ x: 0, y: 0, ...inputSize }), {
    motion: { lookEveryMs: 1000, keepLookingMs: 1000 },
    until: ({ frames }) => thatMoved(frames).length > 10,
  });
  // The small pictures run a frame ahead or behind at most; a block is 14 pixels, and traces last a second.
  for (const frame of thatMoved(frames))
    for (const [x1, y1, x2, y2] of frame.moved!) {
      expect(y1 * size.height).toBeLessThanOrEqual(SQUARE.y + SQUARE.size);
      expect(y2 * size.height).toBeGreaterThanOrEqual(SQUARE.y);
      expect(x1 * size.width).toBeLessThanOrEqual(placeOf(frame) + 2 * STEP + SQUARE.size);
      expect(x2).toBeGreaterThan(x1);
    }
});

test.runIf(ffmpegExists)('privacy masks are black in windows, and nothing else is', async () => {
  const size = { width: 1280, height: 720 };
  const file = await clips.make(
    'white.mkv',
    `color=white:s=1280x720:r=${FPS}:d=10`,
    '-c:v',
    'ffv1',
    '-pix_fmt',
    'bgr0',
  );
  // From 640, 360 to 960, 540 in pixels.
  const box = [
    [0.5, 0.5],
    [0.75, 0.5],
    [0.75, 0.75],
    [0.5, 0.75],
  ] as const;
  const { windows } = await windowsOf(
    file,
    ({ sequence }) => ({ x: 560 + 4 * (sequence % 90), y: 300 + 4 * (sequence % 30), ...inputSize }),
    { masks: { privacy: [box], motion: [] }, until: ({ windows }) => windows.length > 10 },
  );
  for (const { window, pixels } of windows) {
    const planes = new Uint8Array(pixels);
    const wrong = { leaked: 0, lost: 0 };
    for (let i = 0; i < planes.length; i++) {
      const at = i % (inputSize.width * inputSize.height);
      const x = window.x + (at % inputSize.width) + 0.5;
      const y = window.y + Math.floor(at / inputSize.width) + 0.5;
      const beyond = Math.max(640 - x, x - 960, 360 - y, y - 540);
      if (beyond < 0) wrong.leaked += Number(planes[i] !== 0);
      // Scalers spread two pixels at the most.
      else if (beyond > 2.5) wrong.lost += Number(planes[i]! < 250);
    }
    expect(wrong).toEqual({ leaked: 0, lost: 0 });
  }
  expect(size).toEqual(windows[0]!.sourceSize);
});

test.runIf(ffmpegExists)('a source that changes its size: windows of each, and no capture lost', async () => {
  const sizes = ['640x360', '320x240', '640x360'];
  const parts = await Promise.all(
    sizes.map((size, i) =>
      clips.make(`part-${i}.ts`, `testsrc2=s=${size}:r=25:d=2`, '-c:v', 'mpeg2video', '-q:v', '3'),
    ),
  );
  const file = join(clips.folder, 'joined.ts');
  await writeFile(file, Buffer.concat(await Promise.all(parts.map((part) => readFile(part)))));
  // Of the large picture: in the small one there is no such place.
  const { frames, windows } = await windowsOf(file, ({ sequence, sourceSize }) =>
    sequence % 2 === 0
      ? { x: 400, y: 200, ...inputSize }
      : { x: sourceSize.width - 160, y: sourceSize.height - 128, ...inputSize },
  );
  const seen = [...new Set([...frames.values()].map(({ sourceSize: { width } }) => width))];
  expect(seen).toEqual([640, 320]);
  expect(new Set(windows.map(({ sourceSize: { width } }) => width))).toEqual(new Set([640, 320]));
  for (const { sequence, sourceSize, window } of windows) {
    expect(sourceSize).toEqual(frames.get(sequence)!.sourceSize);
    expect(window.x + window.width).toBeLessThanOrEqual(sourceSize.width);
  }
});

test('windows that lie nowhere, or are too large, give nothing and end nothing', async () => {
  const wrong: Rect[] = [
    { x: -4, y: 0, ...inputSize },
    { x: 1200, y: 0, ...inputSize },
    { x: 0, y: 0, width: 400, height: 128 },
    { x: 0, y: 0, width: 0, height: 0 },
  ];
  const { frames, windows } = await windowsOf(
    'test:ball?width=1280&height=720&fps=25',
    ({ sequence }) => wrong[sequence % wrong.length]!,
    { until: ({ frames }) => frames.size > 20 },
  );
  expect(frames.size).toBeGreaterThan(20);
  expect(windows).toEqual([]);
});
