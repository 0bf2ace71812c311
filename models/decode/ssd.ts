// Boxes, scores and labels of a network that suppresses by itself, as SSD and EfficientDet are exported -> candidates.

import { z } from 'zod';
import type { DecoderKind } from './decoder.js';
import { classes } from './schemas.js';

const schema = z
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
  .describe('Boxes, scores and labels after suppression inside the network');

/** Rows beyond the count, and those whose number has no label, are left out: they fill the output up. */
export const ssd: DecoderKind<typeof schema> = {
  schema,
  shapes: ({ boxes, scores, labels, count }) => [
    { output: boxes, values: 4 },
    { output: scores, values: 1 },
    { output: labels, values: 1 },
    ...(count === undefined ? [] : [{ output: count, values: 1, rows: 1 }]),
  ],
  decode({ decoder, input, outputs, rows }, found) {
    const boxes = outputs.get(decoder.boxes); // (boxes, 4)
    const scores = outputs.get(decoder.scores); // (boxes)
    const labels = outputs.get(decoder.labels); // (boxes)
    const counted = decoder.count === undefined ? rows : Math.min(rows, outputs.get(decoder.count)[0]!);
    const [x, y] = decoder.corners === 'xyxy' ? [0, 1] : [1, 0];
    const [width, height] = decoder.unit === 'pixels' ? [1, 1] : [input.width, input.height];
    for (let row = 0; row < counted; row++) {
      const score = scores[row]!;
      if (!found.takes(score)) continue;
      const classIndex = Math.round(labels[row]!) - decoder.firstLabel;
      if (!(classIndex >= 0 && classIndex < decoder.classes)) continue;
      const at = 4 * row;
      found.add(
        classIndex,
        score,
        boxes[at + x]! * width,
        boxes[at + y]! * height,
        boxes[at + 2 + x]! * width,
        boxes[at + 2 + y]! * height,
      );
    }
  },
};
