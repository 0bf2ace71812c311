// Boxes of the whole picture and of windows -> one for each object.

import { expect, test } from 'vitest';
import { mergeLooks } from '../../../../agent/inference/second-look/merge.js';
import type { Box, Detection } from '../../../../models/detection.js';

const PICTURE = { width: 1920, height: 1080 };
const WINDOW = { x: 400, y: 200, width: 416, height: 416 };
const CORNER = { x: 0, y: 664, width: 416, height: 416 };

function found(box: Box, score = 0.5, label = 'person'): Detection {
  return { label, classIndex: 0, score, box };
}

const merged = (whole: Detection[], inWindow: Detection[], window = WINDOW) =>
  mergeLooks(whole, [{ window, sourceDetections: inWindow }], PICTURE).map(({ label, score, look }) =>
    [label, score, ...(look ? [look] : [])].join(' '),
  );

test.each<[string, Detection[], Detection[], string[]]>([
  ['what only the window shows is marked', [], [found([500, 300, 520, 350])], ['person 0.5 second']],
  [
    'the better box of one object stays: that of the window',
    [found([500, 300, 520, 350], 0.4)],
    [found([502, 301, 521, 349], 0.7)],
    ['person 0.7 second'],
  ],
  [
    'or that of the whole picture, without a mark',
    [found([500, 300, 520, 350], 0.7)],
    [found([502, 301, 521, 349], 0.4)],
    ['person 0.7'],
  ],
  [
    'a part of a person within its box is no second person',
    [found([500, 300, 560, 460], 0.7)],
    [found([505, 305, 555, 350], 0.6)],
    ['person 0.7'],
  ],
  [
    'two who stand beside each other stay two',
    [found([500, 300, 540, 400], 0.7)],
    [found([535, 300, 575, 400], 0.6)],
    ['person 0.7', 'person 0.6 second'],
  ],
  [
    'what one look has left apart stays apart',
    [],
    [found([500, 300, 560, 460], 0.7), found([505, 305, 555, 350], 0.6)],
    ['person 0.7 second', 'person 0.6 second'],
  ],
  [
    'a van is one vehicle, whatever each look calls it',
    [found([500, 300, 600, 360], 0.7, 'car')],
    [found([502, 300, 601, 361], 0.5, 'truck')],
    ['car 0.7'],
  ],
  [
    'a rider is no bicycle',
    [found([500, 300, 540, 360], 0.7, 'bicycle')],
    [found([500, 300, 540, 360], 0.5)],
    ['bicycle 0.7', 'person 0.5 second'],
  ],
  ['a box that the window cuts is of a part', [], [found([401, 300, 420, 350])], []],
  ['below', [], [found([500, 580, 520, 615])], []],
])('%s', (_, whole, inWindow, expected) => {
  expect(merged(whole, inWindow)).toEqual(expected);
});

test('at the edge of the picture nothing is cut', () => {
  const box = found([0, 1040, 20, 1080]);
  expect(merged([], [box], CORNER)).toEqual(['person 0.5 second']);
  expect(merged([], [found([396, 900, 416, 950])], CORNER)).toEqual([]);
});

test('an object in two windows is one', () => {
  const beside = { ...WINDOW, x: 440 };
  const looks = [WINDOW, beside].map((window, i) => ({
    window,
    sourceDetections: [found([500 + i, 300, 520 + i, 350], 0.5 + 0.1 * i)],
  }));
  expect(mergeLooks([], looks, PICTURE).map(({ score }) => score)).toEqual([0.6]);
});
