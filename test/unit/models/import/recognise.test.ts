// Files whose outputs look as published exporters write them -> what they are taken for, and with which preprocessing.

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { modelDescription } from '../../../../models/folder/description.js';
import { cellsOf, centresOf } from '../../../../models/import/cells.js';
import { type ImportedModel, importOnnx, type OnnxOptions } from '../../../../models/import/import-onnx.js';
import { COCO_LABELS } from '../../../../models/import/labels.js';
import { readOnnx } from '../../../../models/onnx/read.js';
import { runOnce } from '../../../../models/runtime/onnxruntime.js';
import { type DetectorFile, detectorFile, type FileOutput } from '../../../support/detector-file.js';

const SIZE = { width: 96, height: 96 };
const STRIDES = [8, 16, 32];
const CELLS = cellsOf(SIZE, STRIDES); // 189
const CENTRES = centresOf(SIZE, STRIDES);
const scratch = mkdtempSync(join(tmpdir(), 'cspcam-recognise-'));

const names = (count: number) => Array.from({ length: count }, (_, i) => `class ${i}`);
const probability = (at: number) => ((at * 37) % 101) / 101;
const logit = (at: number) => ((at * 37) % 101) / 10 - 6;
/** Rows, a cell each, of columns: centre, size, then what `rest` says. */
const perCell = (
  columns: number,
  centre: (cell: number, axis: 0 | 1) => number,
  rest: (column: number, at: number) => number = (_column, at) => probability(at),
): FileOutput => ({
  dims: [1, CELLS, columns],
  values: (at) => {
    const [cell, column] = [Math.floor(at / columns), at % columns];
    if (column < 2) return centre(cell, column as 0 | 1);
    return column < 4 ? centre(cell, 0) / 4 : rest(column, at);
  },
});
const inPixels = (cell: number, axis: 0 | 1) => CENTRES[cell]![axis];
const byGrid = (cell: number) => (cell % 5) / 5;
const transposed = ({ dims: [, rows, columns], values }: FileOutput): FileOutput => ({
  dims: [1, columns!, rows!],
  values: (at) => values((at % rows!) * columns! + Math.floor(at / rows!)),
});
const anchored = (columns: number): FileOutput => ({
  dims: [1, 3 * CELLS, columns],
  values: (at) => (at % columns < 4 ? (at % 64) + 1 : probability(at)),
});
const list = (rows: number, columns: number, values: FileOutput['values']): FileOutput => ({
  dims: [1, rows, columns],
  values,
});
/** Around the centre of each cell, of sizes that differ. */
const cellCorners = list(CELLS, 4, (at) => {
  const [x, y] = CENTRES[at >> 2]!;
  const [width, height] = [20 + (at >> 2), 40];
  return [x - width / 2, y - height / 2, x + width / 2, y + height / 2][at % 4]!;
});
const ultralytics = (count: number, more: Record<string, string> = {}) => ({
  ...{ task: 'detect', stride: '32', license: 'AGPL-3.0' },
  names: `{${names(count)
    .map((name, i) => `${i}: '${name}'`)
    .join(', ')}}`,
  ...more,
});

const ULTRALYTICS = {
  preprocessing: { colour: 'RGB', mean: [0, 0, 0], deviation: [255, 255, 255] },
  resize: { kind: 'letterbox', align: 'centre', padding: 114 },
};
const YOLOX = {
  preprocessing: { colour: 'BGR', mean: [0, 0, 0], deviation: [1, 1, 1] },
  resize: { kind: 'letterbox', align: 'top-left', padding: 114 },
};
const STRETCHED = { ...ULTRALYTICS, resize: { kind: 'stretch' } };
const IMAGENET = { mean: [123.675, 116.28, 103.53], deviation: [58.395, 57.12, 57.375] };
const BYTES = { mean: [0, 0, 0], deviation: [1, 1, 1] };

interface Expected {
  readonly decoder: object;
  readonly preprocessing: object;
  readonly resize: object;
}
type Row = [name: string, file: DetectorFile, options: Partial<OnnxOptions>, expected: Expected];

const labels = (count: number) => ({ labels: names(count) });
const corners = (at: number) => ((at % 6) + 1) * 10;

