// Times of answers -> the limit of the next.

import { expect, test } from 'vitest';
import { AnswerTime } from '../../../agent/common/answer-time.js';

test.each([
  ['before the first', [], 60_000],
  ['of a fast network', [15, 16, 15], 5000],
  ['of a slow one', [900, 900], 9000],
  ['after one that stuttered', [15, 15, 3000], 5000],
  ['of one that has become slow', [15, ...Array<number>(60).fill(800)], 7986],
])('%s', (_, times, limitMs) => {
  const answers = new AnswerTime({ firstMs: 60_000, leastMs: 5000 });
  for (const ms of times) answers.took(ms);
  expect(answers.limitMs).toBe(limitMs);
});
