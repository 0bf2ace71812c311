// Overlap, suppression and the way back to the source picture, on cases worked out by hand.

import { describe, expect, test } from 'vitest';
import { diou, iou, toSource } from '../../../models/decode/boxes.js';
import { suppress } from '../../../models/decode/nms.js';
import type { Box, Detection } from '../../../models/detection.js';
import { letterbox } from '../../../pipelines/letterbox.js';
import { random } from '../../support/small-networks.js';

const square: Box = [0, 0, 10, 10];

test.each<[string, Box, number, number]>([
  ['itself', square, 1, 1],
  // Shared 50 of 150; centres 5 apart, the hull's diagonal 15^2 + 10^2.
  ['half beside', [5, 0, 15, 10], 1 / 3, 1 / 3 - 25 / 325],
  ['inside', [2, 2, 7, 7], 0.25, 0.25 - (0.5 ** 2 * 2) / 200],
  ['touching', [10, 0, 20, 10], 0, -100 / 500],
  ['apart', [30, 40, 40, 50], 0, -(900 + 1600) / (1600 + 2500)],
  ['without area', [5, 5, 5, 5], 0, 0],
])('%s: IoU and DIoU', (_, other, overlap, withDistance) => {
  expect(iou(square, other)).toBeCloseTo(overlap, 12);
  expect(iou(other, square)).toBeCloseTo(overlap, 12);
  expect(diou(square, other, 1)).toBeCloseTo(withDistance, 12);
});

test('beta weighs the distance', () => {
  expect(diou(square, [5, 0, 15, 10], 0.6)).toBeCloseTo(1 / 3 - (25 / 325) ** 0.6, 12);
  expect(diou([1, 1, 1, 1], [1, 1, 1, 1], 0.6)).toBe(0);
});