const rows: Row[] = [
  [
    'YOLOX',
    { outputs: { output: perCell(85, byGrid) }, focus: true },
    labels(80),
    { decoder: { kind: 'yolox', output: 'output', classes: 80, strides: STRIDES }, ...YOLOX },
  ],
  [
    'YOLOX of one class',
    { outputs: { output: perCell(6, byGrid) }, focus: true },
    labels(1),
    { decoder: { kind: 'yolox', classes: 1 }, ...YOLOX },
  ],
  [
    'YOLOX, decoded',
    { outputs: { output: perCell(85, inPixels) }, focus: true },
    labels(80),
    { decoder: { kind: 'yolov5', classes: 80 }, ...YOLOX },
  ],
  [
    'YOLOv5',
    { outputs: { output0: anchored(9) } },
    labels(4),
    { decoder: { kind: 'yolov5', classes: 4 }, ...ULTRALYTICS },
  ],
  [
    'YOLOv5 with its maps beside',
    { outputs: { output: anchored(9), 341: { dims: [1, 3, 8, 8, 9], values: logit } } },
    labels(4),
    { decoder: { kind: 'yolov5', output: 'output' }, ...ULTRALYTICS },
  ],
  [
    'YOLOv6',
    { outputs: { outputs: perCell(9, inPixels, (column, at) => (column === 4 ? 1 : probability(at))) } },
    labels(4),
    { decoder: { kind: 'yolov5', classes: 4 }, ...ULTRALYTICS },
  ],
  [
    'YOLOv8',
    { outputs: { output0: transposed(perCell(7, inPixels)) }, metadata: ultralytics(3) },
    {},
    { decoder: { kind: 'yolov8', classes: 3, layout: 'attributes-first' }, ...ULTRALYTICS },
  ],
  [
    'YOLOv8, boxes first',
    { outputs: { output0: perCell(7, inPixels) } },
    labels(3),
    { decoder: { kind: 'yolov8', classes: 3, layout: 'boxes-first' }, ...ULTRALYTICS },
  ],
  [
    'YOLOv8 of COCO without metadata',
    { outputs: { output0: perCell(84, inPixels) } },
    labels(80),
    { decoder: { kind: 'yolov8', classes: 80 }, ...ULTRALYTICS },
  ],
  [
    'YOLOv8 with its maps beside',
    {
      outputs: {
        output0: transposed(perCell(7, inPixels)),
        ...Object.fromEntries(
          STRIDES.map((stride) => [
            `map${stride}`,
            { dims: [1, 67, 96 / stride, 96 / stride], values: logit },
          ]),
        ),
      },
    },
    labels(3),
    { decoder: { kind: 'yolov8', output: 'output0', classes: 3 }, ...ULTRALYTICS },
  ],
  [
    'YOLOv10',
    { outputs: { output0: list(300, 6, corners) }, metadata: ultralytics(5) },
    {},
    { decoder: { kind: 'end-to-end', classes: 5 }, ...ULTRALYTICS },
  ],
  [
    'YOLO26',
    { outputs: { output0: list(300, 6, corners) }, metadata: ultralytics(5, { end2end: 'True' }) },
    {},
    { decoder: { kind: 'end-to-end' }, ...ULTRALYTICS },
  ],
  [
    'YOLOv7 with suppression',
    { outputs: { output: { dims: [4, 7], values: corners } } },
    labels(5),
    { decoder: { kind: 'end-to-end' }, ...ULTRALYTICS },
  ],
  [
    'YOLO-NAS',
    { outputs: { pred_bboxes: cellCorners, pred_scores: list(CELLS, 80, probability) } },
    labels(80),
    {
      decoder: { kind: 'yolov8', output: 'boxes_and_scores', classes: 80, layout: 'boxes-first' },
      ...ULTRALYTICS,
    },
  ],
  [
    'YOLO-NAS of one class, without its sigmoid, under other names',
    { outputs: { 914: list(CELLS, 1, logit), 905: cellCorners } },
    labels(1),
    { decoder: { kind: 'yolov8', output: 'boxes_and_scores', classes: 1 }, ...ULTRALYTICS },
  ],
  [
    'NanoDet-Plus',
    {
      outputs: {
        output: {
          dims: [1, cellsOf(SIZE, [8, 16, 32, 64]), 112],
          values: (at) => (at % 112 < 80 ? probability(at) : logit(at)),
        },
      },
      input: { name: 'data', dims: [1, 3, 96, 96] },
    },
    labels(80),
    {
      decoder: { kind: 'nanodet', classes: 80, bins: 8, strides: [8, 16, 32, 64] },
      preprocessing: { colour: 'BGR', mean: [103.53, 116.28, 123.675], deviation: [57.375, 57.12, 58.395] },
      resize: { kind: 'stretch' },
    },
  ],
  [
    'RT-DETR of Ultralytics',
    { outputs: { output0: list(300, 9, (at) => probability(at)) }, metadata: ultralytics(5) },
    {},
    {
      decoder: {
        kind: 'detr',
        boxes: 'boxes',
        scores: 'scores',
        classes: 5,
        activation: 'none',
        background: false,
      },
      ...STRETCHED,
    },
  ],
  [
    'RT-DETR of Hugging Face',
    { outputs: { logits: list(300, 80, logit), pred_boxes: list(300, 4, probability) } },
    labels(80),
    { decoder: { kind: 'detr', boxes: 'pred_boxes', scores: 'logits', activation: 'sigmoid' }, ...STRETCHED },
  ],
  [
    'RT-DETR of four classes, whose logits could be boxes',
    { outputs: { logits: list(300, 4, (at) => logit(at) - 4), pred_boxes: list(300, 4, probability) } },
    labels(4),
    { decoder: { kind: 'detr', boxes: 'pred_boxes', scores: 'logits', classes: 4 }, ...STRETCHED },
  ],
  [
    'RT-DETR of four classes without words',
    { outputs: { 812: list(300, 4, probability), 790: list(300, 4, (at) => logit(at) - 4) } },
    labels(4),
    { decoder: { kind: 'detr', boxes: '812', scores: '790', activation: 'sigmoid' }, ...STRETCHED },
  ],
  [
    'DETR of three classes',
    { outputs: { logits: list(100, 4, (at) => logit(at) - 4), pred_boxes: list(100, 4, probability) } },
    labels(3),
    {
      decoder: { kind: 'detr', boxes: 'pred_boxes', scores: 'logits', classes: 3, background: true },
      preprocessing: { colour: 'RGB', ...IMAGENET },
      resize: { kind: 'letterbox', align: 'top-left', padding: 116 },
    },
  ],
  [
    'DETR',
    {
      outputs: { logits: list(100, 92, logit), pred_boxes: list(100, 4, probability) },
      further: { pixel_mask: { type: 'int64', dims: [1, 96, 96] } },
    },
    labels(91),
    {
      decoder: { kind: 'detr', classes: 91, activation: 'softmax', background: true },
      preprocessing: { colour: 'RGB', ...IMAGENET },
      resize: { kind: 'letterbox', align: 'top-left', padding: 116 },
    },
  ],
  [
    'RF-DETR',
    { outputs: { dets: list(300, 4, probability), labels: list(300, 91, logit) } },
    labels(91),
    {
      decoder: { kind: 'detr', boxes: 'dets', scores: 'labels', activation: 'sigmoid' },
      preprocessing: { colour: 'RGB', ...IMAGENET },
      resize: { kind: 'stretch' },
    },
  ],
  [
    'RF-DETR trained anew, whose last column is no class',
    { outputs: { dets: list(300, 4, probability), labels: list(300, 2, logit) } },
    labels(1),
    {
      decoder: { kind: 'detr', boxes: 'dets', classes: 1, activation: 'sigmoid', background: true },
      preprocessing: { colour: 'RGB', ...IMAGENET },
      resize: { kind: 'stretch' },
    },
  ],
  [
    'D-FINE',
    {
      outputs: {
        labels: { dims: [1, 300], values: (at) => at % 80, type: 'int64' },
        boxes: list(300, 4, corners),
        scores: { dims: [1, 300], values: probability },
      },
      further: { orig_target_sizes: { type: 'int64', dims: [-1, 2] } },
    },
    labels(80),
    {
      decoder: {
        kind: 'ssd',
        boxes: 'boxes',
        scores: 'scores',
        labels: 'labels',
        corners: 'xyxy',
        unit: 'pixels',
        firstLabel: 0,
      },
      ...STRETCHED,
    },
  ],
  [
    'SSD-MobileNet of TensorFlow',
    {
      input: { name: 'image_tensor:0', type: 'uint8', dims: [1, 96, 96, 3] },
      outputs: {
        'detection_boxes:0': list(100, 4, probability),
        'detection_classes:0': { dims: [1, 100], values: () => 1 },
        'detection_scores:0': { dims: [1, 100], values: probability },
        'num_detections:0': { dims: [1], values: () => 9 },
      },
    },
    labels(90),
    {
      decoder: {
        kind: 'ssd',
        boxes: 'detection_boxes:0',
        labels: 'detection_classes:0',
        count: 'num_detections:0',
        corners: 'yxyx',
        unit: 'share',
        firstLabel: 1,
      },
      preprocessing: { colour: 'RGB', layout: 'NHWC', type: 'uint8', ...BYTES },
      resize: { kind: 'stretch' },
    },
  ],
  [
    'SSD-MobileNet of TensorFlow 2, whose rows and columns are open',
    {
      input: { name: 'input_tensor', type: 'uint8', dims: [1, -1, -1, 3] },
      outputs: {
        detection_anchor_indices: { dims: [1, 100], values: (at) => at },
        detection_boxes: list(100, 4, probability),
        detection_classes: { dims: [1, 100], values: () => 1 },
        detection_multiclass_scores: list(100, 91, probability),
        detection_scores: { dims: [1, 100], values: probability },
        num_detections: { dims: [1], values: () => 9 },
        raw_detection_boxes: list(1917, 4, probability),
        raw_detection_scores: list(1917, 91, probability),
      },
    },
    { ...labels(90), size: SIZE },
    {
      decoder: {
        kind: 'ssd',
        boxes: 'detection_boxes',
        scores: 'detection_scores',
        labels: 'detection_classes',
        firstLabel: 1,
      },
      preprocessing: { layout: 'NHWC', type: 'uint8', ...BYTES },
      resize: { kind: 'stretch' },
    },
  ],
  [
    'SSD of torchvision',
    {
      outputs: {
        boxes: { dims: [50, 4], values: corners },
        scores: { dims: [50], values: probability },
        labels: { dims: [50], values: () => 1, type: 'int64' },
      },
    },
    labels(90),
    { decoder: { kind: 'ssd', corners: 'xyxy', unit: 'pixels', firstLabel: 1 }, ...STRETCHED },
  ],
  [
    'SSD of the ONNX zoo',
    {
      outputs: {
        bboxes: list(200, 4, probability),
        labels: { dims: [1, 200], values: () => 1, type: 'int64' },
        scores: { dims: [1, 200], values: probability },
      },
    },
    labels(80),
    {
      decoder: { kind: 'ssd', boxes: 'bboxes', unit: 'share', firstLabel: 1 },
      preprocessing: { colour: 'RGB', ...IMAGENET },
      resize: { kind: 'stretch' },
    },
  ],
  [
    'YOLO-NAS of SuperGradients with suppression',
    {
      input: { name: 'input', type: 'uint8', dims: [1, 3, 96, 96] },
      outputs: {
        graph2_num_predictions: { dims: [1, 1], values: () => 4, type: 'int64' },
        graph2_pred_boxes: list(1000, 4, corners),
        graph2_pred_scores: { dims: [1, 1000], values: probability },
        graph2_pred_classes: { dims: [1, 1000], values: (at) => at % 80, type: 'int64' },
      },
    },
    labels(80),
    {
      decoder: {
        kind: 'ssd',
        boxes: 'graph2_pred_boxes',
        scores: 'graph2_pred_scores',
        labels: 'graph2_pred_classes',
        count: 'graph2_num_predictions',
        corners: 'xyxy',
        unit: 'pixels',
        firstLabel: 0,
      },
      preprocessing: { colour: 'RGB', type: 'uint8', ...BYTES },
      resize: { kind: 'letterbox', align: 'centre', padding: 114 },
    },
  ],
  [
    'an SSD of nobody known that finds label 0',
    {
      outputs: {
        bboxes: list(200, 4, probability),
        labels: { dims: [1, 200], values: (at) => at % 5, type: 'int64' },
        scores: { dims: [1, 200], values: () => 0.5 },
      },
    },
    labels(5),
    {
      decoder: { kind: 'ssd', unit: 'share', firstLabel: 0 },
      preprocessing: { colour: 'RGB', ...IMAGENET },
      resize: { kind: 'stretch' },
    },
  ],
  [
    'an SSD of nobody known that fills up with label 0',
    {
      outputs: {
        bboxes: list(200, 4, probability),
        labels: { dims: [1, 200], values: (at) => (at < 9 ? 1 : 0), type: 'int64' },
        scores: { dims: [1, 200], values: (at) => (at < 9 ? 0.5 : 0) },
      },
    },
    labels(5),
    {
      decoder: { kind: 'ssd', unit: 'share', firstLabel: 1 },
      preprocessing: { colour: 'RGB', ...IMAGENET },
      resize: { kind: 'stretch' },
    },
  ],
  [
    'what is said goes before what is usual',
    { outputs: { output: perCell(85, byGrid) }, focus: true },
    { ...labels(80), colour: 'RGB', mean: [1, 2, 3], deviation: [4, 5, 6], resize: { kind: 'stretch' } },
    {
      decoder: { kind: 'yolox' },
      preprocessing: { colour: 'RGB', mean: [1, 2, 3], deviation: [4, 5, 6] },
      resize: { kind: 'stretch' },
    },
  ],
];

