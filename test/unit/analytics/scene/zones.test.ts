// Objects that walk through zones -> who enters, leaves and loiters when.

import { test } from 'vitest';
import { check, type Row, zone } from './frames.js';

// The right half of the picture.
const half = '0.5,0 1,0 1,1 0.5,1';
const LEFT = '0.3,0.5';
const RIGHT = '0.7,0.5';

const zones: Row[] = [
  [
    'in and out',
    { zones: { yard: zone(half) } },
    [
      [0, { 1: LEFT }],
      [100, { 1: RIGHT }],
      [200, { 1: RIGHT }],
      [300, { 1: LEFT }],
      [400, {}],
    ],
    [
      '0 #1 start person []',
      '100 #1 enter yard',
      '300 #1 leave yard after 100',
      '400 #1 end person after 300, was in [yard]',
    ],
  ],
  [
    'the edge belongs to it',
    { zones: { yard: zone(half) } },
    [
      [0, { 1: '0.499,0.5' }],
      [100, { 1: '0.5,0.5' }],
      [200, { 1: '0.499,0.5' }],
    ],
    ['0 #1 start person []', '100 #1 enter yard', '200 #1 leave yard after 0'],
  ],
  [
    'a box over the edge of the picture stands at it',
    { zones: { yard: zone(half) } },
    [[0, { 1: '1.1,1.2' }]],
    ['0 #1 start person []', '0 #1 enter yard'],
  ],
  [
    'inertia: shorter visits and absences are none; times are from the first and to the last within',
    { zones: { yard: zone(half, { inertiaSeconds: 0.5 }) } },
    [
      [0, { 1: RIGHT }],
      [400, { 1: LEFT }],
      [500, { 1: RIGHT }],
      [999, { 1: RIGHT }],
      [1000, { 1: RIGHT }],
      [1200, { 1: LEFT }],
      [1600, { 1: RIGHT }],
      [1700, { 1: LEFT }],
      [2199, { 1: LEFT }],
      [2200, { 1: LEFT }],
    ],
    [
      '0 #1 start person []',
      '1000 #1 enter yard',
      '1000 #1 update person [yard]',
      '2200 #1 leave yard after 1100',
      '2200 #1 update person []',
    ],
  ],
  [
    'what is not seen stays where it was last seen',
    { zones: { yard: zone(half, { inertiaSeconds: 0.5 }) }, updateSeconds: 60 },
    [
      [0, { 1: RIGHT }],
      [600, { 1: RIGHT }],
      [700, { 1: `${LEFT} unseen` }],
      [1900, { 1: `${LEFT} unseen` }],
      [2000, {}],
    ],
    [
      '0 #1 start person []',
      '600 #1 enter yard',
      '2000 #1 leave yard after 600',
      '2000 #1 end person after 600, was in [yard]',
    ],
  ],
  [
    'not seen for a while, it enters with the first frame after that has it inside for long enough',
    { zones: { yard: zone(half, { inertiaSeconds: 0.5 }) } },
    [
      [0, { 1: RIGHT }],
      [100, { 1: `${LEFT} unseen` }],
      [600, { 1: RIGHT }],
    ],
    ['0 #1 start person []', '600 #1 enter yard'],
  ],
  [
    'loitering is told once a visit',
    { zones: { yard: zone(half, { loiteringSeconds: 2 }) }, updateSeconds: 60 },
    [
      [0, { 1: RIGHT }],
      [1900, { 1: RIGHT }],
      [2000, { 1: RIGHT }],
      [5000, { 1: RIGHT }],
      [6000, { 1: LEFT }],
      [7000, { 1: RIGHT }],
      [9500, { 1: RIGHT }],
    ],
    [
      '0 #1 start person []',
      '0 #1 enter yard',
      '2000 #1 loiter yard after 2000',
      '6000 #1 leave yard after 5000',
      '7000 #1 enter yard',
      '9500 #1 loiter yard after 2500',
    ],
  ],
  [
    'other labels are not asked in, and a label that changes leaves',
    { zones: { yard: zone(half, { labels: ['cat', 'dog'] }) }, updateSeconds: 60 },
    [
      [0, { 1: `cat ${RIGHT}`, 2: RIGHT }],
      [100, { 1: `dog ${RIGHT}`, 2: RIGHT }],
      [200, { 1: RIGHT, 2: `dog ${RIGHT}` }],
    ],
    [
      '0 #1 start cat []',
      '0 #1 enter yard',
      '0 #2 start person []',
      '200 #1 leave yard after 100',
      '200 #2 enter yard',
    ],
  ],
  [
    'score and size: once reached, they keep nobody inside from staying',
    { zones: { yard: zone(half, { minScore: 0.6, minArea: 0.01, maxArea: 0.04 }) }, updateSeconds: 60 },
    [
      [0, { 1: `${RIGHT} 0.5 100x100` }],
      [100, { 1: `${RIGHT} 0.7 10x10` }],
      [200, { 1: `${RIGHT} 0.5 300x300` }],
      [300, { 1: `${RIGHT} 0.5 100x100` }],
      [400, { 1: `${RIGHT} 0.1 10x10` }],
    ],
    ['0 #1 start person []', '300 #1 enter yard'],
  ],
  ...(['bottom', 'centre', 'top'] as const).map(
    (anchor, i): Row => [
      `the anchor: ${anchor}`,
      { zones: { strip: zone('0,0.39 1,0.39 1,0.41 0,0.41', { anchor }) }, updateSeconds: 60 },
      // 100 pixels are a fifth of the height.
      [
        [0, { 1: '0.5,0.4 50x100' }],
        [100, { 1: '0.5,0.5 50x100' }],
        [200, { 1: '0.5,0.6 50x100' }],
        [300, { 1: '0.5,0.9' }],
      ],
      ['0 #1 start person []', `${100 * i} #1 enter strip`, `${100 * (i + 1)} #1 leave strip after 0`],
    ],
  ),
];

test.each(zones)('%s', check);
