// Where objects are, frame by frame -> the events, in order.

import { expect, test } from 'vitest';
import { check, type Row, scene, zone } from './frames.js';

const half = '0.5,0 1,0 1,1 0.5,1';
const LEFT = '0.3,0.5';
const RIGHT = '0.7,0.5';

const tracks: Row[] = [
  [
    'comes and goes',
    {},
    [
      [0, {}],
      [100, { 1: LEFT }],
      [200, { 1: LEFT }],
      [300, {}],
    ],
    ['100 #1 start person []', '300 #1 end person after 100, was in []'],
  ],
  [
    'its time ends when it was last seen',
    {},
    [
      [0, { 1: LEFT }],
      [100, { 1: LEFT }],
      [200, { 1: `${LEFT} unseen` }],
      [900, {}],
    ],
    ['0 #1 start person []', '900 #1 end person after 100, was in []'],
  ],
  [
    'two at once, one after the other',
    {},
    [
      [0, { 1: LEFT, 2: `car ${RIGHT}` }],
      [100, { 2: `car ${RIGHT}` }],
      [200, {}],
    ],
    [
      '0 #1 start person []',
      '0 #2 start car []',
      '100 #1 end person after 0, was in []',
      '200 #2 end car after 100, was in []',
    ],
  ],
  [
    'a label that changes is told at most once a second, as it is then',
    {},
    [
      [0, { 1: `cat ${LEFT}` }],
      [400, { 1: `dog ${LEFT}` }],
      [999, { 1: `dog ${LEFT}` }],
      [1000, { 1: `dog ${LEFT}` }],
      [1100, { 1: `fox ${LEFT}` }],
      [1200, { 1: `cow ${LEFT}` }],
      [2500, { 1: `cow ${LEFT} unseen` }],
      [2600, {}],
    ],
    [
      '0 #1 start cat []',
      '1000 #1 update dog []',
      '2500 #1 update cow []',
      '2600 #1 end cow after 1200, was in []',
    ],
  ],
  [
    'a label that changes back is not told',
    {},
    [
      [0, { 1: `cat ${LEFT}` }],
      [100, { 1: `dog ${LEFT}` }],
      [200, { 1: `cat ${LEFT}` }],
      [1500, { 1: `cat ${LEFT}` }],
    ],
    ['0 #1 start cat []'],
  ],
  [
    'zones are told with the next update',
    { zones: { b: zone(half), a: zone('0,0 1,0 1,1 0,1') }, updateSeconds: 0.5 },
    [
      [0, { 1: RIGHT }],
      [100, { 1: RIGHT }],
      [500, { 1: RIGHT }],
      [1000, { 1: LEFT }],
    ],
    [
      '0 #1 start person []',
      '0 #1 enter b',
      '0 #1 enter a',
      '500 #1 update person [b,a]',
      '1000 #1 leave b after 500',
      '1000 #1 update person [a]',
    ],
  ],
  [
    'an id that comes again is a new object',
    {},
    [
      [0, { 1: LEFT }],
      [100, {}],
      [200, { 1: LEFT }],
    ],
    ['0 #1 start person []', '100 #1 end person after 0, was in []', '200 #1 start person []'],
  ],
];

const resting: Row[] = [
  [
    'stays for ten seconds, then goes',
    { stationarySeconds: 10 },
    [
      [0, { 1: '0.3,0.5' }],
      [5000, { 1: '0.309,0.5' }],
      [9999, { 1: '0.3,0.5' }],
      [10_000, { 1: '0.3,0.51' }],
      // 15 pixels are less than two fifths of 50, and once is not for half a second.
      [11_000, { 1: '0.315,0.5' }],
      [12_000, { 1: '0.5,0.5' }],
      [12_100, { 1: '0.3,0.5' }],
      [13_000, { 1: '0.33,0.5' }],
      [13_400, { 1: '0.35,0.5' }],
      [13_500, { 1: '0.37,0.5' }],
      [14_000, { 1: '0.39,0.5' }],
    ],
    ['0 #1 start person []', '10000 #1 update person [] stationary', '13500 #1 update person []'],
  ],
  [
    'too slow to see within a frame, yet not at rest',
    { stationarySeconds: 10 },
    Array.from({ length: 60 }, (_, i) => [1000 * i, { 1: `${0.3 + 0.003 * i},0.5` }] as const),
    ['0 #1 start person []'],
  ],
  [
    'gone while at rest',
    { stationarySeconds: 1, zones: { yard: zone(half) } },
    [
      [0, { 1: RIGHT }],
      [1000, { 1: RIGHT }],
      [2000, {}],
    ],
    [
      '0 #1 start person []',
      '0 #1 enter yard',
      '1000 #1 update person [yard] stationary',
      '2000 #1 leave yard after 1000',
      '2000 #1 end person after 1000, was in [yard] stationary',
    ],
  ],
];

const lost: Row[] = [
  [
    'all leave, all end, once; what comes after is new',
    { zones: { yard: zone(half), all: zone('0,0 1,0 1,1 0,1') } },
    [[0, { 1: RIGHT, 2: LEFT }], [100], [200], [300, { 1: RIGHT }]],
    [
      '0 #1 start person []',
      '0 #1 enter yard',
      '0 #1 enter all',
      '0 #2 start person []',
      '0 #2 enter all',
      '100 #1 leave yard after 0',
      '100 #1 leave all after 0',
      '100 #1 end person after 0, was in [yard,all]',
      '100 #2 leave all after 0',
      '100 #2 end person after 0, was in [all]',
      '300 #1 start person []',
      '300 #1 enter yard',
      '300 #1 enter all',
    ],
  ],
];

test.each(tracks)('track: %s', check);
test.each(resting)('stationary: %s', check);
test.each(lost)('lost camera: %s', check);

test('an event says all that was known of the object', () => {
  const { events } = scene({ zones: { yard: zone(half) } }).update(
    {
      tracks: [
        {
          id: 7,
          label: 'cat',
          score: 0.5,
          bestScore: 0.5,
          sourceBox: [600, 100, 700, 200],
          seen: true,
          firstSeenMs: 40,
          lastSeenMs: 90,
        },
      ],
      ended: [],
    },
    { width: 1000, height: 500 },
    90,
  );
  const facts = {
    atMs: 90,
    trackId: 7,
    label: 'cat',
    score: 0.5,
    bestScore: 0.5,
    sourceBox: [600, 100, 700, 200],
    stationary: false,
    firstSeenMs: 40,
    lastSeenMs: 90,
  };
  expect(JSON.parse(JSON.stringify(events))).toEqual([
    { ...facts, kind: 'track', event: 'start', zones: [] },
    { ...facts, kind: 'zone', event: 'enter', zone: 'yard', zones: ['yard'] },
  ]);
});