const importFile = (file: DetectorFile, options: Partial<OnnxOptions> = {}): Promise<ImportedModel> =>
  importOnnx(detectorFile(file), { file: 'a.onnx', sha256: '0', name: 'a', ...options }, scratch);

describe('recognised', () => {
  test.each(rows)('%s', async (_name, file, options, { decoder, preprocessing, resize }) => {
    const { description, network, found } = await importFile(file, options);
    expect(description.decoder).toMatchObject(decoder);
    expect(description.preprocessing).toMatchObject(preprocessing);
    expect(description.input).toMatchObject({ name: 'pixels', ...SIZE, resize });
    expect(found).toMatch(new RegExp(`^${description.decoder.kind}: `));
    expect(modelDescription.safeParse({ ...description, files: {} }).success).toBe(true);
    // The network gives floats of the names that the decoder reads.
    const outputs = await run(network);
    for (const [key, value] of Object.entries(description.decoder))
      if (['output', 'boxes', 'scores', 'labels', 'count'].includes(key))
        expect(outputs.get(value as string)!.type).toBe('float32');
  });
});

const run = (network: Uint8Array) => {
  const { dims } = readOnnx(network).program.inputs[0]!;
  const data = new Uint8Array(dims.reduce((product, length) => product * length, 1));
  return runOnce(network, new Map([['pixels', { type: 'uint8', dims, data }]]));
};

