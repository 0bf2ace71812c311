// model.json: the one schema behind its type, its check and its documentation.

import { z } from 'zod';

const size = z.object({ width: z.number().int().positive(), height: z.number().int().positive() });

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
  output: z.tuple([z.number(), z.number(), z.number()]).describe('Channels, height, width'),
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
  }),
  labels: z.array(z.string()),
  decoder: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('yolo'),
      classes: z.number().int().positive(),
      heads: z.array(yoloHead).min(1),
      nms: z.object({
        kind: z.enum(['greedy', 'diou']),
        iouThreshold: z.number().min(0).max(1),
        beta: z.number().default(0.6).describe('Exponent of the distance term of diou'),
      }),
    }),
    z.object({ kind: z.literal('softmax'), output: z.string(), classes: z.number().int().positive() }),
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
export type YoloHead = z.infer<typeof yoloHead>;
export type LayerDescription = z.infer<typeof layer>;
