// Text of a pipe, cut anywhere -> its lines; requests for pictures -> each answer to whoever asked.

import { describe, expect, test } from 'vitest';
import { Camera } from '../../../pipelines/capture/camera.js';
import type { PictureRecord } from '../../../pipelines/capture/record-kinds.js';
import { Lines, type PictureRequest, requestLine } from '../../../pipelines/capture/requests.js';
import { FramePool } from '../../../pipelines/frame-pool.js';
import { FakeCapture, FakeClock, settled } from '../../support/fake-capture.js';

test.each([1, 2, 7, 1000])('lines in pieces of %d characters', (length) => {
  const request: PictureRequest = { kind: 'picture', id: 1, parts: [{ quality: 80 }] };
  const text = requestLine(request) + requestLine({ ...request, sequence: 4 });
  const lines: unknown[] = [];
  const reader = new Lines((line) => lines.push(JSON.parse(line)));
  for (let at = 0; at < text.length; at += length) reader.push(text.slice(at, at + length));
  expect(lines).toEqual([request, { ...request, sequence: 4 }]);
});

describe('pictures of a camera', () => {
  const parts = [{ quality: 80 }, { quality: 80 }];
  const record = (id: number, partBytes: readonly number[]): PictureRecord => ({
    kind: 'picture',
    id,
    partBytes,
    sourceSize: { width: 640, height: 480 },
    capturedAtMs: 5,
  });

  async function setUp({ keepPictures = true } = {}) {
    const clock = new FakeClock();
    const captures: FakeCapture[] = [];
    const camera = new Camera({
      id: 'door',
      uri: 'rtsp://camera/',
      inputSize: { width: 4, height: 4 },
      pool: new FramePool(),
      keepPictures,
      onFrame: () => {},
      onStatus: () => {},
      clock,
      knock: () => () => {},
      capture: async (handlers) => {
        const capture = new FakeCapture(handlers, captures.length + 1);
        captures.push(capture);
        return capture;
      },
    });
    camera.start();
    await settled();
    return { camera, captures, clock };
  }

  test('each answer goes to who asked, in parts', async () => {
    const { camera, captures } = await setUp();
    const [one, two] = [camera.picture({ sequence: 3, parts }), camera.picture({ parts })];
    await settled();
    const [capture] = captures;
    expect(capture!.asked).toEqual([
      { kind: 'picture', id: 1, sequence: 3, parts },
      { kind: 'picture', id: 2, parts },
    ]);
    capture!.answer(record(2, [3, 2]), Buffer.from('twoof'));
    capture!.answer(record(1, []), Buffer.alloc(0));
    expect((await two)?.jpegs.map(String)).toEqual(['two', 'of']);
    expect(await one).toBeUndefined();
    // Nobody waits for it.
    capture!.answer(record(2, [1]), Buffer.from('x'));
  });

  test('a capture that ends, a camera that is closed and an answer that is late give none', async () => {
    const { camera, captures, clock } = await setUp();
    const ended = camera.picture({ parts });
    await settled();
    captures[0]!.end({ reason: 'failure', failure: 'crashed', message: 'gone' });
    expect(await ended).toBeUndefined();
    expect(await camera.picture({ parts })).toBeUndefined();
    clock.advance(60_000);
    await settled();
    const late = camera.picture({ parts });
    await settled();
    clock.advance(5000);
    expect(await late).toBeUndefined();
    const open = camera.picture({ parts });
    await settled();
    await camera.close();
    expect(await open).toBeUndefined();
    expect(await camera.picture({ parts })).toBeUndefined();
  });

  test('numbers are those of the capture that runs; it does not have the frames of the one before', async () => {
    const { camera, captures, clock } = await setUp();
    captures[0]!.frame(9);
    captures[0]!.end({ reason: 'failure', failure: 'crashed', message: 'gone' });
    clock.advance(60_000);
    await settled();
    expect(await camera.picture({ sequence: 9, parts })).toBeUndefined();
    void camera.picture({ sequence: 12, parts });
    await settled();
    expect(captures.at(-1)!.asked).toMatchObject([{ sequence: 2 }]);
    await camera.close();
  });

  test('one that keeps none is not asked', async () => {
    const { camera, captures } = await setUp({ keepPictures: false });
    expect(await camera.picture({ parts })).toBeUndefined();
    expect(captures[0]!.asked).toEqual([]);
    await camera.close();
  });
});