describe('outputs are brought to what decoders take', () => {
  const sigmoid = (value: number) => 1 / (1 + Math.exp(-value));

  test('logits get their sigmoid, shares become pixels', async () => {
    const head = perCell(
      7,
      (cell, axis) => inPixels(cell, axis) / 96,
      (_column, at) => logit(at),
    );
    const { network, found } = await importFile({ outputs: { output0: head } }, labels(3));
    const values = (await run(network)).get('output0')!.data as Float32Array;
    for (const [at, value] of values.entries())
      expect(value).toBeCloseTo(at % 7 < 4 ? head.values(at) * 96 : sigmoid(head.values(at)), 4);
    expect(found).toContain('sigmoid');
  });

  const yolov7 = [0, 10, 20, 30, 40, 3, 0.5];
  const flat = [0, 10, 20, 30, 40, 0.5, 3];
  const sure = [0, 10, 20, 30, 40, 1, 1];
  test.each<[string, string, number[], number[]]>([
    ['YOLOv7', 'output', yolov7, [0.5, 3]],
    ['YOLOv7 under another name', 'boxes', yolov7, [0.5, 3]],
    ['SuperGradients', 'graph2_flat_predictions', flat, [0.5, 3]],
    ['SuperGradients under another name', 'output', flat, [0.5, 3]],
    ['YOLOv7 with scores of 1', 'output', sure, [1, 1]],
    ['SuperGradients with scores of 1', 'graph2_flat_predictions', sure, [1, 1]],
  ])('columns of rows are put in order: %s', async (_who, name, row, scoreAndClass) => {
    const file = { outputs: { [name]: { dims: [2, 7], values: (at: number) => row[at % 7]! } } };
    const { network, description } = await importFile(file, labels(5));
    expect(description.decoder).toMatchObject({ kind: 'end-to-end', output: name, classes: 5 });
    const { dims, data } = (await run(network)).get(name)!;
    const wanted = [10, 20, 30, 40, ...scoreAndClass];
    expect([dims, [...(data as Float32Array)]]).toEqual([
      [1, 2, 6],
      [...wanted, ...wanted],
    ]);
  });

  test.each<[string, string, number[]]>([
    ['YOLOv7', 'output', [1, 2, 3, 4, 6, 5]],
    ['SuperGradients', 'graph2_flat_predictions', [1, 2, 3, 4, 5, 6]],
  ])('rows that nothing is found in go by their name: %s', async (_who, name, order) => {
    const { network } = await importFile(
      { outputs: { [name]: { dims: [0, 7], values: () => 0 } } },
      labels(5),
    );
    const { constants } = readOnnx(network).program;
    expect([...constants.values()].map(({ values }) => [...values].map(Number))).toContainEqual(order);
  });

  test.each<[string, Record<string, string>, number[]]>([
    ['centre and size', { head: 'RTDETRDecoder' }, [96 * 0.3, 96 * 0.1, 96 * 0.7, 96 * 0.7]],
    ['corners', {}, [96 * 0.5, 96 * 0.4, 96 * 0.9, 96 * 0.8]],
  ])('rows of shares become corners in pixels: %s', async (_name, head, box) => {
    const row = head['head'] ? [0.5, 0.4, 0.4, 0.6, 0.9, 3] : [0.5, 0.4, 0.9, 0.8, 0.9, 3];
    const output0 = list(300, 6, (at) => row[at % 6]!);
    const file = { outputs: { output0 }, metadata: ultralytics(5, head) };
    const { network, description } = await importFile(file);
    expect(description.decoder).toMatchObject({ kind: 'end-to-end', classes: 5 });
    expect(description.input.resize.kind).toBe(head['head'] ? 'stretch' : 'letterbox');
    const data = (await run(network)).get('output0')!.data as Float32Array;
    for (const [at, value] of [...box, 0.9, 3].entries()) expect(data[6 + at]).toBeCloseTo(value, 4);
  });

  test.each([probability, logit])(
    'corners and scores apart become centres, sizes and scores: %o',
    async (scores) => {
      const outputs = { boxes: cellCorners, scores: list(CELLS, 3, scores) };
      const { network } = await importFile({ outputs }, labels(3));
      const { dims, data } = (await run(network)).get('boxes_and_scores')!;
      expect(dims).toEqual([1, CELLS, 7]);
      for (const cell of [0, 100, CELLS - 1]) {
        const row = [...(data as Float32Array)].slice(7 * cell, 7 * cell + 7);
        const [x, y] = CENTRES[cell]!;
        const likely = [0, 1, 2].map((of) =>
          scores === logit ? sigmoid(logit(3 * cell + of)) : probability(3 * cell + of),
        );
        for (const [at, value] of [x, y, 20 + cell, 40, ...likely].entries())
          expect(row[at]).toBeCloseTo(value, 3);
      }
    },
  );

  test('300 rows are no three anchors of 10 x 10 cells', async () => {
    const input = { name: 'images', dims: [1, 3, 320, 320] };
    const { description } = await importFile({
      ...{ input, outputs: { output0: list(300, 84, probability) }, metadata: ultralytics(80) },
    });
    expect(description.decoder.kind).toBe('detr');
  });

  test('one output of RT-DETR is cut in two', async () => {
    const { network } = await importFile({
      outputs: { output0: list(300, 9, probability) },
      metadata: ultralytics(5),
    });
    const outputs = await run(network);
    expect([outputs.get('boxes')!.dims, outputs.get('scores')!.dims]).toEqual([
      [1, 300, 4],
      [1, 300, 5],
    ]);
    expect(outputs.get('scores')!.data[7]).toBeCloseTo(probability(9 + 4 + 2), 5);
  });
});

