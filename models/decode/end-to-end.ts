// Boxes of YOLOv10 and YOLO26, of which the network itself keeps one per object -> candidates.

import { z } from 'zod';
import type { DecoderKind } from './decoder.js';
import { classes } from './schemas.js';

const VALUES = 6;

const schema = z
  .object({ kind: z.literal('end-to-end'), output: z.string(), classes })
  .describe('(1, boxes, 6): corners in pixels, score, class; no suppression is left to do');

/** Rows whose class has no label are left out. */
export const endToEnd: DecoderKind<typeof schema> = {
  schema,
  shapes: ({ output }) => [{ output, values: VALUES }],
  decode({ decoder, outputs, rows }, found) {
    const values = outputs.get(decoder.output); // (boxes, 6): x1, y1, x2, y2, score, class
    for (let row = 0, at = 0; row < rows; row++, at += VALUES) {
      const score = values[at + 4]!;
      if (!found.takes(score)) continue;
      const classIndex = Math.round(values[at + 5]!);
      if (!(classIndex >= 0 && classIndex < decoder.classes)) continue;
      found.add(classIndex, score, values[at]!, values[at + 1]!, values[at + 2]!, values[at + 3]!);
    }
  },
};
