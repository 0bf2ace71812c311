import { expect, test } from 'vitest';
import { countsText } from '../../../agent/cli/detections-text.js';

test.each([
  [[], 'nothing'],
  [['car', 'person', 'person'], '2 person, 1 car'],
])('%s -> %s', (labels, text) => {
  expect(countsText(labels.map((label) => ({ label })))).toBe(text);
});
