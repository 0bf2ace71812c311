// Model folder + processor -> floats or integers, and why: integers where they are faster and lose next to nothing. Pure.

import type { CpuFeatures } from '#common/cpu-features.js';
import type { Accuracy, ModelDescription, Quantization } from '../folder/description.js';
import { RANGES_FILE } from '../folder/folder.js';
import { chooseForm } from '../quantize/forms/registry.js';

export type NetworkPrecision = 'fp32' | 'int8';

/** `auto` takes int8 where it is faster and loses at most `MOST_LOST`. */
export const WANTED_PRECISIONS = ['auto', 'fp32', 'int8'] as const;
export type WantedPrecision = (typeof WANTED_PRECISIONS)[number];

export interface ChosenPrecision {
  readonly precision: NetworkPrecision;
  /** A line, for people. */
  readonly reason: string;
}

/**
 * Points of AP50 that `auto` lets int8 lose, of persons, vehicles and all. Against what floats find, in place of
 * annotations, every box that moved counts, for better or worse: models/quantize/README.md tells how both compare.
 */
export const MOST_LOST: Readonly<Record<Accuracy['of'], number>> = { annotations: 0.5, floats: 2 };
/** Less would not be worth what rounding costs. */
const LEAST_GAIN = 1.1;

/** Never throws: whether the folder has what int8 needs is the matter of who opens it. */
export function choosePrecision(
  description: Pick<ModelDescription, 'files' | 'precision' | 'quantization'>,
  provider: string,
  cpu: Pick<CpuFeatures, 'architecture' | 'flags'>,
  wanted: WantedPrecision,
): ChosenPrecision {
  if (wanted !== 'auto') return { precision: wanted, reason: `${wanted}: it was asked for` };
  const { files, precision = 'fp32', quantization } = description;
  const accuracy = quantization?.accuracy;
  if (files[RANGES_FILE] === undefined && precision === 'fp32')
    return { precision, reason: 'fp32: the model has no ranges for int8 (cspcam models quantize)' };
  if (accuracy === undefined)
    return { precision, reason: `${precision}: model.json says so, and what int8 loses was not measured` };
  const { name, form, isFaster } = chooseForm(provider, cpu);
  if (!isFaster)
    return { precision: 'fp32', reason: `fp32: int8 is not known to be faster with ${instructions(name)}` };
  const slow = tooSlow(quantization?.speed);
  if (slow !== undefined) return { precision: 'fp32', reason: `fp32: ${slow}` };
  const lost = lostPoints(accuracy, form.name);
  const most = MOST_LOST[accuracy.of];
  const what = `loses ${Math.max(0, lost).toFixed(1)} points of AP50${against(accuracy)} (limit ${most})`;
  return lost > most
    ? { precision: 'fp32', reason: `fp32: int8 ${what}` }
    : {
        precision: 'int8',
        reason: `int8: it is faster with ${instructions(name)} and ${what}`,
      };
}

/**
 * The most of persons, vehicles and all; below 0 where each of them gained.
 *
 * @param form one that was not measured counts as the worst of those that were
 */
export function lostPoints({ fp32, forms }: Accuracy, form: string): number {
  const measured = forms[form] === undefined ? Object.values(forms) : [forms[form]];
  const lost = measured.flatMap((found) =>
    (['person', 'vehicles', 'all'] as const).flatMap((group) =>
      fp32[group] === null || found[group] === null ? [] : [100 * (fp32[group] - found[group])],
    ),
  );
  // Sums of decimals: half a point is half a point.
  return lost.length === 0 ? Number.POSITIVE_INFINITY : Number(Math.max(...lost).toFixed(6));
}

function tooSlow(speed: Quantization['speed']): string | undefined {
  if (speed === undefined || speed.ratio >= LEAST_GAIN) return undefined;
  return `int8 was measured ${speed.ratio.toFixed(2)} times as fast, with ${instructions(speed.instructions)}`;
}

function against({ of }: Accuracy): string {
  return of === 'annotations' ? '' : ' against what floats find';
}

const TITLES: Readonly<Record<string, string>> = {
  amx: 'AMX',
  vnni: 'VNNI',
  avx512: 'AVX-512',
  avx2: 'AVX2',
  'dot-product': 'the dot product of Arm',
  neon: 'Neon alone',
  unknown: 'the instructions of this processor',
};

const instructions = (name: string) => TITLES[name] ?? `provider ${name}`;
