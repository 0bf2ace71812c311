// This machine and its software -> the environment that figures belong to.

import { createRequire } from 'node:module';
import { release, type } from 'node:os';
import { version } from '#common/package.js';
import { type MachineFacts, readFacts } from '../device/facts.js';
import { fingerprint } from '../device/measured.js';
import type { ChosenMachine } from '../device/this-machine.js';
import { rounded } from './figures.js';
import type { Environment } from './result.js';
import { readGovernor, type Sensors } from './sensors.js';

const runtime = createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string };

/** What is known before a measurement. */
export type Before = Omit<Environment, 'othersLoad' | 'throttled'>;

/** In the order of the table; the kernel's names. */
export const ISA = [
  'sse4_1',
  'avx',
  'avx2',
  'fma',
  'avx512f',
  'avx512_vnni',
  'avx_vnni',
  'avx512_bf16',
  'avx512_fp16',
  'amx_int8',
  'amx_bf16',
  'asimd',
  'asimddp',
  'asimdhp',
  'i8mm',
  'bf16',
  'sve',
] as const;

export async function readEnvironment(
  { limits, measured }: ChosenMachine,
  sensors: Sensors,
  root = '/',
  now: () => Date = () => new Date(),
): Promise<Before> {
  const [facts, governor] = await Promise.all([readFacts(root), readGovernor(root)]);
  return {
    measuredAt: now().toISOString(),
    cspcam: version,
    node: process.version,
    onnxruntime: runtime.version,
    os: `${type()} ${release()}`,
    machine: fingerprint(facts),
    cpu: facts.cpuModel ?? facts.cpuParts.join(' '),
    cores: limits.cores,
    isa: isaOf(facts.flags),
    memoryGB: facts.memoryGB === undefined ? null : rounded(facts.memoryGB, 1),
    isVirtual: facts.isVirtual,
    profile: limits.profile.name,
    predictedFrom: measured === undefined ? 'profile' : 'measurement',
    powerMode: facts.powerMode ?? null,
    governor,
    clockMHz: sensors.clockMHz === null ? null : rounded(sensors.clockMHz, 0),
    temperatureC: sensors.temperatureC === null ? null : rounded(sensors.temperatureC, 1),
    warnings: warningsOf(facts, governor, sensors),
  };
}

/** What a wider set contains is left out. */
function isaOf(flags: ReadonlySet<string>): string[] {
  const contained = new Set<string>(
    flags.has('avx2') ? ['sse4_1', 'avx'] : flags.has('avx') ? ['sse4_1'] : [],
  );
  return ISA.filter((flag) => flags.has(flag) && !contained.has(flag));
}

function warningsOf({ isVirtual }: MachineFacts, governor: string | null, { heldBack }: Sensors): string[] {
  return [
    ...(governor !== null && !['performance', 'schedutil'].includes(governor)
      ? [`clocks are governed by ${governor}: performance gives steadier figures`]
      : []),
    ...heldBack.map((what) => `held back already: ${what}`),
    ...(isVirtual ? ['a virtual machine: others may take its processors without a trace'] : []),
  ];
}

/** Cores that others keep busy, from which on figures are not the machine's. */
export const BUSY = 0.1;

export function withLoad(before: Before, othersLoad: number | null, throttled: boolean | null): Environment {
  const isBusy = othersLoad !== null && othersLoad > BUSY;
  const words = `other processes kept ${othersLoad?.toFixed(1)} of ${before.cores} cores busy`;
  return {
    ...before,
    othersLoad: othersLoad === null ? null : rounded(othersLoad, 2),
    throttled,
    warnings: [...(isBusy ? [words] : []), ...before.warnings],
  };
}
