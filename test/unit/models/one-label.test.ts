// Boxes of several labels -> which are second labels of one object.

import { describe, expect, test } from 'vitest';
import { oneLabelEach } from '../../../models/decode/one-label.js';
import type { Box } from '../../../models/detection.js';

const labels = ['person', 'car', 'truck', 'cat', 'dog'];
const found = (label: string, score: number, box: Box) => ({
  ...{ label, classIndex: labels.indexOf(label), score, box },
});
const groups = [
  ['car', 'van', 'truck'],
  ['cat', 'dog'],
];
/** Of 100 x 100 pixels, that far to the right: their overlap (IoU) is (100 - x) / (100 + x). */
const moved = (x: number): Box => [x, 0, x + 100, 100];

describe('one label each', () => {
  test.each<[string, ReturnType<typeof found>[], readonly (readonly string[])[], string[]]>([
    [
      'a van as car and as truck',
      [found('car', 0.8, moved(0)), found('truck', 0.5, moved(3))],
      groups,
      ['car'],
    ],
    ['likelier a truck', [found('truck', 0.6, moved(0)), found('car', 0.5, moved(0))], groups, ['truck']],
    [
      'a second group',
      [found('dog', 0.8, moved(0)), found('car', 0.7, moved(0)), found('cat', 0.6, moved(0))],
      groups,
      ['dog', 'car'],
    ],
    [
      'a person in a car is no second label',
      [found('car', 0.8, moved(0)), found('person', 0.5, moved(0))],
      groups,
      ['car', 'person'],
    ],
    ['IoU 0.613', [found('car', 0.8, moved(0)), found('truck', 0.5, moved(24))], groups, ['car']],
    ['IoU 0.587', [found('car', 0.8, moved(0)), found('truck', 0.5, moved(26))], groups, ['car', 'truck']],
    [
      // Suppression within a class is another step, with a bound of its own.
      'two of one label',
      [found('car', 0.8, moved(0)), found('car', 0.5, moved(10))],
      groups,
      ['car', 'car'],
    ],
    [
      // Only a box that was kept takes others out: the third is beside the first.
      'a chain',
      [found('car', 0.8, moved(0)), found('truck', 0.7, moved(20)), found('van', 0.6, moved(40))],
      groups,
      ['car', 'van'],
    ],
    ['no groups', [found('car', 0.8, moved(0)), found('truck', 0.5, moved(0))], [], ['car', 'truck']],
    ['nothing', [], groups, []],
  ])('%s', (_what, boxes, together, kept) => {
    expect(oneLabelEach(boxes, together).map(({ label }) => label)).toEqual(kept);
  });
});
