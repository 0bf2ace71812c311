// A kind of decoder -> random outputs of its documented shape, and one box worked out by hand.

import type { InputSize } from '../../models/decode/decoder.js';
import type { DetectorDecoder } from '../../models/decode/registry.js';
import type { Box } from '../../models/detection.js';
import { random } from './small-networks.js';

export interface OutputCase {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export interface DecoderCase {
  readonly decoder: DetectorDecoder;
  readonly input: InputSize;
  /** Shape of each output, and what a random number from 0 to 1 becomes at each place of its last row. */
  readonly outputs: Readonly<Record<string, Described>>;
  /** Fills every output so that nothing is found. */
  readonly nothing: number;
  /** The only box of an input of 32 x 32 pixels. */
  readonly byHand: ByHand;
}

interface Described {
  readonly shape: readonly number[];
  /** @param at index of the value; @param u from 0 to 1 */
  readonly value: (u: number, at: number) => number;
}

interface ByHand {
  readonly decoder: DetectorDecoder;
  readonly outputs: Readonly<Record<string, readonly number[]>>;
  readonly score: number;
  readonly classIndex: number;
  readonly box: Box;
}

export const LABELS = ['person', 'car', 'bus'];
const classes = LABELS.length;
const input = { width: 64, height: 48 };
const nms = { kind: 'greedy', iouThreshold: 0.5, beta: 0.6 } as const;
const strides = [8, 16, 32];
/** 8 x 6, 4 x 3 and 2 x 2. */
const CELLS = 48 + 12 + 4;
const logit = (p: number) => Math.log(p / (1 - p));
const spread = (least: number, most: number) => (u: number) => least + u * (most - least);
/** Few are likely, as in a network that has learned. */
const probability = (u: number) => u ** 3;

/** @param columns what each place of a row holds */
function rows(count: number, columns: readonly ((u: number) => number)[]): Described {
  const perRow = columns.length;
  return { shape: [1, count, perRow], value: (u, at) => columns[at % perRow]!(u) };
}

/** The same with all first values first, then all second ones. */
function transposed(count: number, columns: readonly ((u: number) => number)[]): Described {
  return { shape: [1, columns.length, count], value: (u, at) => columns[Math.floor(at / count)]!(u) };
}

const repeat = <T>(value: T, count: number) => new Array<T>(count).fill(value);
const probabilities = repeat(probability, classes);
const pixelBox = [spread(0, 64), spread(0, 48), spread(4, 40), spread(4, 40)];
const corners = [spread(0, 30), spread(0, 20), spread(31, 64), spread(21, 48)];
const shares = [spread(0.1, 0.9), spread(0.1, 0.9), spread(0.05, 0.6), spread(0.05, 0.6)];

function detr(activation: 'sigmoid' | 'softmax' | 'none', background: boolean): DetectorDecoder {
  return { kind: 'detr', boxes: 'pred_boxes', scores: 'logits', classes, activation, background };
}

function ssd(spreadOver: object): DetectorDecoder {
  const names = { boxes: 'boxes', scores: 'scores', labels: 'labels' };
  return {
    ...{ kind: 'ssd', ...names, classes, corners: 'xyxy', unit: 'pixels', firstLabel: 0 },
    ...spreadOver,
  } as DetectorDecoder;
}

const yoloHead = (grid: InputSize, output: string, newCoords = false) => ({
  ...{ output, grid, scaleXY: 1.05, newCoords },
  anchors: [
    [10, 14],
    [23, 27],
  ] as [number, number][],
});
const heads = [yoloHead({ width: 4, height: 3 }, 'yolo_a'), yoloHead({ width: 2, height: 2 }, 'yolo_b')];
const yolov8 = (layout: 'attributes-first' | 'boxes-first'): DetectorDecoder => ({
  ...{ kind: 'yolov8', output: 'output0', classes, layout, nms },
});

/** Of the second box in the vote that is worked out by hand. */
const share = (0.8 * 0.216) / (0.9 + 0.8 * 0.216);

export const CASES: Readonly<Record<string, DecoderCase>> = {
  yolo: {
    decoder: { kind: 'yolo', classes, heads, nms: { ...nms, kind: 'diou' } },
    input,
    outputs: {
      yolo_a: { shape: [1, 16, 3, 4], value: spread(-2, 2) },
      yolo_b: { shape: [1, 16, 2, 2], value: spread(-2, 2) },
    },
    nothing: -20,
    byHand: {
      decoder: {
        kind: 'yolo',
        classes,
        heads: [{ ...yoloHead({ width: 1, height: 1 }, 'o'), anchors: [[8, 4]] }],
        nms,
      },
      outputs: { o: [0, 0, Math.log(2), 0, logit(0.8), -20, logit(0.5), -20] },
      ...{ score: 0.4, classIndex: 1, box: [8, 14, 24, 18] },
    },
  },
  'yolo, new_coords': {
    decoder: { kind: 'yolo', classes, heads: [yoloHead({ width: 4, height: 3 }, 'o', true)], nms },
    input,
    outputs: { o: { shape: [1, 16, 3, 4], value: (u) => u } },
    nothing: 0,
    byHand: {
      decoder: {
        ...{ kind: 'yolo', classes, nms },
        heads: [{ ...yoloHead({ width: 1, height: 1 }, 'o', true), anchors: [[8, 4]] }],
      },
      outputs: { o: [0.5, 0.5, 1, 0.5, 0.8, 0, 0.5, 0] },
      ...{ score: 0.4, classIndex: 1, box: [0, 14, 32, 18] },
    },
  },
  yolox: {
    decoder: { kind: 'yolox', output: 'output', classes, strides, nms },
    input,
    outputs: {
      output: rows(CELLS, [
        ...repeat(spread(-1, 2), 2),
        ...repeat(spread(-1, 1.5), 2),
        Math.sqrt,
        ...probabilities,
      ]),
    },
    nothing: 0,
    byHand: {
      decoder: { kind: 'yolox', output: 'o', classes, strides: [32], nms },
      outputs: { o: [0.5, 0.25, Math.log(0.5), Math.log(0.25), 0.8, 0, 0, 0.5] },
      ...{ score: 0.4, classIndex: 2, box: [8, 4, 24, 12] },
    },
  },
  yolov5: {
    decoder: { kind: 'yolov5', output: 'output0', classes, nms },
    input,
    outputs: { output0: rows(50, [...pixelBox, Math.sqrt, ...probabilities]) },
    nothing: 0,
    byHand: {
      decoder: { kind: 'yolov5', output: 'o', classes, nms },
      outputs: { o: [16, 8, 10, 4, 0.8, 0, 0.5, 0] },
      ...{ score: 0.4, classIndex: 1, box: [11, 6, 21, 10] },
    },
  },
  'yolov5, box voting': {
    decoder: { kind: 'yolov5', output: 'output0', classes, nms: { ...nms, boxVoting: 0.3 } },
    input,
    outputs: { output0: rows(50, [...pixelBox, Math.sqrt, ...probabilities]) },
    nothing: 0,
    byHand: {
      decoder: { kind: 'yolov5', output: 'o', classes, nms: { ...nms, boxVoting: 0.5 } },
      // Beside by 4 of 16: IoU 12 / 20, which counts 0.8 * 0.216 against 0.9; the third is somewhere else.
      outputs: { o: [10, 8, 16, 4, 0.9, 0, 1, 0, 14, 8, 16, 4, 0.8, 0, 1, 0, 24, 8, 16, 4, 0.2, 0, 1, 0] },
      ...{ score: 0.9, classIndex: 1, box: [2 + 4 * share, 6, 18 + 4 * share, 10] },
    },
  },
  'yolov8, attributes first': {
    decoder: yolov8('attributes-first'),
    input,
    outputs: { output0: transposed(60, [...pixelBox, ...probabilities]) },
    nothing: 0,
    byHand: {
      decoder: yolov8('attributes-first'),
      // Two boxes, of which the second is likely.
      outputs: { output0: [1, 16, 1, 8, 1, 10, 1, 4, 0, 0, 0, 0.4, 0, 0] },
      ...{ score: 0.4, classIndex: 1, box: [11, 6, 21, 10] },
    },
  },
  'yolov8, boxes first': {
    decoder: yolov8('boxes-first'),
    input,
    outputs: { output0: rows(60, [...pixelBox, ...probabilities]) },
    nothing: 0,
    byHand: {
      decoder: yolov8('boxes-first'),
      outputs: { output0: [1, 1, 1, 1, 0, 0, 0, 16, 8, 10, 4, 0, 0.4, 0] },
      ...{ score: 0.4, classIndex: 1, box: [11, 6, 21, 10] },
    },
  },
  'end-to-end': {
    decoder: { kind: 'end-to-end', output: 'output0', classes },
    input,
    // Classes from -1 to 3: those without a label are left out.
    outputs: { output0: rows(40, [...corners, probability, (u) => Math.floor(5 * u) - 1]) },
    nothing: 0,
    byHand: {
      decoder: { kind: 'end-to-end', output: 'o', classes },
      outputs: { o: [1, 2, 3, 4, 0.9, 3, 11, 6, 21, 10, 0.4, 1, 1, 2, 3, 4, 0.1, 0] },
      ...{ score: 0.4, classIndex: 1, box: [11, 6, 21, 10] },
    },
  },
  'detr, sigmoid': {
    decoder: detr('sigmoid', false),
    input,
    outputs: { pred_boxes: rows(30, shares), logits: rows(30, repeat(spread(-6, 3), classes)) },
    nothing: -20,
    byHand: {
      decoder: detr('sigmoid', false),
      outputs: { pred_boxes: [0.5, 0.25, 0.5, 0.25], logits: [-9, logit(0.4), -9] },
      ...{ score: 0.4, classIndex: 1, box: [8, 4, 24, 12] },
    },
  },
  'detr, softmax with background': {
    decoder: detr('softmax', true),
    input,
    outputs: { pred_boxes: rows(30, shares), logits: rows(30, repeat(spread(-3, 3), classes + 1)) },
    // All classes alike, a quarter each: below the least score.
    nothing: 0,
    byHand: {
      decoder: detr('softmax', true),
      outputs: {
        pred_boxes: [0.5, 0.25, 0.5, 0.25],
        logits: [100 + Math.log(0.05), 100 + Math.log(0.4), 100 + Math.log(0.05), 100 + Math.log(0.5)],
      },
      ...{ score: 0.4, classIndex: 1, box: [8, 4, 24, 12] },
    },
  },
  'detr, probabilities': {
    decoder: detr('none', false),
    input,
    outputs: { pred_boxes: rows(30, shares), logits: rows(30, probabilities) },
    nothing: 0,
    byHand: {
      decoder: detr('none', false),
      outputs: { pred_boxes: [0.5, 0.25, 0.5, 0.25], logits: [0, 0.4, 0] },
      ...{ score: 0.4, classIndex: 1, box: [8, 4, 24, 12] },
    },
  },
  nanodet: {
    decoder: {
      kind: 'nanodet',
      output: 'output',
      classes,
      strides,
      bins: 8,
      nms: { ...nms, iouThreshold: 0.6 },
    },
    input,
    outputs: { output: rows(CELLS, [...probabilities, ...repeat(spread(-3, 3), 32)]) },
    nothing: 0,
    byHand: {
      decoder: { kind: 'nanodet', output: 'o', classes, strides: [16], bins: 2, nms },
      // Cells at (0, 0), (16, 0), (0, 16) and (16, 16); the last: a half of its stride, a quarter, three quarters, 0.
      outputs: {
        o: [...repeat(0, 33), 0, 0.4, 0, ...[0, 0, Math.log(3), 0, 0, Math.log(3), 0, -200]],
      },
      ...{ score: 0.4, classIndex: 1, box: [8, 12, 28, 16] },
    },
  },
  'ssd, yxyx as shares with a count': {
    decoder: ssd({ corners: 'yxyx', unit: 'share', firstLabel: 1, count: 'count' }),
    input,
    outputs: {
      boxes: rows(40, [spread(0, 0.4), spread(0, 0.4), spread(0.5, 1), spread(0.5, 1)]),
      scores: rows(40, [probability]),
      labels: rows(40, [(u) => Math.floor(5 * u)]),
      count: { shape: [1], value: () => 33 },
    },
    nothing: 0,
    byHand: {
      decoder: ssd({ corners: 'yxyx', unit: 'share', firstLabel: 1, count: 'count' }),
      outputs: {
        boxes: [0.125, 0.25, 0.375, 0.75, 0, 0, 1, 1],
        ...{ scores: [0.4, 0.9], labels: [2, 1], count: [1] },
      },
      ...{ score: 0.4, classIndex: 1, box: [8, 4, 24, 12] },
    },
  },
  'ssd, xyxy in pixels': {
    decoder: ssd({}),
    input,
    outputs: {
      boxes: rows(40, corners),
      scores: rows(40, [probability]),
      labels: rows(40, [(u) => Math.floor(5 * u) - 1]),
    },
    nothing: 0,
    byHand: {
      decoder: ssd({}),
      outputs: { boxes: [8, 4, 24, 12, 0, 0, 9, 9], scores: [0.4, 0.9], labels: [1, -1] },
      ...{ score: 0.4, classIndex: 1, box: [8, 4, 24, 12] },
    },
  },
};

/** The same on every machine. */
export function randomOutputs({ outputs }: DecoderCase, seed: number): Map<string, OutputCase> {
  const next = random(seed);
  return new Map(
    Object.entries(outputs).map(([name, { shape, value }]) => {
      const length = shape.reduce((product, size) => product * size, 1);
      return [name, { shape, values: Float32Array.from({ length }, (_, at) => value(next(), at)) }];
    }),
  );
}
