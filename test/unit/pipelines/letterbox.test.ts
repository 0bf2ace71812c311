// Source size and pixel shape -> content rectangle; GStreamer's scaler is asked in test/e2e/pipelines/letterbox.

import { expect, test } from 'vitest';
import { letterbox, paddingOf, placeContent } from '../../../pipelines/letterbox.js';

test.each([
  ['wide', [1280, 720], [416, 416], [1, 1], [0, 91, 416, 234]],
  ['tall', [720, 1280], [416, 416], [1, 1], [91, 0, 234, 416]],
  ['same shape', [640, 640], [416, 416], [1, 1], [0, 0, 416, 416]],
  ['smaller than the input', [104, 52], [416, 416], [1, 1], [0, 104, 416, 208]],
  ['sizes round down, the odd border is below', [1000, 333], [416, 416], [1, 1], [0, 139, 416, 138]],
  ['into a wide input', [640, 480], [512, 288], [1, 1], [64, 0, 384, 288]],
  ['PAL, 16:9', [720, 576], [416, 416], [64, 45], [0, 91, 416, 234]],
  ['tall pixels', [640, 480], [416, 416], [1, 2], [69, 0, 277, 416]],
  ['one pixel', [1, 1], [416, 416], [1, 1], [0, 0, 416, 416]],
  ['one row', [4000, 1], [416, 416], [1, 1], [0, 208, 416, 1]],
  ['one column', [1, 4000], [416, 416], [1, 1], [208, 0, 1, 416]],
] as const)('%s', (_, source, input, pixel, [x, y, width, height]) => {
  const rect = letterbox(size(source), size(input), { numerator: pixel[0], denominator: pixel[1] });
  expect(rect).toEqual({ x, y, width, height });
});

test.each([
  ['by default centred, on black', undefined, [1280, 720], [0, 91, 416, 234], 0],
  ['centred', { kind: 'letterbox', align: 'centre', padding: 114 }, [720, 1280], [91, 0, 234, 416], 114],
  [
    'at the top, wide',
    { kind: 'letterbox', align: 'top-left', padding: 114 },
    [1280, 720],
    [0, 0, 416, 234],
    114,
  ],
  [
    'at the left, tall',
    { kind: 'letterbox', align: 'top-left', padding: 0 },
    [720, 1280],
    [0, 0, 234, 416],
    0,
  ],
  ['stretched, whatever its shape', { kind: 'stretch' }, [720, 1280], [0, 0, 416, 416], 0],
] as const)('%s', (_, resize, source, [x, y, width, height], padding) => {
  const input = { ...size([416, 416]), ...(resize && { resize }) };
  expect(placeContent(size(source), input)).toEqual({ x, y, width, height });
  expect(paddingOf(input)).toBe(padding);
});

function size([width, height]: readonly [number, number]) {
  return { width, height };
}