describe('what the file leaves open', () => {
  const open = { name: 'images', dims: [-1, 3, -1, -1], dimNames: ['batch', '', 'height', 'width'] };
  const yolo: DetectorFile = { input: open, outputs: { output0: transposed(perCell(7, inPixels)) } };

  test.each<[string, DetectorFile, Partial<OnnxOptions>]>([
    ['--size', yolo, { ...labels(3), size: SIZE }],
    ['metadata', { ...yolo, metadata: ultralytics(3, { imgsz: '[96, 96]' }) }, {}],
  ])('is set by %s', async (_name, file, options) => {
    const { network, description } = await importFile(file, options);
    expect(readOnnx(network).program.inputs[0]!.dims).toEqual([1, 3, 96, 96]);
    expect(description.input).toMatchObject(SIZE);
  });
});

test.each<[string, FileOutput['values'], boolean]>([
  ['nothing', () => 0, true],
  ['boxes', probability, false],
])('what suppresses inside and finds %s on the picture that is tried', async (_found, values, isGuess) => {
  const one = (type?: 'int64'): FileOutput => ({ dims: [1, 100], values: () => 0, ...(type && { type }) });
  const outputs = { boxes: list(100, 4, values), scores: one(), labels: one('int64') };
  const { found } = await importFile({ outputs }, labels(5));
  expect(found.includes('a guess, as the picture that was tried has none')).toBe(isGuess);
});

