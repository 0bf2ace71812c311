// Calibrated ranges <-> ranges.json of a model folder; the one schema behind its check.

import { z } from 'zod';
import { CspcamError, expected } from '#common/errors.js';
import type { OnnxProgram } from '../onnx/program.js';
import { shapesOf } from '../passes/shapes.js';
import { floatValues } from './calibrate.js';
import type { CalibratedRanges } from './quantize.js';

const rangesFile = z.strictObject({
  schemaVersion: z.literal(1),
  ranges: z
    .record(z.string(), z.tuple([z.number(), z.number()]))
    .describe('Least and greatest value that 8 bits cover, by value of the network'),
  infinite: z
    .array(z.string())
    .optional()
    .describe('Values without a range, as pictures gave infinities: what computes with them stays in floats'),
  channelMeans: z
    .record(z.string(), z.array(z.number()))
    .optional()
    .describe('Of what convolutions read; absent where biases are to stay as they are'),
});

// More than 8 bits can tell, and than floats of 32 bits hold.
const DIGITS = 7;
/** Of a mean, which weighs what rounding left of a weight: a thousandth of that is nothing. */
const MEAN_DIGITS = 3;
const rounded = (value: number) => Number(value.toPrecision(DIGITS));

export function encodeRanges({ ranges, infinite, means }: CalibratedRanges): Uint8Array {
  const file: z.infer<typeof rangesFile> = {
    schemaVersion: 1,
    ranges: Object.fromEntries(
      [...ranges].map(([value, { min, max }]) => [value, [rounded(min), rounded(max)]]),
    ),
    ...(infinite && { infinite: [...infinite] }),
    ...(means && {
      channelMeans: Object.fromEntries(
        [...means].map(([value, of]) => [
          value,
          Array.from(of, (mean) => Number(mean.toPrecision(MEAN_DIGITS))),
        ]),
      ),
    }),
  };
  return Buffer.from(`${JSON.stringify(file)}\n`);
}

/**
 * @param program whose values the ranges are of @param name of the file, for errors
 * @throws CspcamError for what is no such file, or not of this network
 */
export function parseRanges(text: string, program: OnnxProgram, name: string): CalibratedRanges {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new CspcamError(`expected JSON in ${name}: ${(error as Error).message}`, { cause: error });
  }
  const parsed = rangesFile.safeParse(json);
  if (!parsed.success)
    throw new CspcamError(`expected calibrated ranges in ${name}: ${z.prettifyError(parsed.error)}`);
  const { ranges, infinite, channelMeans } = parsed.data;
  const shapes = shapesOf(program);
  for (const output of floatValues(program))
    if (ranges[output] === undefined && !infinite?.includes(output))
      throw expected(`a range of ${output}`, name, 'none: quantize the model again');
  for (const [value, means] of Object.entries(channelMeans ?? {}))
    if (shapes.get(value)?.channels !== means.length)
      throw expected(
        `the means of ${shapes.get(value)?.channels ?? 0} channels of ${value}`,
        name,
        `${means.length}: quantize the model again`,
      );
  return {
    ranges: new Map(Object.entries(ranges).map(([value, [min, max]]) => [value, { min, max }])),
    ...(infinite && { infinite: new Set(infinite) }),
    ...(channelMeans && {
      means: new Map(Object.entries(channelMeans).map(([value, of]) => [value, Float32Array.from(of)])),
    }),
  };
}
