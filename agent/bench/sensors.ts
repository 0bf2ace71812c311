// The files of a machine below a root folder -> clocks, temperature and what says that it is throttled.

import { join } from 'node:path';
import { namesIn, numbersOf, textOf } from '#common/kernel-files.js';
import { readFirmwareBits } from '../device/firmware-flags.js';
import { readTemperatures } from '../device/temperatures.js';

export interface Sensors {
  /** Mean of the cores. */
  readonly clockMHz: number | null;
  /** The hottest sensor. */
  readonly temperatureC: number | null;
  /** Counts up while a CPU is held back; nothing where the kernel does not count. */
  readonly throttleEvents: number | null;
  /** What holds the machine back now, for people. */
  readonly heldBack: readonly string[];
  /** Whether anything above could be read that would tell. */
  readonly tells: boolean;
}

/** Whatever is missing or asleep is left out: no machine has all of it. */
export async function readSensors(root = '/'): Promise<Sensors> {
  const cpus = join(root, 'sys/devices/system/cpu');
  const cores = await namesIn(cpus, /^cpu\d+$/);
  const [clocks, counters, temperatures, cooling, firmware] = await Promise.all([
    numbersOf(cores.map((core) => join(cpus, core, 'cpufreq/scaling_cur_freq'))),
    numbersOf(
      cores.flatMap((core) =>
        ['core_throttle_count', 'package_throttle_count'].map((name) =>
          join(cpus, core, 'thermal_throttle', name),
        ),
      ),
    ),
    readTemperatures(root),
    readCooling(join(root, 'sys/class/thermal')),
    readFirmwareBits(root),
  ]);
  return {
    clockMHz: clocks.length > 0 ? mean(clocks) / 1000 : null,
    temperatureC: hottest(temperatures),
    throttleEvents: counters.length > 0 ? counters.reduce((sum, one) => sum + one, 0) : null,
    heldBack: [...cooling, ...firmwareFlags(firmware)],
    tells: clocks.length > 0 || counters.length > 0 || firmware !== undefined,
  };
}

export async function readGovernor(root = '/'): Promise<string | null> {
  return (await textOf(join(root, 'sys/devices/system/cpu/cpu0/cpufreq/scaling_governor'))) ?? null;
}

/** Devices that slow the processor when they are at work, not fans. */
const SLOWS = /cpufreq|processor|gpu|devfreq|intel_powerclamp/i;

async function readCooling(folder: string): Promise<string[]> {
  const devices = await namesIn(folder, /^cooling_device\d+$/);
  const read = await Promise.all(
    devices.map(async (device) => {
      const type = (await textOf(join(folder, device, 'type'))) ?? '';
      const [state = 0] = await numbersOf([join(folder, device, 'cur_state')]);
      return SLOWS.test(type) && state > 0 ? [`${type} at state ${state}`] : [];
    }),
  );
  return read.flat();
}

/** Raspberry Pi's firmware, bits of now: under-voltage, capped clock, throttled, soft temperature limit. */
const FLAGS = ['under-voltage', 'clock capped', 'throttled', 'soft temperature limit'];

function firmwareFlags(bits = 0): string[] {
  return FLAGS.filter((_, bit) => bits & (1 << bit)).map((flag) => `firmware: ${flag}`);
}

function hottest(temperaturesC: Readonly<Record<string, number>>): number | null {
  const values = Object.values(temperaturesC);
  return values.length > 0 ? Math.max(...values) : null;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
