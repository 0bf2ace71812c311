// Boxes of YOLOv5 and its kin, already in pixels -> candidates.

import { z } from 'zod';
import type { DecoderKind } from './decoder.js';
import { classes, nms } from './schemas.js';

const schema = z
  .object({ kind: z.literal('yolov5'), output: z.string(), classes, nms })
  .describe('(1, boxes, 5 + classes): centre and size in pixels, objectness and classes as probabilities');

/** Objectness is looked at first: the score, its product with a class, can only be lower. */
export const yolov5: DecoderKind<typeof schema> = {
  schema,
  shapes: (decoder) => [{ output: decoder.output, values: 5 + decoder.classes }],
  decode({ decoder, outputs, rows }, found) {
    const values = outputs.get(decoder.output); // (boxes, 5 + classes)
    const perBox = 5 + decoder.classes;
    for (let row = 0, at = 0; row < rows; row++, at += perBox) {
      const objectness = values[at + 4]!;
      if (!(objectness >= found.minScore)) continue;
      for (let classIndex = 0; classIndex < decoder.classes; classIndex++) {
        const score = objectness * values[at + 5 + classIndex]!;
        if (!found.takes(score)) continue;
        found.addCentred(classIndex, score, values[at]!, values[at + 1]!, values[at + 2]!, values[at + 3]!);
      }
    }
  },
};
