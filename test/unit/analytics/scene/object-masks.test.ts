// Detections and object masks -> which are passed over.

import { expect, test } from 'vitest';
import { isMasked } from '../../../../agent/analytics/scene/object-masks.js';
import type { Box } from '../../../../models/detection.js';

const SIZE = { width: 200, height: 100 };
const road = {
  points: [
    [0, 0.5],
    [0.5, 0.5],
    [0.5, 1],
    [0, 1],
  ],
  labels: ['car', 'bus'],
} as const;
const corner = {
  points: [
    [0.9, 0.9],
    [1, 0.9],
    [1, 1],
  ],
} as const;

test.each<[string, string, Box, boolean]>([
  ['the middle of its bottom edge is inside', 'car', [20, 0, 60, 80], true],
  ['its box is inside, of another label', 'person', [20, 60, 60, 80], false],
  ['its box begins inside and stands beyond', 'car', [80, 60, 140, 80], false],
  ['it hangs above', 'car', [20, 0, 60, 40], false],
  ['on the edge', 'bus', [80, 20, 120, 60], true],
  ['it reaches over the edge of the picture', 'car', [20, 60, 60, 130], true],
  ['any label in the other mask', 'person', [190, 50, 200, 95], true],
])('%s', (_, label, box, masked) => {
  expect(isMasked([road, corner], { label, box }, SIZE)).toBe(masked);
});

test('without masks nothing is passed over', () => {
  expect(isMasked([], { label: 'car', box: [0, 0, 10, 10] }, SIZE)).toBe(false);
});
