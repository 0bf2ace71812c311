// A white picture of every shape through GStreamer's scaler -> white exactly where the frame says the content is.

import { expect, test } from 'vitest';
import type { Frame } from '../../../pipelines/frame.js';
import { openSource } from '../../../pipelines/open.js';
import { rgbAt } from '../../support/pixels.js';
import { readFrames } from '../../support/reading.js';

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
])('%s with pixels of %s in %s', async (source, pixel, input) => {
  const [width, height] = source.split('x').map(Number) as [number, number];
  const [inputWidth, inputHeight] = input.split('x').map(Number) as [number, number];
  const uri =
    `gst:videotestsrc pattern=white num-buffers=1 ! video/x-raw,format=RGB,width=${width},height=${height},` +
    `pixel-aspect-ratio=${pixel}`;
  const [frame] = await readFrames(
    openSource(uri, { inputSize: { width: inputWidth, height: inputHeight } }),
  );
  expect(frame?.sourceSize).toEqual({ width, height });
  expect(whiteRectangle(frame as Frame)).toEqual(frame?.content);
});

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
      } else expect(brightness, `border at ${x}, ${y}`).toBe(0);
    }
  }
  expect(count).toBe(columns.size * rows.size);
  return { x: Math.min(...columns), y: Math.min(...rows), width: columns.size, height: rows.size };
}
