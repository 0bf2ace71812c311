// Profile + power mode and live clocks -> the machine as it is set now. Pure.

import { misused } from '#common/errors.js';
import type { Precision } from '../../models/cost/work.js';
import type { MachineFacts } from './facts.js';
import { gigahertz, hasDotProduct, isSameClock, liveCpu, type Scaling } from './live-cpu.js';
import type { DeviceProfile, PowerMode } from './profile.js';

/** A profile as it stands in a power mode, at live clocks. */
export interface Limits {
  readonly profile: DeviceProfile;
  readonly theoreticalGBs: number;
  readonly usableGBs: number;
  readonly cores: number;
  /** Theoretical, billions of operations per second; of all cores. */
  readonly cpuGops: Peaks;
  readonly gpuGops?: Peaks;
  readonly memoryGB: number;
  /** What differs from the profile's figures and why, for people. */
  readonly remarks: readonly string[];
}

/** Operations per second, in billions, by the precision of their operands. */
export type Peaks = Readonly<Partial<Record<Precision, number>>>;

/** @param facts of this very machine, where the profile is for it: live clocks scale the figures */
export function limitsOf(profile: DeviceProfile, mode?: PowerMode, facts?: MachineFacts): Limits {
  const { memory, cpu, gpu } = profile;
  const ofMemory = clock('memory', memory.clockMHz, mode?.memoryMHz, facts?.memoryMHz);
  const ofGpu = clock('GPU', gpu?.clockMHz, mode?.gpuMHz, facts?.gpuMHz);
  const live = facts && liveCpu(profile, facts);
  const clusters = mode?.cpu ?? cpu.clusters;
  const cpuGops = scaled(cpu.peakGops, live?.scale ?? gigahertz(clusters) / gigahertz(cpu.clusters));
  const dotProduct = facts && hasDotProduct(profile, facts);
  return {
    profile,
    theoreticalGBs: memory.theoreticalGBs.value * ofMemory.scale,
    usableGBs: memory.usableGBs.value * ofMemory.scale,
    cores: live?.cores ?? clusters.reduce((sum, { cores }) => sum + cores, 0),
    cpuGops: dotProduct && cpuGops.fp32 !== undefined ? { ...cpuGops, int8: 4 * cpuGops.fp32 } : cpuGops,
    ...(gpu && { gpuGops: scaled(gpu.peakGops, ofGpu.scale) }),
    memoryGB: facts?.memoryGB ?? memory.sizesGB[0]!,
    remarks: [
      ...(mode === undefined ? [] : [`power mode ${mode.id} ${mode.name}`]),
      ...ofMemory.remarks,
      ...ofGpu.remarks,
      ...(live?.remarks ?? []),
      ...(dotProduct ? [`${dotProduct}: int8 at four times fp32`] : []),
    ],
  };
}

/**
 * @param wanted number or name, of `--power-mode`
 * @throws UsageError naming the modes of the profile
 */
export function powerModeOf(profile: DeviceProfile, wanted: string): PowerMode {
  const found = profile.powerModes.find(
    ({ id, name }) => `${id}` === wanted || name === wanted.toUpperCase(),
  );
  if (found) return found;
  const modes = profile.powerModes.map(({ id, name }) => `${id} ${name}`).join(', ');
  throw modes === ''
    ? misused('a profile with power modes', '--power-mode', `${profile.name}, which has none`)
    : misused(`one of ${modes}`, `--power-mode on ${profile.name}`, wanted);
}

/**
 * A network on the CPU gets the threads of the profile; where there are other cores than it says all but one, which
 * capture gets. Two cores it gets both: half of the speed is more than capture takes.
 */
export function threadsOf({ profile, cores }: Limits): number {
  const full = profile.cpu.clusters.reduce((sum, one) => sum + one.cores, 0);
  if (cores === full) return profile.inference.threads;
  return cores > 2 ? cores - 1 : cores;
}

/** The lowest of the clocks that are known, against the full one. */
function clock(
  of: string,
  fullMHz: number | undefined,
  ...capsMHz: readonly (number | undefined)[]
): Scaling {
  const known = capsMHz.filter((cap) => cap !== undefined);
  if (fullMHz === undefined || known.length === 0) return { scale: 1, remarks: [] };
  const nowMHz = Math.min(...known);
  if (isSameClock(nowMHz, fullMHz)) return { scale: 1, remarks: [] };
  return { scale: nowMHz / fullMHz, remarks: [`${of} at ${Math.round(nowMHz)} of ${fullMHz} MHz`] };
}

export function scaled(
  peaks: Readonly<Partial<Record<Precision, number | { readonly value: number } | undefined>>>,
  by: number,
): Peaks {
  return Object.fromEntries(
    Object.entries(peaks).flatMap(([precision, peak]) => {
      if (peak === undefined) return [];
      return [[precision, (typeof peak === 'number' ? peak : peak.value) * by]];
    }),
  );
}
