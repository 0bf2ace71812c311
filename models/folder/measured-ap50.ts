// Model folder + precision -> the AP50 that its own weights were found to have. Pure.

import type { Precision } from '../cost/work.js';
import type { Ap50s, ModelDescription } from './description.js';

/** Percent; null where there were too few boxes to tell. */
export interface MeasuredAp50 extends Ap50s {
  readonly all: number;
  /** The pictures: figures of others do not compare. */
  readonly data: string;
}

/**
 * Of int8 the worst of its forms, whichever runs; 16 bits are taken for as good as 32.
 *
 * @returns nothing where no annotations told
 */
export function measuredAp50(
  { quantization }: Pick<ModelDescription, 'quantization'>,
  precision: Precision,
): MeasuredAp50 | undefined {
  const accuracy = quantization?.accuracy;
  if (accuracy?.of !== 'annotations') return undefined;
  const { data, fp32, forms } = accuracy;
  const found = precision === 'int8' ? Object.values(forms) : [fp32];
  const worst = (group: keyof Ap50s) => {
    const figures = found.map((of) => of[group]).filter((figure) => figure !== null);
    return figures.length === 0 ? null : 100 * Math.min(...figures);
  };
  const all = worst('all');
  return all === null ? undefined : { person: worst('person'), vehicles: worst('vehicles'), all, data };
}
