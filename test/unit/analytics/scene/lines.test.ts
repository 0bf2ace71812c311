// Objects that walk over lines -> who crosses when and which way.

import { test } from 'vitest';
import { check, line, type Row } from './frames.js';

// Down the middle of the picture: to the right of it is the left half.
const middle = '0.5,0 0.5,1';
const LEFT = '0.3,0.5';
const RIGHT = '0.7,0.5';

const lines: Row[] = [
  [
    'out to the right of the picture, in to the left, as the line points down',
    { lines: { gate: line(middle) } },
    [
      [0, { 1: LEFT }],
      [100, { 1: RIGHT }],
      [200, { 1: LEFT }],
      [300, { 1: RIGHT }],
    ],
    ['0 #1 start person []', '100 #1 out gate', '200 #1 in gate', '300 #1 out gate'],
  ],
  [
    'counted once it is a tenth of its size away: 5 pixels, 0.005 of the width',
    { lines: { gate: line(middle) } },
    [
      [0, { 1: LEFT }],
      [100, { 1: '0.504,0.5' }],
      [200, { 1: '0.496,0.5' }],
      [300, { 1: '0.5049,0.5' }],
      [400, { 1: '0.5051,0.5' }],
      [500, { 1: '0.4951,0.5' }],
      [600, { 1: '0.5051,0.5' }],
    ],
    ['0 #1 start person []', '400 #1 out gate'],
  ],
  [
    'the height counts as the width does: 5 pixels are 0.01 of it',
    { lines: { gate: line('0,0.5 1,0.5') } },
    [
      [0, { 1: '0.5,0.4' }],
      [100, { 1: '0.5,0.509' }],
      [200, { 1: '0.5,0.511' }],
    ],
    ['0 #1 start person []', '200 #1 in gate'],
  ],
  [
    'begun on the line',
    { lines: { gate: line(middle) } },
    [
      [0, { 1: '0.499,0.5', 2: '0.499,0.5' }],
      [100, { 1: RIGHT, 2: LEFT }],
    ],
    ['0 #1 start person []', '0 #2 start person []', '100 #1 out gate'],
  ],
  [
    'round the end and over it again in the same direction: once; then back',
    { lines: { gate: line('0.5,0.4 0.5,1') } },
    [
      [0, { 1: LEFT }],
      [100, { 1: RIGHT }],
      [200, { 1: '0.7,0.2' }],
      [300, { 1: '0.3,0.2' }],
      [400, { 1: LEFT }],
      [500, { 1: RIGHT }],
      [600, { 1: LEFT }],
    ],
    ['0 #1 start person []', '100 #1 out gate', '600 #1 in gate'],
  ],
  [
    'over while it was not seen; where it was expected does not matter',
    { lines: { gate: line(middle) } },
    [
      [0, { 1: LEFT }],
      [100, { 1: `${RIGHT} unseen` }],
      [200, { 1: LEFT }],
      [300, { 1: `${LEFT} unseen` }],
      [400, { 1: RIGHT }],
    ],
    ['0 #1 start person []', '400 #1 out gate'],
  ],
  [
    'a corner: over both parts is over none, near the corner too',
    { lines: { gate: line('0.2,0.5 0.5,0.5 0.5,1') } },
    [
      [0, { 1: '0.3,0.3' }],
      [100, { 1: '0.49,0.6' }],
      [200, { 1: '0.503,0.51' }],
      [300, { 1: '0.6,0.4' }],
      [400, { 1: '0.3,0.8' }],
    ],
    ['0 #1 start person []', '100 #1 in gate', '300 #1 out gate', '400 #1 in gate'],
  ],
  [
    'gone close behind it, as through a door, and gone close before it',
    { lines: { door: line(middle) } },
    [
      [0, { 1: LEFT, 2: LEFT }],
      [100, { 1: '0.501,0.5', 2: '0.499,0.5' }],
      [200, {}],
    ],
    [
      '0 #1 start person []',
      '0 #2 start person []',
      '200 #1 out door',
      '200 #1 end person after 100, was in []',
      '200 #2 end person after 100, was in []',
    ],
  ],
  [
    'only who is wanted',
    { lines: { gate: line(middle, { labels: ['cat'], minScore: 0.5, minArea: 0.01, maxArea: 0.04 }) } },
    [
      [
        0,
        {
          1: LEFT,
          2: `cat 0.4 100x100 ${LEFT}`,
          3: `cat ${LEFT}`,
          4: `cat 0.6 100x100 ${LEFT}`,
          5: `cat 300x300 ${LEFT}`,
        },
      ],
      [
        100,
        {
          1: RIGHT,
          2: `cat 0.4 100x100 ${RIGHT}`,
          3: `cat ${RIGHT}`,
          4: `cat 0.3 100x100 ${RIGHT}`,
          5: `cat 300x300 ${RIGHT}`,
        },
      ],
    ],
    ['0 #1 start person []', ...[2, 3, 4, 5].map((id) => `0 #${id} start cat []`), '100 #4 out gate'],
  ],
];

test.each(lines)('%s', check);
