// This machine -> what a result must say of it to be compared.

import { readFile } from 'node:fs/promises';
import { release } from 'node:os';
import { version } from '#common/package.js';
import { readFacts } from '../../../agent/device/facts.js';
import { fingerprint } from '../../../agent/device/measured.js';
import type { Python } from './pythons.js';

export interface Environment {
  /** CPU and cores. */
  readonly machine: string;
  /** Of the CPU, those that engines choose their kernels by. */
  readonly flags: readonly string[];
  readonly isVirtual: boolean;
  readonly kernel: string;
  readonly node: string;
  readonly cspcam: string;
  readonly onnxruntimeNode: string;
  /** Of each interpreter, in the order in which they were given. */
  readonly peers: readonly Readonly<Record<string, string>>[];
}

const TELLING_FLAGS = /^(sse4_2|avx|avx2|fma|f16c|avx512.*|avx_vnni|amx_.*|asimd.*|sve.*|i8mm|bf16|fphp)$/;

export async function readEnvironment(pythons: readonly Python[]): Promise<Environment> {
  const facts = await readFacts();
  const runtime = new URL(import.meta.resolve('onnxruntime-node/package.json'));
  return {
    machine: fingerprint(facts),
    flags: [...facts.flags].filter((flag) => TELLING_FLAGS.test(flag)).sort(),
    isVirtual: facts.isVirtual,
    kernel: release(),
    node: process.version,
    cspcam: version,
    onnxruntimeNode: (JSON.parse(await readFile(runtime, 'utf8')) as { version: string }).version,
    peers: pythons.map(({ versions }) => versions),
  };
}

/** As a folder can be called. */
export function machineFolder(machine: string): string {
  return machine
    .replace(/\((r|tm)\)/gi, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}

interface Ticks {
  readonly stolen: number;
  readonly all: number;
}

/** Nothing stolen where the kernel does not tell. */
export async function readTicks(): Promise<Ticks> {
  const text = await readFile('/proc/stat', 'utf8').catch(() => '');
  // user, nice, system, idle, iowait, irq, softirq, steal; guests' time is part of user's.
  const counts = text.split('\n', 1)[0]!.split(/\s+/).slice(1, 9).map(Number);
  return { stolen: counts[7] ?? 0, all: counts.reduce((sum, count) => sum + count, 0) };
}

export function stolenShare(before: Ticks, after: Ticks): number {
  return after.all === before.all ? 0 : (after.stolen - before.stolen) / (after.all - before.all);
}
