// Scaled pictures, and looks at their source that may never come -> frames, and none that would hold up all after it.

import { afterEach, expect, test, vi } from 'vitest';
import { DropCount } from '../../../pipelines/capture/child/drop-count.js';
import { FramePlaces } from '../../../pipelines/capture/child/frame-places.js';
import { FrameTimes } from '../../../pipelines/capture/child/frame-times.js';
import { FramesOut } from '../../../pipelines/capture/child/frames-out.js';
import type { ParentLink } from '../../../pipelines/capture/child/parent-link.js';
import type { CapturePlan } from '../../../pipelines/launch.js';
import { LARGEST_PICTURE } from '../../../pipelines/picture-size.js';

afterEach(() => {
  vi.useRealTimers();
});

const inputSize = { width: 16, height: 16 };
const square = { numerator: 1, denominator: 1 };

/** As gdppay writes it. */
function packet(kind: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(62);
  header.writeUInt16BE(kind, 4);
  header.writeUInt32BE(payload.length, 6);
  return Buffer.concat([header, payload]);
}

function capsOf(mark: number) {
  const text = `video/x-raw, format=(string)GBR, width=(int)16, height=(int)16, pixel-aspect-ratio=(fraction)1/1, mark=(int)${mark}`;
  return { streamheader: [packet(2, Buffer.from(text))] };
}

test('a picture whose source cannot be looked at is left out, and those after it come', () => {
  vi.useFakeTimers();
  const marks = [1, 7, 1];
  const sent: number[] = [];
  const plan: CapturePlan = {
    ...{ launch: '', inputSize, delivery: 'all', live: false, decoderRanks: '', largest: LARGEST_PICTURE },
  };
  const frames: FramesOut = new FramesOut(
    {
      plan,
      sink: {
        pull: (callback) => {
          const mark = marks.shift();
          if (mark !== undefined) callback(packet(1, Buffer.alloc(3 * 256)), capsOf(mark));
        },
      },
      link: {
        hasEnded: false,
        sendFrame: ({ sequence }: { sequence: number }, _: unknown, done: () => void) => {
          sent.push(sequence);
          done();
        },
      } as unknown as ParentLink,
      times: new FrameTimes(false, 0),
      drops: new DropCount({}),
      ...{ motion: undefined, pictures: undefined, windows: undefined },
      // The source is held up, and gives no other picture.
      lookAgain: () => {},
      onStreamEnd: () => {},
    },
    new FramePlaces(inputSize, { ...inputSize, pixel: square, mark: 0 }, { mark: 1, ptsMs: 0 }),
  );
  frames.start();
  expect(sent).toEqual([0]);
  vi.runAllTimers();
  expect(sent).toEqual([0, 2]);
  expect(marks).toEqual([]);
});
