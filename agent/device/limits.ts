// Profile + power mode, live clocks and measurements -> what a network may expect of the machine now. Pure.

import { darknet, onnxRuntimeCpu, openCv, tensorRt } from '../../models/cost/engines.js';
import type { Engine, Machine } from '../../models/cost/machine.js';
import type { Precision } from '../../models/cost/work.js';
import { CspcamError, expected } from '../errors.js';
import type { MachineFacts } from './facts.js';
import type { Measured } from './measured.js';
import type { Cluster, DeviceProfile, PowerMode, Provider } from './profile.js';

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

type Peaks = Readonly<Partial<Record<Precision, number>>>;

/** Of usable bandwidth, what a single core draws: 27 to 41 of 50 to 61 GB/s on two Zen 4 cores; assumed elsewhere. */
const ONE_CORE_SHARE = 0.6;

const engines: Readonly<Record<Provider, Engine>> = {
  cpu: onnxRuntimeCpu,
  tensorrt: tensorRt,
  cuda: darknet,
};

/** @param facts of this very machine, where the profile is for it: live clocks scale the figures */
export function limitsOf(profile: DeviceProfile, mode?: PowerMode, facts?: MachineFacts): Limits {
  const { memory, cpu, gpu } = profile;
  const remarks: string[] = [];
  if (mode !== undefined) remarks.push(`power mode ${mode.id} ${mode.name}`);
  const memoryMHz = lower(mode?.memoryMHz, facts?.memoryMHz);
  const gpuMHz = lower(mode?.gpuMHz, facts?.gpuMHz);
  const memoryScale = scale('memory', memoryMHz, memory.clockMHz, remarks);
  const gpuScale = scale('GPU', gpuMHz, gpu?.clockMHz, remarks);
  const clusters = mode?.cpu ?? cpu.clusters;
  const cpuScale =
    (facts && liveCpuScale(profile, facts, remarks)) ?? gigahertz(clusters) / gigahertz(cpu.clusters);
  return {
    profile,
    theoreticalGBs: memory.theoreticalGBs.value * memoryScale,
    usableGBs: memory.usableGBs.value * memoryScale,
    cores: facts && facts.cores > 0 ? facts.cores : clusters.reduce((sum, { cores }) => sum + cores, 0),
    cpuGops: withDotProduct(profile, scaled(cpu.peakGops, cpuScale), facts, remarks),
    ...(gpu && { gpuGops: scaled(gpu.peakGops, gpuScale) }),
    memoryGB: facts?.memoryGB ?? memory.sizesGB[0]!,
    remarks,
  };
}

/** @throws CspcamError naming the modes of the profile */
export function powerModeOf(profile: DeviceProfile, wanted: string): PowerMode {
  const found = profile.powerModes.find(
    ({ id, name }) => `${id}` === wanted || name === wanted.toUpperCase(),
  );
  if (found) return found;
  const modes = profile.powerModes.map(({ id, name }) => `${id} ${name}`).join(', ');
  throw modes === ''
    ? new CspcamError(
        `expected a profile with power modes for --power-mode, received ${profile.name}, which has none`,
      )
    : expected(`one of ${modes}`, `the power mode of ${profile.name}`, wanted);
}

/** Of a network on the CPU: the profile's, or all cores but one for capture where there are others than it says. */
export function threadsOf({ profile, cores }: Limits): number {
  const full = profile.cpu.clusters.reduce((sum, one) => sum + one.cores, 0);
  return cores === full ? profile.inference.threads : Math.max(1, cores - 1);
}

export interface Executor {
  readonly provider: Provider;
  readonly machine: Machine;
  readonly engine: Engine;
}

/**
 * @param threads of a network on the CPU
 * @param measured of this machine; stands in place of the nominal figures
 */
export function executorOf(
  limits: Limits,
  provider: Provider,
  threads: number,
  measured?: Measured,
): Executor {
  const engine = engines[provider];
  if (provider !== 'cpu') {
    const { gpu } = limits.profile;
    if (gpu === undefined || limits.gpuGops === undefined)
      throw expected('provider cpu', `profile ${limits.profile.name}, which has no GPU`, provider);
    const machine = { bandwidthGBs: limits.usableGBs, cacheBytes: gpu.cacheMB.value * 1e6 };
    return { provider, engine, machine: { ...machine, roofGops: scaled(limits.gpuGops, engine.bestShare) } };
  }
  return { provider, engine, machine: onCpu(limits, engine, threads, measured) };
}

/** The paper's own CPU program, for its tables. */
export function openCvOn(limits: Limits): Executor {
  return { provider: 'cpu', engine: openCv, machine: onCpu(limits, openCv, limits.cores) };
}

