// Predicted and measured times -> how well they agree.

import { rankCorrelation } from './rank-correlation.js';

export interface Compared {
  readonly predictedMs: number;
  readonly measuredMs: number;
}

export interface Agreement {
  readonly count: number;
  /** Of |predicted / measured - 1|. */
  readonly medianError: number;
  /** A tenth of the errors are larger. */
  readonly p90Error: number;
  /** Predicted by measured. */
  readonly medianRatio: number;
  readonly rankCorrelation: number;
}

/** @param compared two or more */
export function agreementOf(compared: readonly Compared[]): Agreement {
  const ratios = compared.map(({ predictedMs, measuredMs }) => predictedMs / measuredMs);
  const errors = ratios.map((ratio) => Math.abs(ratio - 1));
  return {
    count: compared.length,
    medianError: quantile(errors, 0.5),
    p90Error: quantile(errors, 0.9),
    medianRatio: quantile(ratios, 0.5),
    rankCorrelation: rankCorrelation(
      compared.map(({ predictedMs, measuredMs }) => [predictedMs, measuredMs] as const),
    ),
  };
}

/** Between two values, the part of their distance that the share asks for. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)]!;
  return below + (at - Math.floor(at)) * (sorted[Math.ceil(at)]! - below);
}
