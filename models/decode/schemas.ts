// What several kinds of decoders say of themselves in model.json.

import { z } from 'zod';

export const nms = z.object({
  kind: z.enum(['greedy', 'diou']),
  iouThreshold: z.number().min(0).max(1),
  beta: z.number().default(0.6).describe('Exponent of the distance term of diou'),
  boxVoting: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe(
      'IoU from which on a box that is left out helps to place the one that is kept; without it none does',
    ),
});

export const classes = z.number().int().positive();

export const strides = z
  .array(z.number().int().positive())
  .min(1)
  .describe('Of the maps, in the order of their cells');
