// Frames that come, end, fail or wait -> how the loop ends, and what the listener still gets.

import { expect, test } from 'vitest';
import { FrameLoop } from '../../../agent/inference/frame-loop.js';
import type { Detector } from '../../../models/runtime/detector.js';
import type { Frame } from '../../../pipelines/frame.js';

const INPUT = { width: 8, height: 8 };

function frame(sequence: number): Frame {
  return {
    source: 'door',
    sequence,
    capturedAtMs: 0,
    capturedMonotonicMs: 0,
    mediaTimeMs: 0,
    sourceSize: INPUT,
    inputSize: INPUT,
    content: { x: 0, y: 0, ...INPUT },
    pixels: new ArrayBuffer(1),
  };
}

const answering: Detector['detect'] = async (pixels) => ({
  inputBoxes: [],
  pixels,
  inferenceMs: 1,
  decodeMs: 1,
});
const hanging: Detector['detect'] = () => new Promise(() => {});

interface Given {
  readonly detect?: Detector['detect'];
  readonly isOver?: boolean;
  readonly onResult?: () => void;
  /** What comes after three frames; silence lasts until the abort. */
  readonly after: 'end' | 'error' | 'silence';
}

function loop({ detect = answering, isOver = false, onResult, after }: Given) {
  const seen: number[] = [];
  const frames = new FrameLoop({
    async *frames(signal) {
      for (let i = 0; i < 3 && !signal.aborted; i++) yield frame(i);
      if (after === 'error') throw new Error('no more memory');
      if (after === 'silence' && !signal.aborted)
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
    },
    isOver: () => isOver,
    detector: { detect, sessions: 1 },
    release: () => {},
    onResult: (result) => {
      seen.push(result.frame.sequence);
      onResult?.();
    },
    onFailure: () => {},
  });
  return { frames, seen };
}

const never = new AbortController().signal;
const boom = () => {
  throw new Error('boom');
};

test.each<[string, Given, string]>([
  ['every source has ended', { after: 'end', isOver: true }, 'ended'],
  [
    'the frames end while cameras are open',
    { after: 'end' },
    'the frames of the cameras ended, though cameras are open',
  ],
  ['the frames fail', { after: 'error' }, 'no more memory'],
  ['the listener fails', { after: 'silence', onResult: boom }, 'boom'],
  ['the listener fails at the last frame', { after: 'end', isOver: true, onResult: boom }, 'boom'],
])('%s', async (_, given, outcome) => {
  const { frames } = loop(given);
  await frames.start(never);
  const ended = frames.ended().then(
    () => 'ended',
    (error: Error) => error.message,
  );
  expect(await ended).toBe(outcome);
  await frames.stop();
});

test.each<[string, Given]>([
  ['waits for frames', { after: 'silence' }],
  ['waits for a detector that hangs', { after: 'silence', detect: hanging }],
])('stopped while it %s', async (_, given) => {
  const { frames } = loop(given);
  await frames.start(never);
  await frames.stop();
  await frames.stop();
});

test('after stop() no result is handed on, however late the detector answers', async () => {
  let answer: (() => void) | undefined;
  const late: Detector['detect'] = (pixels) =>
    new Promise((resolve) => {
      answer = () => resolve({ inputBoxes: [], pixels, inferenceMs: 1, decodeMs: 1 });
    });
  const { frames, seen } = loop({ after: 'silence', detect: late });
  await frames.start(never);
  while (answer === undefined) await new Promise(setImmediate);
  const stopping = frames.stop();
  (answer as () => void)();
  await stopping;
  await frames.ended();
  expect(seen).toEqual([]);
});

test('aborted before its start it follows nothing', async () => {
  const { frames, seen } = loop({ after: 'end' });
  await expect(frames.start(AbortSignal.abort(new Error('SIGTERM')))).rejects.toThrow('SIGTERM');
  await frames.ended();
  await frames.stop();
  expect(seen).toEqual([]);
});
