// Raw outputs of a head -> boxes worked out by hand.

import { describe, expect, test } from 'vitest';
import { Candidates } from '../../../models/decode/candidates.js';
import { type YoloHead, yolo } from '../../../models/decode/yolo.js';
import type { Detection } from '../../../models/detection.js';

const grid = { width: 4, height: 2 };
const labels = ['person', 'car', 'bus'];
const anchors: YoloHead['anchors'] = [
  [10, 20],
  [30, 40],
];
const logit = (p: number) => Math.log(p / (1 - p));
// Cells of 32.
const input = { width: 128, height: 64 };
const nms = { kind: 'greedy', iouThreshold: 0.45, beta: 0.6 } as const;

interface Cell {
  readonly anchor: number;
  readonly x: number;
  readonly y: number;
  /** x, y, width, height, objectness, classes. */
  readonly raw: readonly number[];
}

/** A head that finds nothing but in `cells`. */
function head(cells: readonly Cell[], nothing: number, spread: Partial<YoloHead> = {}) {
  const attributes = 5 + labels.length;
  const values = new Float32Array(anchors.length * attributes * 8).fill(nothing);
  for (const { anchor, x, y, raw } of cells)
    for (const [attribute, value] of raw.entries())
      values[(anchor * attributes + attribute) * 8 + y * grid.width + x] = value;
  return { head: { output: 'yolo', grid, anchors, scaleXY: 1, newCoords: false, ...spread }, values };
}

/** Before suppression, best first. */
function decodeHeads(heads: readonly ReturnType<typeof head>[]): Detection[] {
  const named = heads.map((one, i) => ({ values: one.values, head: { ...one.head, output: `yolo_${i}` } }));
  const outputs = new Map(named.map(({ head: { output }, values }) => [output, values]));
  const found = new Candidates(labels, 0.1);
  const decoder = { kind: 'yolo', classes: labels.length, heads: named.map((one) => one.head), nms } as const;
  yolo.decode({ decoder, input, outputs: { get: (output) => outputs.get(output)! }, rows: 0 }, found);
  return found.best();
}

describe('logits', () => {
  const decode = (raw: readonly number[], scaleXY: number) =>
    decodeHeads([head([{ anchor: 1, x: 3, y: 1, raw }], -20, { scaleXY })]);

  // Cell (3, 1), anchor 30 x 40; sigmoid(0) = 0.5, exp(log 2) = 2.
  test.each([
    ['the middle of its cell, size of its anchor', [0, 0, 0, 0], 1, [112 - 15, 48 - 20, 112 + 15, 48 + 20]],
    [
      'twice as wide, half as high',
      [0, 0, Math.log(2), -Math.log(2)],
      1,
      [112 - 30, 48 - 10, 112 + 30, 48 + 10],
    ],
    [
      'a quarter right, three quarters down',
      [logit(0.25), logit(0.75), 0, 0],
      1,
      [104 - 15, 56 - 20, 104 + 15, 56 + 20],
    ],
    // 0.9 * 1.2 - 0.1 = 0.98; 0.05 * 1.2 - 0.1 = -0.04: beyond the cell.
    [
      'scale_x_y 1.2',
      [logit(0.9), logit(0.05), 0, 0],
      1.2,
      [127.36 - 15, 30.72 - 20, 127.36 + 15, 30.72 + 20],
    ],
    ['scale_x_y 2', [logit(0.9), logit(0.05), 0, 0], 2, [137.6 - 15, 19.2 - 20, 137.6 + 15, 19.2 + 20]],
  ])('%s', (_, xywh, scaleXY, box) => {
    const found = decode([...xywh, logit(0.8), logit(0.5), -20, logit(0.9)], scaleXY);
    expect(found.map(({ label, classIndex }) => [label, classIndex])).toEqual([
      ['bus', 2],
      ['person', 0],
    ]);
    expect(found.map(({ score }) => score)).toEqual([expect.closeTo(0.72, 6), expect.closeTo(0.4, 6)]);
    for (const detection of found)
      expect(detection.box).toEqual(box.map((value) => expect.closeTo(value, 4)));
  });

  // The score is the product; each factor alone may pass.
  test.each([
    [0.09, 1, 0],
    [0.5, 0.19, 0],
    [0.5, 0.21, 1],
    [0.11, 0.95, 1],
  ])('objectness %d, class %d: %d found', (objectness, probability, count) => {
    expect(
      decode([0, 0, 0, 0, logit(objectness), logit(Math.min(probability, 1 - 1e-9)), -20, -20], 1),
    ).toHaveLength(count);
  });

  test('no number is no detection', () => {
    expect(decode([0, 0, 0, 0, Number.NaN, 9, 9, 9], 1)).toEqual([]);
    expect(decode([0, 0, 0, 0, 9, Number.NaN, 9, Number.NaN], 1)).toHaveLength(1);
  });
});

test('new_coords: outputs are sigmoid already, sizes are (2x)^2', () => {
  const raw = [0.25, 0.5, 0.5, 0.75, 0.8, 0, 0.5, 0];
  const [found, ...others] = decodeHeads([
    head([{ anchor: 0, x: 0, y: 0, raw }], 0, { newCoords: true, scaleXY: 2 }),
  ]);
  // x: 0.25 * 2 - 0.5 = 0; y: 0.5 * 2 - 0.5 = 0.5; width 1 * 10; height 2.25 * 20.
  expect(found).toEqual({
    label: 'car',
    classIndex: 1,
    score: expect.closeTo(0.4, 6),
    box: [-5, 16 - 22.5, 5, 16 + 22.5],
  });
  expect(others).toEqual([]);
});

test('of one score, heads, anchors and cells come in order, each with its own grid', () => {
  const raw = [0, 0, 0, 0, 9, 9, -20, -20];
  const at = (anchor: number, x: number, y: number) => ({ anchor, x, y, raw });
  const found = decodeHeads([head([at(1, 0, 0), at(0, 3, 1), at(0, 1, 0)], -20), head([at(0, 2, 1)], -20)]);
  expect(found.map(({ box }) => [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2, box[2] - box[0]])).toEqual([
    [48, 16, 10],
    [112, 48, 10],
    [16, 16, 30],
    [80, 48, 10],
  ]);
});
