// Profile + cores, clocks and flags as they are -> how the CPU compares with the profile's. Pure.

import type { MachineFacts } from './facts.js';
import type { Cluster, DeviceProfile } from './profile.js';

export interface Scaling {
  /** Times the profile's figure. */
  readonly scale: number;
  /** Why it is not 1, for people. */
  readonly remarks: readonly string[];
}

/** @returns nothing where the machine does not tell its cores */
export function liveCpu(
  { detect, cpu }: DeviceProfile,
  { architecture, cores, coreMHz, flags }: MachineFacts,
): (Scaling & { readonly cores: number }) | undefined {
  if (cores === 0) return undefined;
  const full = cpu.clusters.reduce((sum, one) => sum + one.cores, 0);
  const isGeneric = detect.architecture !== undefined;
  const nominalMHz = (1000 * gigahertz(cpu.clusters)) / full;
  const known = coreMHz.length > 0 ? coreMHz.reduce((sum, mhz) => sum + mhz, 0) / coreMHz.length : nominalMHz;
  // A PC's highest clock is that of one core alone; the profile has that of all.
  const clockMHz = architecture === 'x64' && !isGeneric ? Math.min(known, nominalMHz) : known;
  const { flag, width } = isGeneric ? instructions(flags) : { flag: '', width: 1 };
  return {
    cores,
    scale: (cores * clockMHz * width) / (full * nominalMHz),
    remarks: [
      ...(cores === full ? [] : [`${cores} cores, the profile has ${full}`]),
      ...(isSameClock(clockMHz, nominalMHz)
        ? []
        : [`cores at ${Math.round(clockMHz)} of ${Math.round(nominalMHz)} MHz`]),
      ...(width === 1 ? [] : [`${flag}: ${width} times the profile's operations per cycle`]),
    ],
  };
}

/** Generic profiles take a CPU for one without dot products. @returns the flag that says it has them */
export function hasDotProduct({ detect }: DeviceProfile, { flags }: MachineFacts): string | undefined {
  if (detect.architecture === undefined) return undefined;
  return ['avx512_vnni', 'avx_vnni', 'asimddp'].find((flag) => flags.has(flag));
}

/** Cores times clock. */
export function gigahertz(clusters: readonly Cluster[]): number {
  return clusters.reduce((sum, { cores, clockMHz }) => sum + (cores * clockMHz) / 1000, 0);
}

/** Clocks come in steps: a hair off is none. */
export function isSameClock(aMHz: number, bMHz: number): boolean {
  return Math.abs(aMHz / bMHz - 1) < 0.005;
}

/** Compared with AVX2 with multiply-add, or NEON with one multiply-add per cycle: the generic profiles' own. */
function instructions(flags: ReadonlySet<string>): { flag: string; width: number } {
  const known = [
    { flag: 'avx512f', width: 2 },
    { flag: 'fma', width: 1 },
    { flag: 'avx', width: 0.5 },
    { flag: 'sse4_1', width: 0.25 },
    // Cores with dot products have a second unit, too.
    { flag: 'asimddp', width: 2 },
  ];
  return known.find(({ flag }) => flags.has(flag)) ?? { flag: '', width: 1 };
}
