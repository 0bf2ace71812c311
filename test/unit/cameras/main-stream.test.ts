// Pictures that are wanted of a main stream -> when it is opened, and what is told of it. Captures and clock are fakes.

import { expect, test } from 'vitest';
import { MainStream, type MainStreamState } from '../../../agent/cameras/main-stream.js';
import { Camera } from '../../../pipelines/capture/camera.js';
import type { Failure } from '../../../pipelines/failure.js';
import type { Frame, InputSize, Size } from '../../../pipelines/frame.js';
import { FramePool } from '../../../pipelines/frame-pool.js';
import { FakeCapture, FakeClock, recordOf, settled } from '../../support/fake-capture.js';
import { collectGarbage } from '../../support/memory.js';

const MINUTE = 60_000;
const HD: Size = { width: 1920, height: 1080 };

function setUp() {
  const captures: FakeCapture[] = [];
  const sizes: InputSize[] = [];
  const states: MainStreamState[] = [];
  const clock = new FakeClock();
  const main = new MainStream({
    uri: 'rtsp://joe:se3cret@camera/main',
    make: (opening) => {
      sizes.push(opening.inputSize);
      return new Camera({
        id: 'door',
        uri: 'rtsp://camera/main',
        pool: new FramePool(0),
        capture: async (handlers) => {
          captures.push(new FakeCapture(handlers, captures.length));
          return captures.at(-1)!;
        },
        ...opening,
        clock,
      });
    },
    onState: (state) => states.push(state),
    clock,
    random: () => 1,
  });
  const give = async (sourceSize: Size, content: Size = sourceSize) => {
    await settled();
    captures.at(-1)!.give({ ...recordOf(0), sourceSize, content: { x: 0, y: 0, ...content } });
    await settled();
  };
  const fail = async (failure: Failure) => {
    await settled();
    captures.at(-1)!.end({ reason: 'failure', failure, message: 'said the camera' });
  };
  return { main, captures, sizes, states, clock, give, fail };
}

test('nothing is opened before a picture is wanted, and nothing is open after it', async () => {
  const { main, captures, states, give } = setUp();
  await settled();
  expect(captures).toHaveLength(0);
  const pictures = [main.picture(), main.picture()];
  await give(HD);
  const [one, other] = await Promise.all(pictures);
  expect(one).toBe(other);
  expect(one!.sourceSize).toEqual(HD);
  expect(captures.map(({ closed }) => closed)).toEqual([true]);
  expect(states).toEqual([{ sourceSize: HD }]);
});

test('a picture that was taken is held by nothing', async () => {
  const { main, captures, give } = setUp();
  const take = async () => {
    const picture = main.picture();
    await give(HD);
    return new WeakRef(await picture);
  };
  const taken: WeakRef<Frame>[] = [];
  for (let i = 0; i < 5; i++) taken.push(await take());
  captures.length = 0;
  await settled();
  collectGarbage();
  // The last one may still be on the stack.
  expect(taken.slice(0, -1).filter((picture) => picture.deref() !== undefined)).toEqual([]);
});

test.each<[name: string, source: Size, input: Size, content: Size, picture: Size]>([
  [
    'of another size',
    { width: 2688, height: 1520 },
    { width: 2688, height: 1520 },
    { width: 2688, height: 1520 },
    { width: 2688, height: 1520 },
  ],
  [
    'with rows that are padded',
    { width: 642, height: 360 },
    { width: 644, height: 360 },
    { width: 642, height: 360 },
    { width: 642, height: 360 },
  ],
  [
    'that is too large',
    { width: 7680, height: 4320 },
    { width: 3840, height: 2160 },
    { width: 3840, height: 2160 },
    { width: 3840, height: 2160 },
  ],
])('a stream %s is opened again at its size, once', async (_, source, input, content, picture) => {
  const { main, sizes, give } = setUp();
  const first = main.picture();
  await give(source, { width: 1920, height: 1080 });
  await give(source, content);
  expect((await first).sourceSize).toEqual(picture);
  const second = main.picture();
  await give(source, content);
  await second;
  expect(sizes).toEqual([HD, input, input]);
});

test('a refused login is not tried again before its time, however often a picture is wanted', async () => {
  const { main, captures, states, clock, fail, give } = setUp();
  const refused = async (line: string) => {
    const told = expect(main.picture()).rejects.toThrow(line);
    await fail('unauthorized');
    await told;
  };
  await refused(
    'expected a user name and password that the camera accepts for rtsp://***@camera/main, received said the camera',
  );
  for (let asked = 0; asked < 100; asked++) await expect(main.picture()).rejects.toThrow('user name');
  await clock.advance(19 * MINUTE);
  await expect(main.picture()).rejects.toThrow('user name');
  expect(captures).toHaveLength(1);
  const [told] = states;
  expect(told).toEqual({ failure: 'unauthorized', message: 'said the camera', retryInMs: 20 * MINUTE });

  await clock.advance(2 * MINUTE);
  await refused('user name');
  expect(states.at(-1)).toMatchObject({ retryInMs: 30 * MINUTE });

  // Somebody has mended it and asked.
  main.forgetFailures();
  const mended = main.picture();
  await give(HD);
  await mended;
  expect(states.at(-1)).toEqual({ sourceSize: HD });
});

test('close ends a picture that is being taken; later ones are taken again', async () => {
  const { main, captures, give } = setUp();
  const first = main.picture();
  const told = expect(first).rejects.toThrow('received the end of the camera');
  await settled();
  await main.close();
  await told;
  expect(captures.map(({ closed }) => closed)).toEqual([true]);
  const second = main.picture();
  await give(HD);
  await second;
  await main.close();
  await main.close();
});
