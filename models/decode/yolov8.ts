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
    const attributes = 4 + decoder.classes;
    const [perBox, perAttribute] = decoder.layout === 'boxes-first' ? [attributes, 1] : [1, rows];
    const addRow = (row: number, classIndex: number) => {
      const at = row * perBox;
      const score = values[at + (4 + classIndex) * perAttribute]!;
      if (!found.takes(score)) return;
      found.addCentred(
        classIndex,
        score,
        values[at]!,
        values[at + perAttribute]!,
        values[at + 2 * perAttribute]!,
        values[at + 3 * perAttribute]!,
      );
    };
    // Over the memory from its beginning to its end, whichever way it lies.
    if (decoder.layout === 'boxes-first') {
      for (let row = 0; row < rows; row++)
        for (let classIndex = 0; classIndex < decoder.classes; classIndex++) addRow(row, classIndex);
    } else {
      for (let classIndex = 0; classIndex < decoder.classes; classIndex++)
        for (let row = 0; row < rows; row++) addRow(row, classIndex);
    }
  },
};
