// Queries of DETR, RT-DETR, D-FINE and their kin -> candidates.

import { z } from 'zod';
import type { DecoderKind } from './decoder.js';
import { greatest, logit, sigmoid, sumOfExponentials } from './probability.js';
import { classes } from './schemas.js';

const schema = z
  .object({
    kind: z.literal('detr'),
    boxes: z.string(),
    scores: z.string(),
    classes,
    activation: z.enum(['sigmoid', 'softmax', 'none']).describe('That turns scores into probabilities'),
    background: z
      .boolean()
      .default(false)
      .describe('One more class than there are labels comes last, and is none'),
  })
  .describe('(1, queries, 4): centre and size as shares of the input; (1, queries, classes)');

/** No suppression: the network is trained to give each object one query. */
export const detr: DecoderKind<typeof schema> = {
  schema,
  shapes: (decoder) => [
    { output: decoder.boxes, values: 4 },
    { output: decoder.scores, values: decoder.classes + (decoder.background ? 1 : 0) },
  ],
  decode({ decoder, input, outputs, rows }, found) {
    const { activation, classes: classCount } = decoder;
    const boxes = outputs.get(decoder.boxes); // (queries, 4)
    const scores = outputs.get(decoder.scores); // (queries, classes, and one where there is a background)
    const perQuery = classCount + (decoder.background ? 1 : 0);
    const threshold = activation === 'sigmoid' ? logit(found.minScore) : found.minScore;
    const reach = Math.log(found.minScore);
    for (let query = 0; query < rows; query++) {
      const first = query * perQuery;
      const best = activation === 'softmax' ? greatest(scores, first, perQuery) : 0;
      // Of a softmax: its sum is at least the exponential of the greatest.
      const least = activation === 'softmax' ? best + reach : threshold;
      let sum: number | undefined;
      for (let classIndex = 0; classIndex < classCount; classIndex++) {
        const raw = scores[first + classIndex]!;
        if (!(raw >= least)) continue;
        let score = activation === 'sigmoid' ? sigmoid(raw) : raw;
        if (activation === 'softmax') {
          sum ??= sumOfExponentials(scores, first, perQuery, best);
          score = Math.exp(raw - best) / sum;
        }
        if (!found.takes(score)) continue;
        found.addCentred(
          classIndex,
          score,
          boxes[4 * query]! * input.width,
          boxes[4 * query + 1]! * input.height,
          boxes[4 * query + 2]! * input.width,
          boxes[4 * query + 3]! * input.height,
        );
      }
    }
  },
};