describe('the names of COCO, where classes are its numbers', () => {
  const tensorflow: DetectorFile = {
    input: { name: 'image_tensor', type: 'uint8', dims: [1, 96, 96, 3] },
    outputs: {
      detection_boxes: list(100, 4, probability),
      detection_classes: { dims: [1, 100], values: () => 1 },
      detection_scores: { dims: [1, 100], values: probability },
    },
  };
  const detr = (columns: number): DetectorFile => ({
    outputs: { logits: list(100, columns, logit), pred_boxes: list(100, 4, probability) },
  });
  test.each<[string, DetectorFile, number, boolean | undefined, number]>([
    ['SSD of TensorFlow', tensorflow, 90, undefined, 1],
    ['DETR', detr(92), 91, true, 0],
    ['RF-DETR', detr(91), 91, false, 0],
    ['RT-DETR, which numbers them anew', detr(80), 80, false, Number.NaN],
    ['DETR trained by 80', detr(81), 80, true, Number.NaN],
  ])('%s', async (_name, file, classes, background, first) => {
    const { description } = await importFile(file, { labels: COCO_LABELS });
    const { decoder, labels } = description;
    expect([
      decoder.classes,
      labels.length,
      'background' in decoder ? decoder.background : undefined,
    ]).toEqual([classes, classes, background]);
    expect(new Set(labels).size).toBe(classes);
    if (Number.isNaN(first)) return expect(labels).toEqual(COCO_LABELS);
    // As COCO's annotations number them.
    const numbers = { person: 1, truck: 8, 'stop sign': 13, dog: 18, backpack: 27, tv: 72, toothbrush: 90 };
    for (const [label, number] of Object.entries(numbers)) expect(labels[number - first]).toBe(label);
  });
});

