// Text of an option -> a number, or why it is none.

import { expect, test } from 'vitest';
import { minutes } from '../../../agent/cli/numbers.js';

test.each(['0.15', '4.1', '10080'])('%s minutes', (text) => {
  expect(minutes(text)).toBe(Number(text));
});

test.each(['0', '-1', 'x', '', '10081', '1e9', 'Infinity'])('no minutes: "%s"', (text) => {
  const wrong = `expected a number above 0, up to 10080 (a week), received ${text || 'nothing'}`;
  expect(() => minutes(text)).toThrow(wrong);
});
