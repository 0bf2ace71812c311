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

const rounded = (score: number) => Math.round(100 * score) / 100;

const merged = (whole: Detection[], inWindow: Detection[], window = WINDOW) =>
  mergeLooks(whole, [{ window, sourceDetections: inWindow }], PICTURE).map(({ label, score, look }) =>
    [label, rounded(score), ...(look ? [look] : [])].join(' '),
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
    'half of a person within its box is no second person',
    [found([500, 300, 560, 460], 0.7)],
    [found([502, 302, 558, 390], 0.6)],
    ['person 0.7'],
  ],
  [
    'nor is the head of somebody who reaches out of the window',
    [found([500, 100, 700, 700], 0.7)],
    [found([570, 230, 630, 310], 0.6)],
    ['person 0.7'],
  ],
  [
    'who stands in front of somebody whom the window shows all of is one, and less sure',
    [found([500, 300, 560, 460], 0.7)],
    [found([505, 410, 523, 452], 0.6)],
    ['person 0.7', 'person 0.3 second'],
  ],
  [
    'two who stand beside each other stay two',
    [found([500, 300, 540, 400], 0.7)],
    [found([535, 300, 575, 400], 0.6)],
    ['person 0.7', 'person 0.6 second'],
  ],
  [
    'unless one lies nearly whole in the other and is nearly as large',
    [found([12, 275, 173, 656], 0.4), found([0, 292, 98, 668], 0.32)],
    [],
    ['person 0.4', 'person 0.17'],
  ],
  [
    'but the rear of a car that the edge cuts is no second car',
    [found([1111, 0, 1312, 97], 0.52, 'car'), found([1230, 0, 1374, 85], 0.33, 'car')],
    [],
    ['car 0.52', 'car 0.18'],
  ],
  [
    'what the whole picture has left apart stays apart',
    [found([500, 300, 560, 460], 0.7), found([502, 302, 558, 365], 0.6)],
    [],
    ['person 0.7', 'person 0.6'],
  ],
  [
    'of one window, half of a person is none',
    [],
    [found([500, 300, 560, 460], 0.7), found([502, 302, 558, 390], 0.6)],
    ['person 0.7 second'],
  ],
  [
    'but somebody far behind is',
    [],
    [found([500, 300, 560, 460], 0.7), found([505, 305, 525, 355], 0.6)],
    ['person 0.7 second', 'person 0.3 second'],
  ],
  [
    'nor are two who overlap by half one',
    [],
    [found([500, 300, 540, 400], 0.7), found([518, 300, 558, 400], 0.6)],
    ['person 0.7 second', 'person 0.37 second'],
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

const BESIDE = { ...WINDOW, x: 440 };
const inTwo = (first: Box[], second: Box[]) =>
  mergeLooks(
    [],
    [
      { window: WINDOW, sourceDetections: first.map((box) => found(box, 0.6)) },
      { window: BESIDE, sourceDetections: second.map((box) => found(box, 0.5)) },
    ],
    PICTURE,
  ).map(({ score }) => rounded(score));

test.each<[string, Box[], Box[], number[]]>([
  [
    'what two windows place by half beside each other is one',
    [[500, 300, 540, 400]],
    [[518, 300, 558, 400]],
    [0.6],
  ],
  [
    'where one of them shows another box that fits better, it is two',
    [
      [500, 300, 540, 400],
      [520, 300, 560, 400],
    ],
    [[522, 300, 562, 400]],
    [0.6, 0.41],
  ],
  ['what overlaps hardly stays two', [[500, 300, 540, 400]], [[530, 300, 570, 400]], [0.6, 0.5]],
  [
    'what ends near the edge of its window, for what is as large, may be of a part',
    [],
    [[448, 300, 640, 500]],
    [],
  ],
])('of two windows, %s', (_, first, second, expected) => {
  expect(inTwo(first, second)).toEqual(expected);
});

test('where an object lies is what all windows say, the surest the most, and not the whole picture', () => {
  const beside = { ...WINDOW, x: 440 };
  const looks = [
    { window: WINDOW, sourceDetections: [found([500, 300, 520, 350], 0.6)] },
    { window: beside, sourceDetections: [found([503, 300, 523, 356], 0.3)] },
  ];
  const [merged, ...others] = mergeLooks([found([496, 295, 520, 355], 0.9)], looks, PICTURE);
  expect(others).toEqual([]);
  expect(merged).toMatchObject({ score: 0.9 });
  expect(merged!.box.map((side) => Math.round(side * 10) / 10)).toEqual([501, 300, 521, 352]);
});

test('a loose box of the whole picture gives way to the ones that a window shows in it, and makes one surer', () => {
  const pair = [found([500, 300, 520, 350], 0.5), found([524, 300, 544, 350], 0.4)];
  const loose = found([495, 290, 546, 390], 0.6);
  const looks = [{ window: WINDOW, sourceDetections: pair }];
  const all = mergeLooks([loose], looks, PICTURE);
  expect(all.map(({ score, box }) => [score, ...box])).toEqual([
    [0.6, 500, 300, 520, 350],
    [0.4, 524, 300, 544, 350],
  ]);
});

test('a box over two objects, of one of which it is hardly more than a part, is less sure than both', () => {
  const [van, car, both] = [
    found([500, 300, 600, 380], 0.48, 'car'),
    found([610, 310, 660, 370], 0.8, 'car'),
    found([530, 300, 670, 385], 0.4, 'car'),
  ];
  const found3 = mergeLooks([], [{ window: WINDOW, sourceDetections: [car!, van!, both!] }], PICTURE);
  expect(found3.map(({ score }) => score)).toEqual([0.8, 0.48, expect.closeTo(0.035, 3)]);
});

test('a part does not move the box of the whole', () => {
  const whole = [found([500, 100, 700, 700], 0.7)];
  const part = { window: WINDOW, sourceDetections: [found([510, 230, 690, 480])] };
  expect(mergeLooks(whole, [part], PICTURE)).toEqual(whole);
});