test('opset 22 is imported, and what TensorRT says of it is told', async () => {
  const { notices, network } = await importFile({
    ...{ opset: 22, outputs: { output0: transposed(perCell(7, inPixels)) }, metadata: ultralytics(3) },
  });
  expect(notices).toEqual(['TensorRT 8.2 would not take opset 22 (it takes 13 or lower)']);
  expect(readOnnx(network).program.opset).toBe(22);
});

test('parameters, operations and layers are counted', async () => {
  const { description } = await importFile(
    { outputs: { output: perCell(85, byGrid) }, focus: true },
    labels(80),
  );
  const { layers, parameters, bflops } = description;
  // One filter of 1x1 over 12 channels and 48x48 cells.
  expect([parameters, bflops]).toEqual([12, (2 * 12 * 48 * 48) / 1e9]);
  expect(layers.find(({ type }) => type === 'Conv')).toMatchObject({ output: [1, 48, 48], parameters: 12 });
  expect(layers[0]).toMatchObject({ index: 0, type: 'Cast', inputs: [-1], output: [3, 96, 96] });
  expect(description.provenance).toMatchObject({ format: 'onnx', file: 'a.onnx', sha256: '0', opset: 13 });
});

const refused: [name: string, file: DetectorFile, options: Partial<OnnxOptions>, line: RegExp][] = [
  [
    'no labels',
    { outputs: { output: perCell(85, byGrid) }, focus: true },
    {},
    /^expected --labels with the names of its 80 classes for a\.onnx, received none$/,
  ],
  [
    'labels of others',
    { outputs: { output0: transposed(perCell(7, inPixels)) } },
    labels(5),
    /^expected 3 \(yolov8\) class names for a\.onnx, received 5$/,
  ],
  [
    'several kinds',
    { outputs: { output0: perCell(9, inPixels) } },
    {},
    /could be yolov5 \(4 classes\) or yolov8 \(5 classes\): give --kind or --labels$/,
  ],
  [
    'another kind than asked for',
    { outputs: { output0: transposed(perCell(7, inPixels)) } },
    { ...labels(3), kind: 'detr' },
    /^expected outputs of detr .* which could be yolov8/,
  ],
  [
    'a classifier',
    { outputs: { prob: { dims: [1, 1000], values: probability } } },
    {},
    /^expected a detector for a\.onnx, received a classifier: prob \(1 x 1000\)$/,
  ],
  [
    'a segmenter',
    { outputs: { out: { dims: [1, 21, 96, 96], values: logit } } },
    {},
    /a segmenter: out \(1 x 21 x 96 x 96\)/,
  ],
  [
    'a YOLO with masks',
    {
      outputs: {
        output0: transposed(perCell(39, inPixels)),
        output1: { dims: [1, 32, 16, 16], values: logit },
      },
      metadata: ultralytics(3, { task: 'segment' }),
    },
    {},
    /a segmenter/,
  ],
  [
    'a YOLO with maps and masks that nothing names',
    {
      outputs: {
        a: transposed(perCell(39, inPixels)),
        b: { dims: [1, 99, 12, 12], values: logit },
        c: { dims: [1, 99, 6, 6], values: logit },
        d: { dims: [1, 99, 3, 3], values: logit },
        e: { dims: [1, 32, 24, 24], values: logit },
      },
    },
    labels(35),
    /maps of a detector that are not decoded/,
  ],
  [
    'the same twice',
    { outputs: { a: transposed(perCell(7, inPixels)), b: transposed(perCell(7, inPixels)) } },
    labels(3),
    /^expected one output, .* of which several could be yolov8 \(3 classes\): export it with one of them$/,
  ],
  [
    'poses',
    { outputs: { output0: transposed(perCell(56, inPixels)) }, metadata: ultralytics(1, { task: 'pose' }) },
    {},
    /a network for poses/,
  ],
  [
    'turned boxes',
    { outputs: { output0: transposed(perCell(20, inPixels)) }, metadata: ultralytics(15, { task: 'obb' }) },
    {},
    /turned boxes/,
  ],
  [
    'maps that are not decoded',
    { outputs: { a: { dims: [1, 255, 8, 8], values: logit }, b: { dims: [1, 255, 4, 4], values: logit } } },
    labels(80),
    /maps of a detector that are not decoded/,
  ],
  [
    'outputs of no known kind',
    { outputs: { out: list(7, 3, probability) } },
    {},
    /^expected outputs of a known kind .* received out \(1 x 7 x 3\)$/,
  ],
  [
    'rows without a sign of which column is the class',
    { outputs: { rows: { dims: [0, 7], values: () => 0 } } },
    labels(5),
    /^expected outputs of a known kind .* received rows \(0 x 7\)$/,
  ],
  [
    'two pictures',
    {
      outputs: { out: list(7, 3, probability) },
      further: { left: { type: 'float32', dims: [1, 3, 96, 96] } },
    },
    {},
    /^expected one input, a picture, for|^expected one input, a picture for a\.onnx, received images .* left/,
  ],
  [
    'an open size',
    { input: { dims: [1, 3, -1, -1] }, outputs: { out: list(7, 3, probability) } },
    {},
    /^expected --size, as the file leaves it open for the width of a\.onnx/,
  ],
  [
    '--size of a fixed one',
    { outputs: { out: list(7, 3, probability) } },
    { size: { width: 64, height: 64 } },
    /^expected no --size, as the file fixes 96 for the width/,
  ],
  [
    'an odd width',
    { input: { dims: [1, 3, 96, 98] }, outputs: { out: list(7, 3, probability) } },
    {},
    /multiple of 4 for the input of a\.onnx, received 98/,
  ],
  ...(['mean', 'deviation'] as const).map((option): (typeof refused)[number] => [
    `--${option} of bytes`,
    {
      input: { type: 'uint8', dims: [1, 3, 96, 96] },
      outputs: { output0: transposed(perCell(7, inPixels)) },
    },
    { ...labels(3), [option]: [1, 2, 3] },
    new RegExp(`^expected no --${option}, as the file takes bytes for a\\.onnx, received 1, 2, 3$`),
  ]),
  [
    'grey pictures',
    { input: { dims: [1, 1, 96, 96] }, outputs: { out: list(7, 3, probability) } },
    {},
    /three colours/,
  ],
  [
    'batches',
    { input: { dims: [8, 3, 96, 96] }, outputs: { out: list(7, 3, probability) } },
    {},
    /one picture at a time/,
  ],
  ['NaN', { outputs: { output0: transposed(perCell(7, inPixels, () => Number.NaN)) } }, labels(3), /NaN/],
];

describe('refused', () => {
  test.each(refused)('%s', async (_name, file, options, line) => {
    await expect(importFile(file, options)).rejects.toThrow(line);
  });
});
