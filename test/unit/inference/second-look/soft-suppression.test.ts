// Boxes that overlap -> how sure the lesser ones are of being objects of their own.

import { expect, test } from 'vitest';
import { suppressSoftly } from '../../../../agent/inference/second-look/soft-suppression.js';
import type { Box, Detection } from '../../../../models/detection.js';

function found(box: Box, score: number, label = 'person'): Detection {
  return { label, classIndex: 0, score, box };
}

const best = found([0, 0, 100, 200], 0.8);
const scoresOf = (others: Detection[], isComparable = () => true) =>
  suppressSoftly([...others, best], isComparable).map(({ score }) => Math.round(1000 * score) / 1000);

test.each<[string, Detection[], number[]]>([
  ['apart', [found([300, 0, 400, 200], 0.6)], [0.8, 0.6]],
  ['that overlap by a quarter stay as sure', [found([60, 0, 160, 200], 0.6)], [0.8, 0.6]],
  ['that overlap by a third lose as much', [found([50, 0, 150, 200], 0.6)], [0.8, 0.4]],
  ['one within the other loses half', [found([10, 10, 30, 60], 0.6)], [0.8, 0.3]],
  ['of other kinds of things do not matter', [found([10, 0, 110, 200], 0.6, 'bicycle')], [0.8, 0.6]],
  [
    'what lies between two surer ones loses to both',
    [found([50, 0, 150, 200], 0.6), found([100, 0, 200, 200], 0.5)],
    [0.8, 0.5, 0.267],
  ],
])('%s', (_, others, expected) => {
  expect(scoresOf(others)).toEqual(expected);
});

test('vehicles are one kind, whatever they are called', () => {
  const [car, truck] = [found([0, 0, 200, 100], 0.8, 'car'), found([100, 0, 300, 100], 0.6, 'truck')];
  expect(
    suppressSoftly([car, truck], () => true).map(({ label, score }) => [label, score.toFixed(2)]),
  ).toEqual([
    ['car', '0.80'],
    ['truck', '0.36'],
  ]);
});

test.each([
  ['car', [0.8, 0.374]],
  ['person', [0.8, 0.6]],
])('a box at a corner, nearly half of it within: of a %s', (label, expected) => {
  const [whole, corner] = [found([0, 0, 200, 100], 0.8, label), found([145, 45, 225, 125], 0.6, label)];
  const scores = suppressSoftly([whole, corner], () => true).map(({ score }) => score);
  expect(scores).toEqual(expected.map((score) => expect.closeTo(score, 2)));
});

test('what may not be compared stays as it is', () => {
  expect(scoresOf([found([0, 0, 100, 190], 0.6)], () => false)).toEqual([0.8, 0.6]);
});
