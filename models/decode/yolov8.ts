// Boxes of YOLOv8, YOLOv9 and YOLO11, already in pixels and without objectness -> candidates.

import { z } from 'zod';
import type { DecoderKind } from './decoder.js';
import { classes, nms } from './schemas.js';

const schema = z
  .object({
    kind: z.literal('yolov8'),
    output: z.string(),
    classes,
    layout: z.enum(['attributes-first', 'boxes-first']),
    nms,
  })
  .describe(
    '(1, 4 + classes, boxes) or (1, boxes, 4 + classes): centre and size in pixels, class probabilities',
  );

/** A box is a candidate for each class that reaches the least score, as in the evaluation of Ultralytics. */
export const yolov8: DecoderKind<typeof schema> = {
  schema,
  shapes: (decoder) => [{ output: decoder.output, values: 4 + decoder.classes }],
  decode({ decoder, outputs, rows }, found) {
    const values = outputs.get(decoder.output);
    const { classes: classCount, layout } = decoder;
    // How far the next box is, and the next attribute of a box.
    const [toBox, toAttribute] = layout === 'boxes-first' ? [4 + classCount, 1] : [1, rows];
    const add = (row: number, classIndex: number, score: number) => {
      if (!found.takes(score)) return;
      const at = row * toBox;
      found.addCentred(
        classIndex,
        score,
        values[at]!,
        values[at + toAttribute]!,
        values[at + 2 * toAttribute]!,
        values[at + 3 * toAttribute]!,
      );
    };
    const { minScore } = found;
    // Half a million scores and more, of which a few count: over memory as it lies, with one comparison each.
    if (layout === 'boxes-first') {
      for (let row = 0; row < rows; row++)
        for (let classIndex = 0; classIndex < classCount; classIndex++) {
          const score = values[row * toBox + 4 + classIndex]!;
          if (score >= minScore) add(row, classIndex, score);
        }
    } else {
      for (let classIndex = 0; classIndex < classCount; classIndex++)
        for (let row = 0; row < rows; row++) {
          const score = values[(4 + classIndex) * rows + row]!;
          if (score >= minScore) add(row, classIndex, score);
        }
    }
  },
};
