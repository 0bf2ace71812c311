// The machine and this process -> CPU, GPU, memory, temperatures and power.

import { cpus } from 'node:os';
import { type GpuReading, readGpu } from '../device/gpu.js';
import { findRails, type Rail } from '../device/power-rails.js';
import { readMemory } from '../device/system-information.js';
import { readTemperatures } from '../device/temperatures.js';
import { residentBytes } from './resident-bytes.js';

export interface LoadReading {
  /** This process; of its processor time 100% is one core. */
  readonly process: { readonly cpuPercent: number; readonly residentBytes: number };
  /** The machine; 100% is all cores. */
  readonly system: {
    readonly cpuPercent: number;
    readonly memoryUsedBytes: number;
    readonly memoryTotalBytes: number;
    /** By sensor. */
    readonly temperaturesC: Readonly<Record<string, number>>;
    readonly gpu?: GpuReading;
    /** By rail; where the board measures them. */
    readonly powerWatts?: Readonly<Record<string, number>>;
  };
}

interface CpuTimes {
  readonly busyMs: number;
  readonly totalMs: number;
}

/**
 * Of systeminformation 5.33 only `mem()` reads the kernel's files itself. The others run a shell at each reading, and
 * hold up the frames meanwhile: `currentLoad()` and `cpuTemperature()` stop the event loop for it, 15 to 80 ms on two
 * busy cores, where what is below takes one. `cpuTemperature()` also knows one sensor of a CPU, and neither the GPU's
 * nor the PMIC of a Jetson; `fsSize()` hides what a container has for a disk.
 */
export class LoadReader {
  readonly #root: string;
  /** Looked for once: boards do not grow any. */
  #rails: Promise<readonly Rail[]> | undefined;
  #machine: CpuTimes;
  #own: { usage: NodeJS.CpuUsage; atMs: number };

  /** @param root where the files of the machine are; elsewhere than / for tests */
  constructor(root = '/') {
    this.#root = root;
    this.#machine = machineTimes();
    this.#own = { usage: process.cpuUsage(), atMs: performance.now() };
  }

  /** Loads are those since the last call. */
  async read(): Promise<LoadReading> {
    const [memory, temperaturesC, gpu, powerWatts] = await Promise.all([
      readMemory(),
      readTemperatures(this.#root),
      readGpu(this.#root),
      this.#power(),
    ]);
    return {
      process: { cpuPercent: this.#ownPercent(), residentBytes: residentBytes() },
      system: {
        cpuPercent: this.#machinePercent(),
        memoryUsedBytes: memory.totalBytes - memory.availableBytes,
        memoryTotalBytes: memory.totalBytes,
        temperaturesC,
        ...(gpu !== undefined && { gpu }),
        ...(Object.keys(powerWatts).length > 0 && { powerWatts }),
      },
    };
  }

  async #power(): Promise<Record<string, number>> {
    this.#rails ??= findRails(this.#root);
    const read = await Promise.all(
      (await this.#rails).map(async ({ name, watts }) => [name, await watts()] as const),
    );
    return Object.fromEntries(read.filter((one): one is readonly [string, number] => one[1] !== undefined));
  }

  #ownPercent(): number {
    const { usage, atMs } = this.#own;
    this.#own = { usage: process.cpuUsage(), atMs: performance.now() };
    const usedMs = (this.#own.usage.user + this.#own.usage.system - usage.user - usage.system) / 1000;
    return percent(usedMs, this.#own.atMs - atMs);
  }

  #machinePercent(): number {
    const before = this.#machine;
    this.#machine = machineTimes();
    return percent(this.#machine.busyMs - before.busyMs, this.#machine.totalMs - before.totalMs);
  }
}

function percent(part: number, whole: number): number {
  return whole > 0 ? Math.max(0, (100 * part) / whole) : 0;
}

function machineTimes(): CpuTimes {
  let totalMs = 0;
  let idleMs = 0;
  for (const { times } of cpus()) {
    totalMs += times.user + times.nice + times.sys + times.idle + times.irq;
    idleMs += times.idle;
  }
  return { busyMs: totalMs - idleMs, totalMs };
}
