// True and guessed boxes -> the figures of counting by hand, and of py-motmetrics.

import { describe, expect, test } from 'vitest';
import type { Box } from '../../../../models/detection.js';
import { GreedyTracker } from '../../../support/greedy-tracker.js';
import { type Identified, type MotFrame, type MotMetrics, motMetrics } from '../../../support/mot-metrics.js';
import { oracle } from '../../../support/oracle.js';
import { street } from '../../../support/street.js';
import { noisy } from './conditions.js';

/** Places that do not overlap: a digit is where a box is, its index the id. `.` is absent. */
function at(places: string): Identified[] {
  return [...places].flatMap((place, id): Identified[] => {
    const x = 100 * Number(place);
    return place === '.' ? [] : [{ id, box: [x, 0, x + 50, 50] }];
  });
}

const frames = (...rows: readonly (readonly [truths: string, guesses: string])[]): MotFrame[] =>
  rows.map(([truths, guesses]) => ({ truths: at(truths), guesses: at(guesses) }));

const cases: Readonly<Record<string, [MotFrame[], Partial<MotMetrics>]>> = {
  'all is right': [
    frames(['12', '12'], ['13', '13'], ['14', '14']),
    { mota: 1, idf1: 1, objects: 6, misses: 0, falsePositives: 0, switches: 0, fragmentations: 0 },
  ],
  'the names of guesses do not matter': [
    frames(['12', '21'], ['13', '31']),
    { mota: 1, idf1: 1, switches: 0 },
  ],
  'nothing is guessed': [
    frames(['1', ''], ['1', '']),
    { mota: 0, idf1: 0, misses: 2, falsePositives: 0, fragmentations: 0 },
  ],
  'everything is guessed wrongly': [
    frames(['1', '5'], ['1', '5']),
    { mota: -1, idf1: 0, misses: 2, falsePositives: 2 },
  ],
  'two exchange their ids half way': [
    frames(['12', '12'], ['12', '12'], ['12', '21'], ['12', '21']),
    { mota: 1 - 2 / 8, idf1: 0.5, switches: 2, misses: 0, fragmentations: 0 },
  ],
  'a new id after a gap is a switch and a fragmentation': [
    frames(['1', '1'], ['1', '.'], ['1', '.1']),
    { mota: 1 - 2 / 3, idf1: 2 / 5, misses: 1, switches: 1, fragmentations: 1 },
  ],
  'the same id after a gap is a fragmentation': [
    frames(['1', '1'], ['1', '.'], ['1', '1']),
    { mota: 1 - 1 / 3, idf1: 4 / 5, switches: 0, fragmentations: 1 },
  ],
  'absence of the object is no fragmentation': [
    frames(['1', '1'], ['.', '.'], ['1', '1']),
    { mota: 1, idf1: 1, fragmentations: 0 },
  ],
  'the longer of two guesses gives the identity': [
    frames(['1', '1'], ['1', '.1'], ['1', '.1'], ['1', '.1']),
    { mota: 1 - 1 / 4, idf1: 3 / 4, switches: 1, fragmentations: 0 },
  ],
};

describe('counted by hand', () => {
  test.each(Object.entries(cases))('%s', (_, [sequence, figures]) => {
    const found = motMetrics(sequence);
    for (const [name, figure] of Object.entries(figures))
      expect(found[name as keyof MotMetrics], name).toBeCloseTo(figure, 12);
  });

  test('a pair stays while it is valid, though another guess is nearer', () => {
    const box = (x: number): Box => [x, 0, x + 100, 100];
    const sequence = [
      { truths: [{ id: 1, box: box(0) }], guesses: [{ id: 7, box: box(0) }] },
      {
        truths: [{ id: 1, box: box(0) }],
        guesses: [
          { id: 7, box: box(30) },
          { id: 8, box: box(1) },
        ],
      },
    ];
    expect(motMetrics(sequence)).toMatchObject({ switches: 0, falsePositives: 1, misses: 0 });
  });
});

test('figures are those of py-motmetrics', () => {
  const sequences = [1, 2, 3].map((seed) => {
    const tracker = new GreedyTracker();
    return street({ ...noisy, seed, seconds: 10, jitter: 0.06 }).map((frame) => ({
      truths: frame.truths,
      guesses: tracker.update(frame.sourceDetections, frame.capturedMonotonicMs),
    }));
  });
  const theirs = oracle<MotMetrics[]>(
    'py-motmetrics.json',
    [JSON.stringify(sequences)],
    'py-motmetrics.py',
    () => ({
      sequences,
    }),
  );
  const ours = sequences.map((sequence) => motMetrics(sequence));
  expect(ours.every(({ switches, fragmentations }) => switches > 0 && fragmentations > 0)).toBe(true);
  for (const [index, figures] of ours.entries())
    for (const [name, figure] of Object.entries(figures))
      expect(figure, name).toBeCloseTo(theirs[index]![name as keyof MotMetrics], 9);
});
