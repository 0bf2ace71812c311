// model.json: the one schema behind its type, its check and its documentation.

import { z } from 'zod';
import { detectorSchemas } from '../decode/registry.js';

// More is a mistake, and would exhaust memory.
const length = z.number().int().positive().max(65_536);
const size = z.object({ width: length, height: length });

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

const softmax = z
  .object({ kind: z.literal('softmax'), output: z.string(), classes: z.number().int().positive() })
  .describe('Class probabilities of a classifier');

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

const ap50 = z
  .number()
  .min(0)
  .max(1)
  .nullable()
  .describe('0 to 1; null where there are too few boxes to tell');
const ap50s = z.object({
  person: ap50,
  vehicles: ap50.describe('Of any kind, as one class'),
  all: ap50.describe('Boxes of all classes in one ranking, matched within their class'),
});

const accuracy = z.object({
  of: z
    .enum(['annotations', 'floats'])
    .describe('What boxes are compared with: annotations, or what the network in floats finds'),
  data: z.string().describe('The pictures'),
  pictures: z.number().int().positive(),
  calibrated: z.boolean().describe('Whether the calibration saw these pictures as well'),
  fp32: ap50s,
  forms: z.record(z.string(), ap50s).describe('By integer form'),
});

const speed = z.object({
  instructions: z.string().describe('Instruction set of the processor that it was measured on'),
  ratio: z.number().positive().describe('Time of a frame in fp32 over that in int8, with one thread'),
});

const quantization = z.object({
  method: z.enum(['minmax', 'percentile', 'mse']).describe('How ranges of activations were chosen'),
  data: z.string().describe('What the calibration saw'),
  split: z.string().optional(),
  pictures: z.number().int().positive(),
  biasCorrection: z.boolean(),
  keptFp32: z.array(z.string()).describe('Nodes left in floats, beside those of the outputs'),
  accuracy: accuracy.optional().describe('AP50 of fp32 and int8; absent where nothing could be measured'),
  speed: speed.optional().describe('What int8 gains; absent where it was not measured'),
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
  decoder: z.discriminatedUnion('kind', [softmax, ...detectorSchemas]),
  parameters: z.number().int().describe('Floats in the Darknet weight file: kernels, batch norm, biases'),
  bflops: z.number().describe("Darknet's count: 2 per multiply-add of convolutions, plus max pools"),
  layers: z.array(layer),
  precision: z
    .enum(['fp32', 'int8'])
    .optional()
    .describe(
      'What runs where nothing else is asked for and what int8 loses was not measured (quantization.accuracy); int8 is made of ranges.json on the machine that runs it',
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
export type Quantization = z.infer<typeof quantization>;
export type Accuracy = z.infer<typeof accuracy>;
export type Ap50s = z.infer<typeof ap50s>;
export type LayerDescription = z.infer<typeof layer>;
