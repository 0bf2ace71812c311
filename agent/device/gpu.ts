// The files of a machine below a root folder -> what its GPU is doing.

import { join } from 'node:path';
import { namesIn, numberOf } from '#common/kernel-files.js';

export interface GpuReading {
  readonly loadPercent?: number;
  readonly clockMHz?: number;
}

/** Tegra's, by the name of the chip or of its node in the device tree. */
const TEGRA = /\.(gp10b|gv11b|ga10b|gpu)$/;

/** @returns nothing where there is none that says anything; whatever is asleep or not for us to read is left out */
export async function readGpu(root = '/'): Promise<GpuReading | undefined> {
  const reading = (await readTegra(root)) ?? (await readDrm(root));
  return reading === undefined || Object.keys(reading).length === 0 ? undefined : reading;
}

async function readTegra(root: string): Promise<GpuReading | undefined> {
  const devfreq = join(root, 'sys/class/devfreq');
  const [name] = await namesIn(devfreq, TEGRA);
  if (name === undefined) return undefined;
  const [hertz, ...perMille] = await Promise.all([
    numberOf(devfreq, name, 'cur_freq'),
    numberOf(root, 'sys/devices/gpu.0/load'),
    numberOf(devfreq, name, 'device/load'),
  ]);
  return readingOf(percent(perMille.find((load) => load !== undefined)), mega(hertz));
}

/** Graphics cards of others: AMD's driver tells the load, Intel's the clock. */
async function readDrm(root: string): Promise<GpuReading | undefined> {
  const drm = join(root, 'sys/class/drm');
  const [name] = await namesIn(drm, /^card\d+$/);
  if (name === undefined) return undefined;
  const [busy, ...clocks] = await Promise.all([
    numberOf(drm, name, 'device/gpu_busy_percent'),
    numberOf(drm, name, 'gt_act_freq_mhz'),
    numberOf(drm, name, 'device/tile0/gt0/freq0/act_freq'),
  ]);
  return readingOf(
    busy,
    clocks.find((clock) => clock !== undefined),
  );
}

function readingOf(loadPercent: number | undefined, clockMHz: number | undefined): GpuReading {
  return { ...(loadPercent !== undefined && { loadPercent }), ...(clockMHz !== undefined && { clockMHz }) };
}

const percent = (perMille: number | undefined) => (perMille === undefined ? undefined : perMille / 10);
const mega = (hertz: number | undefined) => (hertz === undefined ? undefined : hertz / 1e6);
