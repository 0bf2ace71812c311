// Ends in values and in pixels -> scales with ticks that are round numbers (d3-scale). Pure.

import { type ScaleContinuousNumeric, scaleBand, scaleLinear, scaleLog } from 'd3-scale';

type Ends = readonly [from: number, to: number];

/** A value -> its place in pixels. */
export interface Scale {
  (value: number): number;
  /** Values, rising. */
  readonly ticks: readonly number[];
}

/** @param about as many ticks, where round numbers allow it */
export function linear(values: Ends, pixels: Ends, about = 6): Scale {
  const scale = scaleLinear(values, pixels);
  return withTicks(scale, scale.ticks(about));
}

/** The same, with ends moved out to the next ticks. */
export function niceLinear(values: Ends, pixels: Ends, about = 5): Scale {
  const scale = scaleLinear(values, pixels).nice(about);
  return withTicks(scale, scale.ticks(about));
}

/** Ticks at whole powers of ten, and at 2 and 5 between where there are few. @param values above 0 */
export function logarithmic(values: Ends, pixels: Ends): Scale {
  const scale = scaleLog(values, pixels);
  const digits = Math.log10(values[1] / values[0]) < 2.5 ? ['1', '2', '5'] : ['1'];
  const ticks = scale.ticks().filter((tick) => digits.includes(tick.toExponential(0)[0]!));
  return withTicks(scale, ticks);
}

/** Places side by side for things that are counted from 0. */
export interface Bands {
  readonly left: (index: number) => number;
  readonly width: number;
  /** An index -> the middle of its place. */
  readonly centre: Scale;
}

/** @param gap share of a place that stays empty */
export function bands(count: number, pixels: Ends, gap: number, about = 12): Bands {
  const indices = Array.from({ length: count }, (_, i) => i);
  const scale = scaleBand(indices, pixels).paddingInner(gap);
  const [left, width] = [(index: number) => scale(index)!, scale.bandwidth()];
  const ticks = scaleLinear([0, count - 1], pixels)
    .ticks(about)
    .filter(Number.isInteger);
  return { left, width, centre: Object.assign((index: number) => left(index) + width / 2, { ticks }) };
}

function withTicks(scale: ScaleContinuousNumeric<number, number>, ticks: readonly number[]): Scale {
  return Object.assign((value: number) => scale(value), { ticks });
}
