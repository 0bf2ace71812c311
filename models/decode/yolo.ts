// Raw maps of YOLO heads -> candidates, as Darknet's [yolo] layers mean them.

import { z } from 'zod';
import type { Candidates } from './candidates.js';
import type { DecoderKind, InputSize } from './decoder.js';
import { logit, sigmoid } from './probability.js';
import { classes, nms } from './schemas.js';

const head = z.object({
  output: z.string().describe('Name of the graph output, shape (1, anchors * (5 + classes), gridH, gridW)'),
  grid: z.object({ width: z.number().int().positive(), height: z.number().int().positive() }),
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

const schema = z.object({ kind: z.literal('yolo'), classes, heads: z.array(head).min(1), nms });

export type YoloHead = z.infer<typeof head>;

export const yolo: DecoderKind<typeof schema> = {
  schema,
  shapes: ({ classes: classCount, heads }) =>
    heads.map(({ output, grid, anchors }) => ({
      output,
      values: grid.width * grid.height,
      rows: anchors.length * (5 + classCount),
    })),
  decode({ decoder, input, outputs }, found) {
    for (const one of decoder.heads) decodeHead(one, outputs.get(one.output), decoder.classes, input, found);
  },
};

/** Only cells whose objectness reaches the least score are looked at further: the score can only be lower. */
function decodeHead(
  { grid, anchors, scaleXY, newCoords }: YoloHead,
  values: Float32Array, // (anchors * (5 + classes), gridH, gridW): x, y, w, h, objectness, classes
  classCount: number,
  { width, height }: InputSize,
  found: Candidates,
): void {
  const cells = grid.width * grid.height;
  // With new_coords the network ends in a sigmoid; otherwise compare logits and spare the exponential.
  const probability = newCoords ? (value: number) => value : sigmoid;
  const threshold = newCoords ? found.minScore : logit(found.minScore);
  const position = (value: number) => probability(value) * scaleXY - (scaleXY - 1) / 2;
  const size = (value: number) => (newCoords ? (2 * value) ** 2 : Math.exp(value));
  anchors.forEach(([anchorWidth, anchorHeight], anchor) => {
    const first = anchor * (5 + classCount) * cells;
    for (let cell = 0; cell < cells; cell++) {
      const at = first + cell;
      if (!(values[at + 4 * cells]! >= threshold)) continue;
      const objectness = probability(values[at + 4 * cells]!);
      for (let classIndex = 0; classIndex < classCount; classIndex++) {
        const score = objectness * probability(values[at + (5 + classIndex) * cells]!);
        if (!found.takes(score)) continue;
        found.addCentred(
          classIndex,
          score,
          (((cell % grid.width) + position(values[at]!)) / grid.width) * width,
          ((Math.floor(cell / grid.width) + position(values[at + cells]!)) / grid.height) * height,
          size(values[at + 2 * cells]!) * anchorWidth,
          size(values[at + 3 * cells]!) * anchorHeight,
        );
      }
    }
  });
}
