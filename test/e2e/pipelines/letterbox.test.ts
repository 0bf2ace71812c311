// A white picture of every shape through GStreamer's scaler -> white exactly where the frame says the content is, and the
// border as the input wants it around.

import { expect, test } from 'vitest';
import type { Frame, Resize } from '../../../pipelines/frame.js';
import { paddingOf, placeContent } from '../../../pipelines/letterbox.js';
import { openSource } from '../../../pipelines/open.js';
import { borderLevels, rgbAt } from '../../support/pixels.js';
import { readFrames } from '../../support/reading.js';

const FRAMES = 3;

test.each([
  ['1280x720', '1/1', '416x416'],
  ['1920x1080', '1/1', '416x416'],
  ['640x480', '1/1', '320x320'],
  ['720x1280', '1/1', '416x416'],
  ['1000x333', '1/1', '416x416'],
  ['999x667', '1/1', '416x416'],
  ['321x123', '1/1', '512x288'],
  ['123x321', '1/1', '512x288'],
  ['64x64', '1/1', '416x416'],
  ['720x576', '64/45', '416x416'],
  ['720x480', '8/9', '416x320'],
  ['640x480', '1/2', '416x416'],
  ['640x360', '1/1', '640x360'],
  ['16x2000', '1/1', '416x416'],
  ['2000x16', '1/1', '416x416'],
  ['1x1', '1/1', '416x416'],
])('%s with pixels of %s in %s', (source, pixel, input) => expectFilled(source, pixel, input));

const grey = 114;
const resizes: readonly Resize[] = [
  { kind: 'letterbox', align: 'centre', padding: grey },
  { kind: 'letterbox', align: 'top-left', padding: grey },
  { kind: 'stretch' },
];

test.each(
  resizes.flatMap((resize) =>
    [
      ['1280x720', '1/1', '416x416'],
      ['720x1280', '1/1', '416x416'],
      ['999x667', '1/1', '416x416'],
      // 277 columns, which GStreamer pads to 280.
      ['427x640', '1/1', '416x416'],
      // 414 columns, whose padded rows are as long as those of the input.
      ['1000x1004', '1/1', '416x416'],
      ['720x576', '64/45', '416x416'],
      ['16x2000', '1/1', '416x416'],
      ['2000x16', '1/1', '416x416'],
      ['416x416', '1/1', '416x416'],
    ].map(([source, pixel, input]) => ({ source, pixel, input, resize })),
  ),
)('$source with pixels of $pixel in $input: $resize', ({ source, pixel, input, resize }) =>
  expectFilled(source!, pixel!, input!, resize),
);

async function expectFilled(source: string, pixel: string, input: string, resize?: Resize): Promise<void> {
  const [width, height] = source.split('x').map(Number) as [number, number];
  const [inputWidth, inputHeight] = input.split('x').map(Number) as [number, number];
  const uri =
    `gst:videotestsrc pattern=white num-buffers=${FRAMES} ! video/x-raw,format=RGB,width=${width},height=${height},` +
    `pixel-aspect-ratio=${pixel}`;
  const inputSize = { width: inputWidth, height: inputHeight, ...(resize && { resize }) };
  // The first is scaled before the size of the source is known, the others after.
  const frames = await readFrames(openSource(uri, { inputSize }));
  expect(frames).toHaveLength(FRAMES);
  for (const frame of frames) {
    expect(frame.sourceSize).toEqual({ width, height });
    expect(frame.content).toEqual(placeContent({ width, height }, inputSize, pixelOf(pixel)));
    expect(whiteRectangle(frame)).toEqual(frame.content);
    const hasBorder = frame.content.width < inputWidth || frame.content.height < inputHeight;
    expect(borderLevels(frame)).toEqual(hasBorder ? [paddingOf(inputSize)] : []);
  }
}

function pixelOf(ratio: string) {
  const [numerator, denominator] = ratio.split('/').map(Number) as [number, number];
  return { numerator, denominator };
}

/** @throws where what is white is not one whole rectangle */
function whiteRectangle(frame: Frame) {
  const { width, height } = frame.inputSize;
  const columns = new Set<number>();
  const rows = new Set<number>();
  let count = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const brightness = Math.min(...rgbAt(frame, x, y));
      if (brightness > 250) {
        columns.add(x);
        rows.add(y);
        count += 1;
      }
    }
  }
  expect(count).toBe(columns.size * rows.size);
  return { x: Math.min(...columns), y: Math.min(...rows), width: columns.size, height: rows.size };
}
