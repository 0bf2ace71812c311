// Frames, windows and a detector as the test says -> which windows are asked for and looked at, and every buffer given back.

import { expect, test } from 'vitest';
import type { SecondLookMode } from '../../../../agent/config/second-look.js';
import { SecondLooks } from '../../../../agent/inference/second-look/second-looks.js';
import type { Detection } from '../../../../models/detection.js';
import type { Frame, InputSize, Rect, WindowFrame } from '../../../../pipelines/frame.js';

const INPUT = { width: 416, height: 416 };
const PICTURE = { width: 1920, height: 1080 };
const SMALL = { label: 'person', classIndex: 0, score: 0.4, box: [1000, 500, 1020, 550] as const };

function frameOf(sequence: number, source = 'door'): Frame {
  return {
    ...{ source, sequence, capturedAtMs: 0, capturedMonotonicMs: 0, mediaTimeMs: 0 },
    ...{ sourceSize: PICTURE, inputSize: INPUT, content: { x: 0, y: 91, width: 416, height: 234 } },
    pixels: new ArrayBuffer(0),
  };
}

function setUp({
  mode = 'auto',
  inferenceMs = 10,
  input = INPUT,
}: {
  mode?: SecondLookMode;
  inferenceMs?: number;
  input?: InputSize;
} = {}) {
  const now = { ms: 0 };
  const queue = { isWaiting: false, replaced: 0 };
  const asked: [camera: string, first: Rect, all: readonly Rect[]][] = [];
  const released: ArrayBuffer[] = [];
  const looked: ArrayBuffer[] = [];
  const state = { mode, fails: false, onLook: () => {} };
  const looks = new SecondLooks({
    detector: {
      model: { input } as never,
      sessions: 1,
      detect: async (pixels) => {
        if (state.fails) throw new Error('boom');
        looked.push(pixels);
        state.onLook();
        const inputBoxes: Detection[] = [{ ...SMALL, box: [200, 200, 220, 250] }];
        return { inputBoxes, pixels, inferenceMs, decodeMs: 0 };
      },
    },
    modeOf: () => state.mode,
    ask: (camera, windows) => asked.push([camera, windows[0]!, windows]),
    queue: () => queue,
    release: (pixels) => released.push(pixels),
    nowMs: () => now.ms,
  });
  const give = (sequence: number, window: Rect, source = 'door'): WindowFrame => {
    const content = { x: 0, y: 0, ...INPUT };
    const one = { source, sequence, sourceSize: PICTURE, window, content, pixels: new ArrayBuffer(8) };
    looks.onWindow(one);
    return one;
  };
  const answer = (sequence: number) => looks.lookAgain(frameOf(sequence), { inferenceMs });
  const tell = (frame: Frame, found: readonly Detection[] = [SMALL]) =>
    looks.update({ frame, sourceDetections: found }, []);
  /** As far as there is something to go by. */
  const warmUp = async () => {
    for (; now.ms < 3000; now.ms += 100) await answer(-1);
  };
  return { now, queue, asked, released, looked, state, looks, give, answer, tell, warmUp };
}

test('asked for where something small is, looked at with its frame, told in pixels of the source', async () => {
  const { asked, give, answer, tell, warmUp, released, looked } = setUp();
  await warmUp();
  tell(frameOf(0));
  expect(asked).toHaveLength(1);
  const [camera, window] = asked[0]!;
  expect(camera).toBe('door');
  const { pixels } = give(1, window);
  const second = await answer(1);
  expect(second).toMatchObject({ windows: [{ window }], inferenceMs: 10 });
  expect(second!.windows[0]!.sourceDetections[0]!.box).toEqual([
    window.x + 200,
    window.y + 200,
    window.x + 220,
    window.y + 250,
  ]);
  expect(looked).toEqual([pixels]);
  expect(released).toEqual([pixels]);
});

test('one at a time: nothing more is asked before the window has come, or a second has passed', async () => {
  const { asked, now, tell, warmUp } = setUp();
  await warmUp();
  tell(frameOf(0));
  tell(frameOf(1));
  expect(asked).toHaveLength(1);
  now.ms += 1100;
  tell(frameOf(2));
  expect(asked).toHaveLength(2);
});

/** So far apart that no window shows two. */
const APART = [100, 500, 900, 1300, 1700].map((x) => ({ ...SMALL, box: [x, 500, x + 20, 550] as const }));

test('with time for several, a frame has several, in the order in which they were asked for', async () => {
  const { asked, give, answer, tell, warmUp, released, looked } = setUp();
  await warmUp();
  tell(frameOf(0), APART);
  const [, , windows] = asked[0]!;
  expect(windows).toHaveLength(4);
  const given = windows.map((window) => give(1, window).pixels);
  const second = await answer(1);
  expect(second!.windows.map(({ window }) => window)).toEqual(windows);
  expect(second!.inferenceMs).toBe(40);
  expect([looked, released]).toEqual([given, given]);
});

