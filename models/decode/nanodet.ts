// Cells of NanoDet-Plus -> candidates: each distance from a cell to an edge of its box is a distribution over bins.

import { z } from 'zod';
import { countCells, type DecoderKind } from './decoder.js';
import { greatest } from './probability.js';
import { classes, nms, strides } from './schemas.js';

const schema = z
  .object({
    kind: z.literal('nanodet'),
    output: z.string(),
    classes,
    strides,
    bins: z.number().int().min(2).describe('Of the distribution of each distance'),
    nms,
  })
  .describe('(1, cells, classes + 4 * bins): class probabilities, distances to left, top, right, bottom');

/**
 * As NanoDetPlusHead has it (RangiLyu/nanodet, nanodet_plus_head.py): the middle of cell i is i * stride, without a half;
 * boxes end at the edge of the input.
 */
export const nanodet: DecoderKind<typeof schema> = {
  schema,
  shapes: ({ output, classes: classCount, bins, strides: all }, input) => [
    { output, values: classCount + 4 * bins, rows: countCells(input, all) },
  ],
  decode({ decoder, input, outputs }, found) {
    const { classes: classCount, bins } = decoder;
    const values = outputs.get(decoder.output); // (cells, classes + 4 * bins)
    const perCell = classCount + 4 * bins;
    let at = 0;
    for (const stride of decoder.strides) {
      const columns = Math.ceil(input.width / stride);
      const cells = columns * Math.ceil(input.height / stride);
      for (let cell = 0; cell < cells; cell++, at += perCell) {
        for (let classIndex = 0; classIndex < classCount; classIndex++) {
          const score = values[at + classIndex]!;
          if (!found.takes(score)) continue;
          const distance = (edge: number) => stride * meanBin(values, at + classCount + edge * bins, bins);
          const x = (cell % columns) * stride;
          const y = Math.floor(cell / columns) * stride;
          found.add(
            classIndex,
            score,
            Math.max(0, x - distance(0)),
            Math.max(0, y - distance(1)),
            Math.min(input.width, x + distance(2)),
            Math.min(input.height, y + distance(3)),
          );
        }
      }
    }
  },
};

/** Mean of a distribution that is given by logits. */
function meanBin(values: Float32Array, first: number, bins: number): number {
  const most = greatest(values, first, bins);
  let sum = 0;
  let weighted = 0;
  for (let bin = 0; bin < bins; bin++) {
    const weight = Math.exp(values[first + bin]! - most);
    sum += weight;
    weighted += bin * weight;
  }
  return weighted / sum;
}
