// The machine and this process -> CPU, memory and temperatures. The only owner of systeminformation.

import { readdir, readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { mem } from 'systeminformation';

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
  };
}

interface CpuTimes {
  readonly busyMs: number;
  readonly totalMs: number;
}

/**
 * Reads files of the kernel only. systeminformation 5.33 runs a shell, and waits for it, for each
 * `currentLoad()` and `cpuTemperature()`; `mem()` does not.
 */
export class LoadReader {
  readonly #sysfs: string;
  #machine: CpuTimes;
  #own: { usage: NodeJS.CpuUsage; atMs: number };

  constructor(sysfs = '/sys') {
    this.#sysfs = sysfs;
    this.#machine = machineTimes();
    this.#own = { usage: process.cpuUsage(), atMs: performance.now() };
  }

  /** Loads are those since the last call. */
  async read(): Promise<LoadReading> {
    const [memory, temperaturesC] = await Promise.all([mem(), readTemperatures(this.#sysfs)]);
    return {
      process: { cpuPercent: this.#ownPercent(), residentBytes: process.memoryUsage.rss() },
      system: {
        cpuPercent: this.#machinePercent(),
        memoryUsedBytes: memory.total - memory.available,
        memoryTotalBytes: memory.total,
        temperaturesC,
      },
    };
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

/** Thermal zones by type; where a machine has none, the sensors of hwmon. */
async function readTemperatures(sysfs: string): Promise<Record<string, number>> {
  const zones = await sensors(join(sysfs, 'class/thermal'), /^thermal_zone/, async (folder) => {
    const [name, value] = [await line(folder, 'type'), await line(folder, 'temp')];
    // PMIC zones of Jetson boards report a constant.
    return /pmic/i.test(name) ? [] : [[name, Number(value)]];
  });
  if (Object.keys(zones).length > 0) return zones;
  return sensors(join(sysfs, 'class/hwmon'), /^hwmon/, async (folder) => {
    const chip = await line(folder, 'name');
    const inputs = (await readdir(folder)).filter((file) => /^temp\d+_input$/.test(file));
    return Promise.all(
      inputs.map(async (input): Promise<[string, number]> => {
        const label = await line(folder, input.replace('input', 'label')).catch(() => input.slice(0, -6));
        return [`${chip} ${label}`, Number(await line(folder, input))];
      }),
    );
  });
}

async function sensors(
  folder: string,
  named: RegExp,
  read: (folder: string) => Promise<[name: string, milliC: number][]>,
): Promise<Record<string, number>> {
  const entries = await readdir(folder).catch(() => []);
  const found = await Promise.all(
    // A sensor may be asleep and refuse to be read: the others go on.
    entries.filter((entry) => named.test(entry)).map((entry) => read(join(folder, entry)).catch(() => [])),
  );
  const result: Record<string, number> = {};
  for (const [name, milliC] of found.flat()) {
    const celsius = milliC / 1000;
    // Unconnected sensors read 0 or far below freezing.
    if (!Number.isFinite(celsius) || celsius < -40 || celsius > 200) continue;
    let unique = name;
    for (let i = 2; unique in result; i++) unique = `${name} ${i}`;
    result[unique] = celsius;
  }
  return result;
}

async function line(folder: string, file: string): Promise<string> {
  return (await readFile(join(folder, file), 'utf8')).trim();
}