test('no more than there is time for', async () => {
  const { asked, tell, warmUp } = setUp({ inferenceMs: 25 });
  await warmUp();
  tell(frameOf(0), APART);
  expect(asked[0]![2]).toHaveLength(2);
});

test('a frame that comes meanwhile waits for one look, not for all', async () => {
  const { asked, give, answer, tell, warmUp, released, looked, queue, state } = setUp();
  await warmUp();
  tell(frameOf(0), APART);
  const [, , windows] = asked[0]!;
  const given = windows.map((window) => give(1, window).pixels);
  state.onLook = () => {
    queue.isWaiting = true;
  };
  expect((await answer(1))!.windows).toHaveLength(1);
  expect([looked, released]).toEqual([given.slice(0, 1), given]);
});

test('a window that comes too late goes back, and takes nothing from those asked for since', async () => {
  const { asked, give, answer, tell, warmUp, released, looked } = setUp();
  await warmUp();
  tell(frameOf(0), APART);
  const [, first, windows] = asked[0]!;
  give(1, first);
  expect((await answer(1))!.windows).toHaveLength(1);
  tell(frameOf(1), APART);
  const late = give(1, windows[1]!).pixels;
  const [, next] = asked[1]!;
  const { pixels } = give(3, next);
  expect(await answer(2)).toBeUndefined();
  expect(released.at(-1)).toBe(late);
  expect((await answer(3))!.windows.map(({ window }) => window)).toEqual([next]);
  expect(looked.at(-1)).toBe(pixels);
});

test('of a capture that sends windows without end, few are kept', async () => {
  const { give, tell, warmUp, released } = setUp();
  await warmUp();
  tell(frameOf(0));
  for (let sequence = 1; sequence <= 100; sequence++) give(sequence, { x: 0, y: 0, ...INPUT });
  expect(released.length).toBeGreaterThan(90);
});

test.each<[string, (of: ReturnType<typeof setUp>) => void]>([
  [
    'a frame of another camera waits',
    ({ queue, give, asked }) => {
      give(1, asked[0]![1]);
      queue.isWaiting = true;
    },
  ],
  [
    'a frame was given up for a newer one',
    ({ queue, give, asked }) => {
      give(1, asked[0]![1]);
      queue.replaced++;
    },
  ],
  ['the window is of a frame before', ({ give, asked }) => give(0, asked[0]![1])],
  ['or of a place that nobody asked for', ({ give }) => give(1, { x: 9000, y: 0, ...INPUT })],
])('whole frames go first: %s', async (_, happens) => {
  const of = setUp();
  const { answer, tell, warmUp, looked } = of;
  await warmUp();
  tell(frameOf(0));
  happens(of);
  expect(await answer(1)).toBeUndefined();
  expect(looked).toEqual([]);
  expect(of.released.length).toBeGreaterThan(0);
});

test('a machine that is busy with whole frames is asked for none', async () => {
  const { asked, tell, warmUp } = setUp({ inferenceMs: 90 });
  await warmUp();
  tell(frameOf(0));
  expect(asked).toEqual([]);
});

test('a detector that fails on a window takes nothing from its frame', async () => {
  const { asked, give, answer, tell, warmUp, state } = setUp();
  await warmUp();
  tell(frameOf(0));
  give(1, asked[0]![1]);
  state.fails = true;
  await expect(answer(1)).resolves.toBeUndefined();
  state.fails = false;
  tell(frameOf(2));
  expect(asked).toHaveLength(2);
});

test('switched off, or where pixels are not square, nothing is asked; a window that comes all the same goes back', async () => {
  const { asked, give, tell, warmUp, state, released } = setUp();
  await warmUp();
  tell({ ...frameOf(0), content: { x: 0, y: 52, width: 416, height: 312 } });
  state.mode = false;
  tell(frameOf(1));
  expect(asked).toEqual([]);
  const { pixels } = give(2, { x: 0, y: 0, ...INPUT });
  expect(released).toEqual([pixels]);
});

test('a picture that is stretched into the input is looked at in its own shape', async () => {
  const { asked, tell, warmUp } = setUp({ input: { ...INPUT, resize: { kind: 'stretch' } } });
  await warmUp();
  tell({ ...frameOf(0), content: { x: 0, y: 0, ...INPUT } });
  expect(asked.map(([, { width, height }]) => [width, height])).toEqual([[416, 416]]);
});

test('only true searches where nothing is known to be', async () => {
  for (const [mode, count] of [
    ['auto', 0],
    [true, 1],
  ] as const) {
    const { asked, tell, warmUp } = setUp({ mode });
    await warmUp();
    tell(frameOf(0), []);
    expect(asked).toHaveLength(count);
  }
});