describe('suppression', () => {
  const greedy = { kind: 'greedy', iouThreshold: 0.45, beta: 0.6 } as const;
  const found = (score: number, x: number, classIndex = 0, y = 0): Detection => ({
    label: `${classIndex}`,
    classIndex,
    score,
    box: [x, y, x + 10, y + 10],
  });
  const scores = (detections: readonly Detection[]) => detections.map(({ score }) => score);

  test.each<[string, Detection[], number[]]>([
    ['nothing', [], []],
    ['best first', [found(0.2, 0), found(0.9, 50), found(0.5, 100)], [0.9, 0.5, 0.2]],
    // 3 beside: 7 of 13, IoU 0.54; 4 beside: 6 of 14, IoU 0.43.
    ['one object, two boxes', [found(0.6, 3), found(0.9, 0)], [0.9]],
    ['two objects, little overlap', [found(0.6, 4), found(0.9, 0)], [0.9, 0.6]],
    ['classes apart', [found(0.6, 0, 1), found(0.9, 0)], [0.9, 0.6]],
    // The middle one falls to the first and so does not suppress the third.
    ['a row', [found(0.9, 0), found(0.8, 3), found(0.7, 6)], [0.9, 0.7]],
  ])('greedy: %s', (_, detections, kept) => {
    expect(scores(suppress(detections, greedy))).toEqual(kept);
  });

  test('an overlap of exactly the threshold stays', () => {
    const pair = [found(0.9, 0), found(0.6, 5)];
    expect(scores(suppress(pair, { ...greedy, iouThreshold: 1 / 3 }))).toEqual([0.9, 0.6]);
    expect(scores(suppress(pair, { ...greedy, iouThreshold: 0.33 }))).toEqual([0.9]);
  });

  // Beside by 3 and down by 0: IoU 0.538, distance 9 of 13^2 + 10^2 = 269, to the power of 0.6: 0.130.
  test.each([
    [0.6, [0.9, 0.6]], // 0.538 - 0.130 = 0.408
    [1, [0.9]], // 0.538 - 0.033 = 0.505
  ])('diou with beta %d', (beta, kept) => {
    expect(
      scores(suppress([found(0.9, 0), found(0.6, 3)], { kind: 'diou', iouThreshold: 0.45, beta })),
    ).toEqual(kept);
  });

  test('the input stays as it was', () => {
    const detections = [found(0.2, 0), found(0.9, 50)];
    suppress(detections, greedy);
    expect(scores(detections)).toEqual([0.2, 0.9]);
  });

  describe('with box voting', () => {
    const voting = { ...greedy, boxVoting: 0.5 };
    const boxes = (detections: readonly Detection[]) => detections.map(({ box }) => box);

    test('what is suppressed moves the box by its score and the cube of its overlap, and changes no score', () => {
      const kept = suppress([found(0.6, 3), found(0.9, 0)], voting);
      const vote = 0.6 * (7 / 13) ** 3;
      const x = expect.closeTo((3 * vote) / (0.9 + vote), 12);
      const right = expect.closeTo(10 + (3 * vote) / (0.9 + vote), 12);
      expect(kept).toEqual([{ ...found(0.9, 0), box: [x, 0, right, 10] }]);
    });

    test.each<[string, Detection[]]>([
      ['less overlap than a vote takes', [found(0.9, 0), found(0.6, 3.4)]],
      ['another class', [found(0.9, 0), found(0.6, 3, 1)]],
      ['nobody beside it', [found(0.9, 0)]],
      ['no area', [{ ...found(0.9, 0), box: [5, 5, 5, 5] }]],
    ])('%s: boxes stay', (_, detections) => {
      expect(boxes(suppress(detections, voting))).toEqual(boxes(suppress(detections, greedy)));
    });
  });

  test('a network that finds everything everywhere is cut to the best 2000', () => {
    const many = Array.from({ length: 5000 }, (_, i) => found((i % 997) / 997, 20 * i));
    const kept = suppress(many, greedy);
    expect(kept).toHaveLength(2000);
    expect(kept.at(-1)!.score).toBeGreaterThanOrEqual(0.59);
  });

  // Work is counted, not timed: each comparison reads two boxes.
  test.each([
    [1, 2000 * 1999],
    // A box is compared within its class alone.
    [80, 80 * 25 * 24],
  ])('2000 candidates apart, of %d classes: at most %d boxes read', (classes, most) => {
    let reads = 0;
    const counted = Array.from({ length: 2000 }, (_, i) => {
      const { box, ...rest } = found(1 - i / 2000, 20 * i, i % classes);
      return {
        ...rest,
        get box() {
          reads++;
          return box;
        },
      };
    });
    expect(suppress(counted, greedy)).toHaveLength(2000);
    expect(reads).toBeLessThanOrEqual(most);
  });
});

describe('to the source picture', () => {
  test.each<[string, Box, Box]>([
    // 640 x 480 in 320 x 320: 320 x 240, 40 below the edge, half size.
    ['the whole picture', [0, 40, 320, 280], [0, 0, 640, 480]],
    ['a box', [10, 50, 20, 80], [20, 20, 40, 80]],
    ['a box into the border', [-5, 20, 100, 300], [0, 0, 200, 480]],
  ])('%s', (_, inputBox, sourceBox) => {
    const sourceSize = { width: 640, height: 480 };
    const content = letterbox(sourceSize, { width: 320, height: 320 });
    expect(toSource(inputBox, { content, sourceSize })).toEqual(sourceBox);
  });

  test('any box in any picture comes back within a rounding error', () => {
    const next = random(3);
    const whole = (least: number, most: number) => least + Math.floor(next() * (most - least));
    for (let round = 0; round < 500; round++) {
      const sourceSize = { width: whole(16, 4000), height: whole(16, 4000) };
      const inputSize = { width: 32 * whole(1, 20), height: 32 * whole(1, 20) };
      const content = letterbox(sourceSize, inputSize);
      const [x1, x2] = [next(), next()].sort().map((share) => share * sourceSize.width) as [number, number];
      const [y1, y2] = [next(), next()].sort().map((share) => share * sourceSize.height) as [number, number];
      const x = (value: number) => content.x + (value * content.width) / sourceSize.width;
      const y = (value: number) => content.y + (value * content.height) / sourceSize.height;
      const back = toSource([x(x1), y(y1), x(x2), y(y2)], { content, sourceSize });
      expect(back).toEqual([x1, y1, x2, y2].map((value) => expect.closeTo(value, 6)));
    }
  });
});
