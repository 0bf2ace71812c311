// Cells of YOLOX -> candidates: the place within a grid and the logarithm of the size, both by stride.

import { z } from 'zod';
import { countCells, type DecoderKind } from './decoder.js';
import { classes, nms, strides } from './schemas.js';

const schema = z
  .object({ kind: z.literal('yolox'), output: z.string(), classes, strides, nms })
  .describe(
    '(1, cells, 5 + classes): x, y, w, h by grid and stride, objectness and classes as probabilities',
  );

/** Objectness is looked at first: the score, its product with a class, can only be lower. */
export const yolox: DecoderKind<typeof schema> = {
  schema,
  shapes: (decoder, input) => [
    { output: decoder.output, values: 5 + decoder.classes, rows: countCells(input, decoder.strides) },
  ],
  decode({ decoder, input, outputs }, found) {
    const values = outputs.get(decoder.output); // (cells, 5 + classes)
    const perCell = 5 + decoder.classes;
    let at = 0;
    for (const stride of decoder.strides) {
      const columns = Math.ceil(input.width / stride);
      const cells = columns * Math.ceil(input.height / stride);
      for (let cell = 0; cell < cells; cell++, at += perCell) {
        const objectness = values[at + 4]!;
        if (!(objectness >= found.minScore)) continue;
        for (let classIndex = 0; classIndex < decoder.classes; classIndex++) {
          const score = objectness * values[at + 5 + classIndex]!;
          if (!found.takes(score)) continue;
          found.addCentred(
            classIndex,
            score,
            (values[at]! + (cell % columns)) * stride,
            (values[at + 1]! + Math.floor(cell / columns)) * stride,
            Math.exp(values[at + 2]!) * stride,
            Math.exp(values[at + 3]!) * stride,
          );
        }
      }
    }
  },
};