/** The paper's own GPU program, for its tables. */
export function darknetOn(limits: Limits): Executor {
  return executorOf(limits, 'cuda', 1);
}

function onCpu(limits: Limits, engine: Engine, threads: number, measured?: Measured): Machine {
  const busy = Math.min(threads, limits.cores);
  const cacheBytes = limits.profile.cpu.cacheMB.value * 1e6;
  if (measured !== undefined) return { ...measuredAt(measured, busy), cacheBytes };
  return {
    roofGops: scaled(limits.cpuGops, (engine.bestShare * busy) / limits.cores),
    bandwidthGBs: limits.usableGBs * Math.min(1, ONE_CORE_SHARE * busy),
    cacheBytes,
  };
}

/** Counts between those that were measured get what lies between. */
function measuredAt({ threads }: Measured, count: number): Pick<Machine, 'roofGops' | 'bandwidthGBs'> {
  const below = threads.findLast((one) => one.threads <= count) ?? threads[0]!;
  const above = threads.find((one) => one.threads >= count) ?? threads.at(-1)!;
  const part = above === below ? 0 : (count - below.threads) / (above.threads - below.threads);
  const of = (key: 'fp32Gops' | 'int8Gops' | 'bandwidthGBs') => below[key] + part * (above[key] - below[key]);
  return { roofGops: { fp32: of('fp32Gops'), int8: of('int8Gops') }, bandwidthGBs: of('bandwidthGBs') };
}

function scale(
  of: string,
  nowMHz: number | undefined,
  fullMHz: number | undefined,
  remarks: string[],
): number {
  if (nowMHz === undefined || fullMHz === undefined) return 1;
  // Clocks come in steps: a hair off is none.
  if (Math.abs(nowMHz / fullMHz - 1) < 0.005) return 1;
  remarks.push(`${of} at ${Math.round(nowMHz)} of ${fullMHz} MHz`);
  return nowMHz / fullMHz;
}

/** Undefined where neither cores nor clocks are known. */
function liveCpuScale(
  { detect, cpu }: DeviceProfile,
  facts: MachineFacts,
  remarks: string[],
): number | undefined {
  const { cores, coreMHz } = facts;
  if (cores === 0) return undefined;
  const full = cpu.clusters.reduce((sum, one) => sum + one.cores, 0);
  const isGeneric = detect.architecture !== undefined;
  const nominalMHz = (1000 * gigahertz(cpu.clusters)) / full;
  const known = coreMHz.length > 0 ? coreMHz.reduce((sum, mhz) => sum + mhz, 0) / coreMHz.length : nominalMHz;
  // A PC's highest clock is that of one core alone; the profile has that of all.
  const clockMHz = facts.architecture === 'x64' && !isGeneric ? Math.min(known, nominalMHz) : known;
  if (cores !== full) remarks.push(`${cores} cores, the profile has ${full}`);
  if (Math.abs(clockMHz / nominalMHz - 1) >= 0.005)
    remarks.push(`cores at ${Math.round(clockMHz)} of ${Math.round(nominalMHz)} MHz`);
  const width = isGeneric ? instructionWidth(facts.flags, remarks) : 1;
  return (cores * clockMHz * width) / (full * nominalMHz);
}

/** Of generic profiles, against AVX2 with multiply-add, or NEON with one multiply-add per cycle. */
function instructionWidth(flags: ReadonlySet<string>, remarks: string[]): number {
  const found = [
    { flag: 'avx512f', width: 2 },
    { flag: 'fma', width: 1 },
    { flag: 'avx', width: 0.5 },
    { flag: 'sse4_1', width: 0.25 },
    { flag: 'asimddp', width: 2 },
    { flag: 'asimd', width: 1 },
  ].find(({ flag }) => flags.has(flag));
  if (found === undefined || found.width === 1) return 1;
  remarks.push(`${found.flag}: ${found.width} times the profile's operations per cycle`);
  return found.width;
}

/** Of generic profiles, which take a CPU for one without. */
function withDotProduct(
  { detect }: DeviceProfile,
  peaks: Peaks,
  facts: MachineFacts | undefined,
  remarks: string[],
): Peaks {
  const flag = ['avx512_vnni', 'avx_vnni', 'asimddp'].find((one) => facts?.flags.has(one));
  if (detect.architecture === undefined || flag === undefined || peaks.fp32 === undefined) return peaks;
  remarks.push(`${flag}: int8 at four times fp32`);
  return { ...peaks, int8: 4 * peaks.fp32 };
}

/** Cores times clock. */
function gigahertz(clusters: readonly Cluster[]): number {
  return clusters.reduce((sum, { cores, clockMHz }) => sum + (cores * clockMHz) / 1000, 0);
}

function lower(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.min(a, b);
}

function scaled(
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
