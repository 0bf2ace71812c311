// model.json: the one schema behind its type, its check and its documentation.

import { z } from 'zod';

const size = z.object({ width: z.number().int().positive(), height: z.number().int().positive() });

const resize = z
  .discriminatedUnion('kind', [
    z.object({
      kind: z.literal('letterbox'),
      align: z.enum(['centre', 'top-left']),
      padding: z.int().min(0).max(255).describe('Grey level of the border'),
    }),
    z.object({ kind: z.literal('stretch') }),
  ])
  .describe('How a picture of another shape fills the input');

const triple = z.tuple([z.number(), z.number(), z.number()]);

const preprocessing = z.object({
  layout: z.enum(['NCHW', 'NHWC']),
  type: z.enum(['uint8', 'float32']),
  colour: z.enum(['RGB', 'BGR']),
  mean: triple.describe('Subtracted from bytes, in the order of `colour`'),
  deviation: triple.describe('What the difference is divided by'),
});

const nms = z.object({
  kind: z.enum(['greedy', 'diou']),
  iouThreshold: z.number().min(0).max(1),
  beta: z.number().default(0.6).describe('Exponent of the distance term of diou'),
});

const classes = z.number().int().positive();
const strides = z
  .array(z.number().int().positive())
  .min(1)
  .describe('Of the maps, in the order of their cells');

const yoloHead = z.object({
  output: z.string().describe('Name of the graph output, shape (1, anchors * (5 + classes), gridH, gridW)'),
  grid: size,
  anchors: z
    .array(z.tuple([z.number(), z.number()]))
    .min(1)
    .describe('Width and height in input pixels'),
  scaleXY: z.number().default(1),
  newCoords: z
    .boolean()
    .default(false)
    .describe('Outputs are already sigmoid; w and h decode as (2x)^2 * anchor'),
});

const layer = z.object({
  index: z.number().int(),
  type: z.string(),
  inputs: z.array(z.number().int()).describe('Layer indices, -1 is the picture'),
  output: z
    .array(z.number().int())
    .describe('Channels, height, width; of an imported network any shape after the batch'),
  parameters: z.number().int(),
  bflops: z.number(),
});

const quantization = z.object({
  method: z.enum(['minmax', 'percentile', 'mse']).describe('How ranges of activations were chosen'),
  data: z.string().describe('What the calibration saw'),
  split: z.string().optional(),
  pictures: z.number().int().positive(),
  biasCorrection: z.boolean(),
  keptFp32: z.array(z.string()).describe('Nodes left in floats, beside those of the outputs'),
});

const described = z.object({
  schemaVersion: z.literal(1),
  name: z.string().min(1),
  task: z.enum(['detection', 'classification']),
  input: size.extend({
    name: z.string(),
    layout: z.literal('NCHW'),
    type: z.enum(['uint8', 'float32']),
    colour: z.literal('RGB'),
    resize: resize.default({ kind: 'letterbox', align: 'centre', padding: 0 }),
  }),
  preprocessing: preprocessing
    .optional()
    .describe('What the file that was imported takes; the network of the folder makes it of bytes itself'),
  labels: z.array(z.string()),
  decoder: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('yolo'), classes, heads: z.array(yoloHead).min(1), nms }),
    z
      .object({ kind: z.literal('yolox'), output: z.string(), classes, strides, nms })
      .describe(
        '(1, cells, 5 + classes): x, y, w, h by grid and stride, objectness and classes as probabilities',
      ),
    z
      .object({ kind: z.literal('yolov5'), output: z.string(), classes, nms })
      .describe(
        '(1, boxes, 5 + classes): centre and size in pixels, objectness and classes as probabilities',
      ),
    z
      .object({
        kind: z.literal('yolov8'),
        output: z.string(),
        classes,
        layout: z.enum(['attributes-first', 'boxes-first']),
        nms,
      })
      .describe(
        '(1, 4 + classes, boxes) or (1, boxes, 4 + classes): centre and size in pixels, class probabilities',
      ),
    z
      .object({ kind: z.literal('end-to-end'), output: z.string(), classes })
      .describe('(1, boxes, 6): corners in pixels, score, class; no suppression is left to do'),
    z
      .object({
        kind: z.literal('detr'),
        boxes: z.string(),
        scores: z.string(),
        classes,
        activation: z.enum(['sigmoid', 'softmax', 'none']).describe('That turns scores into probabilities'),
        background: z.boolean().default(false).describe('The last class is none'),
      })
      .describe('(1, queries, 4): centre and size as shares of the input; (1, queries, classes)'),
    z
      .object({
        kind: z.literal('nanodet'),
        output: z.string(),
        classes,
        strides,
        bins: z.number().int().min(2).describe('Of the distribution of each distance'),
        nms,
      })
      .describe('(1, cells, classes + 4 * bins): class probabilities, distances to left, top, right, bottom'),
    z
      .object({
        kind: z.literal('ssd'),
        boxes: z.string(),
        scores: z.string(),
        labels: z.string(),
        count: z.string().optional().describe('Output that says how many boxes there are'),
        classes,
        corners: z.enum(['xyxy', 'yxyx']),
        unit: z.enum(['pixels', 'share']).describe('Of the corners: pixels or share of the input'),
        firstLabel: z.number().int().describe('Number that the first label has in the output'),
      })
      .describe('Boxes, scores and labels after suppression inside the network'),
    z.object({ kind: z.literal('softmax'), output: z.string(), classes }),
  ]),
  parameters: z.number().int().describe('Floats in the Darknet weight file: kernels, batch norm, biases'),
  bflops: z.number().describe("Darknet's count: 2 per multiply-add of convolutions, plus max pools"),
  layers: z.array(layer),
  precision: z
    .enum(['fp32', 'int8'])
    .optional()
    .describe(
      'What runs where nothing else is asked for; int8 is made of ranges.json on the machine that runs it',
    ),
  quantization: quantization.optional().describe('How the ranges for int8 came about'),
  provenance: z.record(z.string(), z.unknown()).describe('Where architecture and weights came from'),
  files: z.record(z.string(), z.object({ sha256: z.string().length(64), bytes: z.number().int() })),
});

export const modelDescription = described.refine(({ labels, decoder }) => labels.length === decoder.classes, {
  path: ['labels'],
  error: ({ input }) =>
    `expected as many as decoder.classes, received ${(input as z.infer<typeof described>).labels.length}`,
});

export type ModelDescription = z.infer<typeof modelDescription>;
export type Decoder = ModelDescription['decoder'];
export type DecoderOf<Kind extends Decoder['kind']> = Extract<Decoder, { kind: Kind }>;
export type Resize = ModelDescription['input']['resize'];
export type YoloHead = z.infer<typeof yoloHead>;
export type LayerDescription = z.infer<typeof layer>;
