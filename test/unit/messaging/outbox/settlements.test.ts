// Messages settled in any order -> counts that agree with a plain list of what became of each.

import { expect, test } from 'vitest';
import { type Settled, Settlements, withCounts } from '../../../../agent/messaging/outbox/settlements.js';
import { usedBytes } from '../../../support/memory.js';
import { random } from '../../../support/small-networks.js';

const ends: readonly Settled[] = [
  { kind: 'delivered' },
  { kind: 'refused', reason: 'quota' },
  { kind: 'refused', reason: 'hang-up' },
  { kind: 'expired' },
  { kind: 'evicted', reason: 'space' },
];

test.each([1, 2, 3])('random settlements and crashes, seed %i', (seed) => {
  const next = random(seed);
  let settlements = new Settlements();
  let outcomes: (Settled | undefined)[] = [];
  for (let step = 0; step < 3000; step++) {
    const choice = next();
    const some = Math.floor(settlements.cursor + next() * (outcomes.length - settlements.cursor));
    const end = ends[Math.floor(next() * ends.length)]!;
    if (choice < 0.4) {
      expect(settlements.produce()).toBe(outcomes.length);
      outcomes.push(undefined);
    } else if (choice < 0.9) {
      settlements.settle(some, end);
      if (some < outcomes.length) outcomes[some] ??= end;
    } else if (choice < 0.92) {
      settlements.settleBelow(some, end);
      outcomes = outcomes.map((outcome, at) => (at < some ? (outcome ?? end) : outcome));
    } else if (choice < 0.94) {
      // What was settled ahead of the first pending one is pending again.
      settlements = new Settlements(JSON.parse(JSON.stringify(settlements.state)));
      const first = outcomes.indexOf(undefined);
      if (first >= 0) outcomes = outcomes.map((outcome, at) => (at < first ? outcome : undefined));
    }
    const of = (kind: string) => outcomes.filter((outcome) => outcome?.kind === kind).length;
    expect(settlements.counts).toMatchObject({
      produced: outcomes.length,
      delivered: of('delivered'),
      refused: of('refused'),
      expired: of('expired'),
      evicted: of('evicted'),
      pending: outcomes.filter((outcome) => outcome === undefined).length,
    });
    const first = outcomes.indexOf(undefined);
    expect(settlements.cursor).toBe(first < 0 ? outcomes.length : first);
  }
  expect(settlements.counts.produced).toBeGreaterThan(1000);
});

test('a hundred thousand that are given up behind one that waits cost next to nothing', () => {
  const settlements = new Settlements();
  const before = usedBytes();
  for (let i = 0; i < 100_000; i++) settlements.produce();
  for (let i = 1; i < 100_000; i++) settlements.settle(i, { kind: 'evicted', reason: 'disk' });
  expect(usedBytes() - before).toBeLessThan(500_000);
  expect(settlements.counts).toMatchObject({ produced: 100_000, evicted: 99_999, pending: 1 });
  settlements.settle(0, { kind: 'delivered' });
  expect([settlements.cursor, settlements.pending]).toEqual([100_000, 0]);
});

test('what was settled without a folder is added to what the folder says', () => {
  const found = {
    cursor: 4,
    end: 6,
    counts: { delivered: 2, expired: 1, refusedFor: { quota: 1 }, evictedFor: {} },
  };
  const more = { delivered: 10, expired: 0, refusedFor: { quota: 1, 'hang-up': 2 }, evictedFor: { disk: 3 } };
  expect(new Settlements(withCounts(found, more)).counts).toEqual({
    ...{ produced: 22, delivered: 12, refused: 4, expired: 1, evicted: 3, pending: 2 },
    refusedFor: { quota: 2, 'hang-up': 2 },
    evictedFor: { disk: 3 },
  });
});
