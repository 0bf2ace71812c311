// Frames that come when a test says, a detector that answers when it says -> who waits for whom.

import { expect, test } from 'vitest';
import {
  type Answered,
  type InferInOrderOptions,
  inferInOrder,
} from '../../../agent/inference/infer-in-order.js';
import type { DetectorResult } from '../../../models/runtime/detector.js';
import type { Frame } from '../../../pipelines/frame.js';
import { settled } from '../../support/fake-capture.js';

/** Frames are named by the bytes of their buffers. */
function setUp({
  sessions = 1,
  ahead = 0,
  lookAgain,
}: Partial<InferInOrderOptions> & { sessions?: number } = {}) {
  const log: string[] = [];
  const asked: { bytes: number; resolve(): void; reject(): void }[] = [];
  const released: number[] = [];
  const waiting: number[] = [];
  let isOver = false;
  let wake = () => {};
  let failure: Error | undefined;
  async function* frames(): AsyncGenerator<Frame, void, undefined> {
    try {
      for (;;) {
        const bytes = waiting.shift();
        if (bytes !== undefined) yield { sequence: bytes, pixels: new ArrayBuffer(bytes) } as Frame;
        else if (failure !== undefined) throw failure;
        else if (isOver) return;
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    } finally {
      log.push('closed');
    }
  }
  const detector = {
    sessions,
    detect: (pixels: ArrayBuffer) => {
      const { byteLength: bytes } = pixels;
      log.push(`ask ${bytes}`);
      return new Promise<DetectorResult>((resolve, reject) => {
        const result = { inputBoxes: [], pixels, inferenceMs: 1, decodeMs: 1 };
        asked.push({ bytes, resolve: () => resolve(result), reject: () => reject(new Error('boom')) });
      });
    },
  };
  const stream = inferInOrder(frames(), {
    detector,
    release: (pixels) => released.push(pixels.byteLength),
    ahead,
    lookAgain,
    nowMs: () => 7,
  });
  const give = async (...bytes: number[]) => {
    waiting.push(...bytes);
    wake();
    await settled();
  };
  const finish = async (error?: Error) => {
    failure = error;
    isOver = true;
    wake();
    await settled();
  };
  /** Tells each answer as it comes. */
  const listen = async (tell: (answered: Answered) => void | Promise<void> = () => {}) => {
    for await (const answered of stream) {
      log.push(`${answered.error === undefined ? 'tell' : 'fail'} ${answered.frame.sequence}`);
      await tell(answered);
    }
  };
  const answer = async (bytes: number, how: 'resolve' | 'reject' = 'resolve') => {
    asked.find((one) => one.bytes === bytes)![how]();
    // Each answer is told a turn of the event loop later.
    for (let turn = 0; turn < 4; turn++) await settled();
  };
  return { log, released, give, finish, listen, answer };
}

test('a frame that is there goes to the detector before the last answer is told', async () => {
  const { log, give, listen, answer } = setUp();
  void listen();
  await give(1, 2);
  expect(log).toEqual(['ask 1']);
  await answer(1);
  expect(log).toEqual(['ask 1', 'ask 2', 'tell 1']);
});

test('an answer is told though no frame is there', async () => {
  const { log, give, listen, answer } = setUp();
  void listen();
  await give(1);
  await answer(1);
  await give(2);
  expect(log).toEqual(['ask 1', 'tell 1', 'ask 2']);
});

test('no frame is taken while one is looked at again, and both answers are told together', async () => {
  let look = () => {};
  const second = { windows: [], inferenceMs: 3 };
  const lookAgain = () =>
    new Promise<typeof second>((resolve) => {
      look = () => resolve(second);
    });
  const { log, give, listen, answer } = setUp({ lookAgain });
  const seconds: unknown[] = [];
  void listen((answered) => void seconds.push(answered.second));
  await give(1, 2);
  await answer(1);
  expect(log).toEqual(['ask 1']);
  look();
  for (let turn = 0; turn < 4; turn++) await settled();
  expect(log).toEqual(['ask 1', 'ask 2', 'tell 1']);
  expect(seconds).toEqual([second]);
});

test('a second look that fails is a failure of its frame', async () => {
  const lookAgain = async () => {
    throw new Error('boom');
  };
  const { log, give, listen, answer } = setUp({ lookAgain });
  void listen();
  await give(1);
  await answer(1);
  expect(log).toEqual(['ask 1', 'fail 1']);
});

test('with one ahead the detector has its next frame already', async () => {
  const { log, give, listen, answer } = setUp({ ahead: 1 });
  void listen();
  await give(1, 2, 3);
  expect(log).toEqual(['ask 1', 'ask 2']);
  await answer(1);
  expect(log).toEqual(['ask 1', 'ask 2', 'ask 3', 'tell 1']);
});

test('several sessions get a frame each, and answers keep the order of the frames', async () => {
  const { log, give, listen, answer } = setUp({ sessions: 3 });
  void listen();
  await give(1, 2, 3, 4, 5, 6);
  await answer(2);
  await answer(3, 'reject');
  expect(log).toEqual(['ask 1', 'ask 2', 'ask 3', 'ask 4', 'ask 5']);
  await answer(1);
  expect(log.slice(5)).toEqual(['ask 6', 'tell 1', 'tell 2', 'fail 3']);
});

test('a slow listener holds up the detector, not the memory', async () => {
  const { log, give, listen, answer } = setUp();
  let told = () => {};
  void listen(
    () =>
      new Promise((resolve) => {
        told = resolve;
      }),
  );
  await give(1, 2, 3, 4);
  await answer(1);
  await answer(2);
  await answer(3);
  expect(log).toEqual(['ask 1', 'ask 2', 'tell 1', 'ask 3']);
  told();
  await settled();
  await settled();
  expect(log.slice(4)).toEqual(['tell 2', 'ask 4']);
});

test('what was asked before the end, or before an error of the source, is told before it', async () => {
  const whole = setUp();
  const end = whole.listen();
  await whole.give(1);
  await whole.finish();
  await whole.answer(1);
  await end;
  expect(whole.log).toEqual(['ask 1', 'closed', 'tell 1']);

  const broken = setUp({ ahead: 1 });
  const failed = broken.listen();
  failed.catch(() => {});
  await broken.give(1);
  await broken.finish(new Error('no such file'));
  await broken.answer(1);
  await expect(failed).rejects.toThrow('no such file');
  expect(broken.log).toEqual(['ask 1', 'closed', 'tell 1']);
});

test('after a listener failed every buffer of the others comes back, also of answers and frames still to come', async () => {
  const { log, released, give, listen, answer } = setUp({ ahead: 1 });
  const failed = listen(() => {
    throw new Error('disk full');
  });
  failed.catch(() => {});
  await give(1, 2);
  await answer(1);
  await expect(failed).rejects.toThrow('disk full');
  expect(released).toEqual([]);
  await answer(2);
  await give(3);
  expect([log, released]).toEqual([
    ['ask 1', 'ask 2', 'tell 1', 'closed'],
    [2, 3],
  ]);
});
