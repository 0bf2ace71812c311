// Frames -> what the listener gets, which buffers come back, and what a failing detector does.

import { expect, test } from 'vitest';
import { type FrameInfo, type FrameResult, followFrames } from '../../../agent/inference/frame-path.js';
import type { LookAgain } from '../../../agent/inference/infer-in-order.js';
import type { Detection } from '../../../models/detection.js';
import type { Detector } from '../../../models/runtime/detector.js';
import type { Frame } from '../../../pipelines/frame.js';

const INPUT = { width: 320, height: 320 };

function frame(sequence: number, source = 'door'): Frame {
  return {
    source,
    sequence,
    capturedAtMs: 0,
    capturedMonotonicMs: 0,
    mediaTimeMs: 0,
    sourceSize: { width: 1280, height: 720 },
    inputSize: INPUT,
    content: { x: 0, y: 70, width: 320, height: 180 },
    pixels: new ArrayBuffer(sequence + 1),
  };
}

async function* framesOf(...list: Frame[]) {
  yield* list;
}

/** Fake: answers with the same boxes for every frame, and fails on those of `failing` bytes. */
function fakeDetector(inputBoxes: Detection[], failing = 0): Detector {
  return {
    model: undefined as never,
    provider: 'fake',
    network: { precision: 'fp32', reason: 'a test' },
    sessions: 1,
    detect: async (pixels) => {
      const given = structuredClone(pixels, { transfer: [pixels] });
      if (given.byteLength === failing) throw new Error('boom');
      return { inputBoxes, pixels: given, inferenceMs: 2, decodeMs: 1 };
    },
    close: async () => {},
  };
}

const person: Detection = { label: 'person', classIndex: 0, score: 0.9, box: [80, 115, 160, 160] };
const car: Detection = { label: 'car', classIndex: 1, score: 0.4, box: [-10, 60, 330, 260] };

async function follow(
  frames: Frame[],
  detector: Detector,
  wants?: (frame: FrameInfo, found: Detection) => boolean,
  lookAgain?: LookAgain,
) {
  const results: FrameResult[] = [];
  const released: number[] = [];
  const failed: number[] = [];
  await followFrames(framesOf(...frames), {
    detector,
    release: (pixels) => released.push(pixels.byteLength),
    onResult: (one) => {
      results.push(one);
    },
    onFailure: ({ sequence }) => failed.push(sequence),
    ...(wants && { wants }),
    ...(lookAgain && { lookAgain }),
  });
  return { results, released, failed };
}

test('boxes come in source pixels, cut at its edges', async () => {
  const { results } = await follow([frame(0)], fakeDetector([person, car]));
  expect(results[0]!.sourceDetections.map(({ box }) => box)).toEqual([
    [320, 180, 640, 360],
    [0, 0, 1280, 720],
  ]);
});

test('what a second look shows is merged in, marked, and asked whether it is wanted', async () => {
  const window = { x: 100, y: 100, width: 320, height: 320 };
  const small: Detection = { label: 'person', classIndex: 0, score: 0.5, box: [150, 150, 170, 200] };
  const dog: Detection = { label: 'dog', classIndex: 2, score: 0.5, box: [250, 250, 270, 270] };
  const second = { windows: [{ window, sourceDetections: [small, dog] }], inferenceMs: 3 };
  const { results } = await follow(
    [frame(0), frame(1)],
    fakeDetector([person]),
    (_, { label }) => label === 'person',
    async ({ sequence }) => (sequence === 0 ? second : undefined),
  );
  const scores = results.map(({ sourceDetections }) =>
    sourceDetections.map(({ score, look }) => [score, look]),
  );
  expect(scores).toEqual([
    [
      [0.9, undefined],
      [0.5, 'second'],
    ],
    [[0.9, undefined]],
  ]);
  expect(results.map((result) => result.second)).toEqual([second, undefined]);
});

test('a source gets what it wants', async () => {
  const frames = [frame(0, 'door'), frame(1, 'road')];
  const { results } = await follow(frames, fakeDetector([person, car]), ({ source }, { label }) =>
    source === 'road' ? label === 'car' : label === 'person',
  );
  expect(results.map(({ sourceDetections }) => sourceDetections.map(({ label }) => label))).toEqual([
    ['person'],
    ['car'],
  ]);
});

test('what is wanted is asked of boxes in source pixels', async () => {
  const asked: unknown[] = [];
  await follow(
    [frame(0)],
    fakeDetector([person]),
    ({ sourceSize }, { box }) => asked.push(sourceSize, box) > 0,
  );
  expect(asked).toEqual([{ width: 1280, height: 720 }, [320, 180, 640, 360]]);
});

test('each buffer is given back once, after the listener', async () => {
  const { released, results } = await follow([frame(0), frame(1)], fakeDetector([]));
  expect(released).toEqual([1, 2]);
  expect(results.map(({ frame: { pixels } }) => pixels.byteLength)).toEqual([1, 2]);
});

test('a frame that the detector fails on does not end the path', async () => {
  const { results, failed } = await follow([frame(0), frame(1), frame(2)], fakeDetector([], 2));
  expect(failed).toEqual([1]);
  expect(results.map(({ frame: { sequence } }) => sequence)).toEqual([0, 2]);
});

test('a listener that fails ends the path', async () => {
  const path = followFrames(framesOf(frame(0)), {
    detector: fakeDetector([]),
    release: () => {},
    onResult: () => Promise.reject(new Error('disk full')),
    onFailure: () => {},
  });
  await expect(path).rejects.toThrow('disk full');
});
