import { expect, test } from 'vitest';
import { countsText, detectionLine } from '../../../agent/cli/detections-text.js';
import type { FrameResult } from '../../../agent/inference/frame-path.js';

test.each([
  [[], 'nothing'],
  [['car', 'person', 'person'], '2 person, 1 car'],
])('%s -> %s', (labels, text) => {
  expect(countsText(labels.map((label) => ({ label })))).toBe(text);
});

test.each([
  ['a picture', {}, 'a.jpg: nothing (12.0 ms)'],
  [
    'one that was looked at once more',
    { second: { windows: Array(18).fill({ window: {}, sourceDetections: [] }), inferenceMs: 210.34 } },
    'a.jpg: nothing (12.0 ms, 210.3 ms for 18 parts)',
  ],
])('%s', (_, more, text) => {
  const result = { frame: { mediaTimeMs: 0 }, sourceDetections: [], inferenceMs: 12, ...more };
  expect(detectionLine('a.jpg', result as unknown as FrameResult)).toBe(text);
});
