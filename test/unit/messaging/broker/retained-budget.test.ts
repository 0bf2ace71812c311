// Messages to be kept, one after the other -> those that are.

import { expect, test } from 'vitest';
import { RetainedBudget } from '../../../../agent/messaging/broker/retained-budget.js';
import { random } from '../../../support/small-networks.js';

const OWN = true;

test.each<[string, [topic: string, bytes: number, isOwn: boolean][], boolean[]]>([
  [
    'topics',
    [
      ['a', 1, false],
      ['b', 1, false],
      ['c', 1, false],
      ['d', 1, false],
    ],
    [true, true, true, false],
  ],
  [
    'bytes',
    [
      ['a', 9000, false],
      ['b', 900, false],
      ['a', 10, false],
      ['b', 900, false],
    ],
    [true, false, true, true],
  ],
  [
    'room again',
    [
      ['a', 9000, false],
      ['a', 0, false],
      ['b', 9000, false],
    ],
    [true, true, true],
  ],
  [
    'the agent',
    [
      ['a', 9000, false],
      ['b', 90_000, OWN],
      ['c', 90_000, OWN],
    ],
    [true, true, true],
  ],
  [
    'over the agent',
    [
      ['a', 90_000, OWN],
      ['a', 90_000, false],
      ['a', 10, false],
    ],
    [true, false, true],
  ],
  [
    'the agent over it',
    [
      ['a', 9000, false],
      ['a', 90_000, OWN],
      ['b', 9000, false],
    ],
    [true, true, true],
  ],
  ['what is no topic of the agent', [['x'.repeat(1025), 1, false]], [false]],
])('%s', (_, messages, kept) => {
  const budget = new RetainedBudget({ maximumTopics: 3, maximumBytes: 10_000 });
  expect(messages.map(([topic, bytes, isOwn]) => budget.admit(topic, bytes, isOwn))).toEqual(kept);
});

test('ten thousand messages at random: what others have kept is never more than the bounds', () => {
  const budget = new RetainedBudget({ maximumTopics: 20, maximumBytes: 50_000 });
  const draw = random(7);
  const kept = new Map<string, { bytes: number; isOwn: boolean }>();
  for (let i = 0; i < 10_000; i++) {
    const topic = `t${Math.floor(draw() * 60)}`;
    const bytes = Math.floor(draw() * 4) * 2000;
    const isOwn = draw() < 0.2;
    if (!budget.admit(topic, bytes, isOwn)) continue;
    if (bytes === 0) kept.delete(topic);
    else kept.set(topic, { bytes, isOwn });
    const others = [...kept.values()].filter((one) => !one.isOwn);
    expect(others.length).toBeLessThanOrEqual(20);
    expect(others.reduce((sum, one) => sum + one.bytes, 0)).toBeLessThanOrEqual(50_000);
    expect(budget.total.topics).toBe(kept.size);
  }
  for (const topic of kept.keys()) budget.admit(topic, 0, false);
  expect(budget.total).toEqual({ topics: 0, bytes: 0 });
});
