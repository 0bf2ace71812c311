// The files of a machine below a root folder -> what tells which machine it is, and its clocks as they are set.

import { join } from 'node:path';
import { namesIn, numberOf, numbersOf, textOf } from '#common/kernel-files.js';

export interface MachineFacts {
  readonly architecture: 'x64' | 'arm64' | undefined;
  /** Entries of the device tree, the most specific first; none on a PC. */
  readonly compatible: readonly string[];
  /** Release of NVIDIA's Linux for Tegra, as `R32.7.1`. */
  readonly l4t?: string;
  readonly cpuModel?: string;
  /** Implementer and part of the cores, as `0x41/0xd07`, each once. */
  readonly cpuParts: readonly string[];
  readonly flags: ReadonlySet<string>;
  readonly isVirtual: boolean;
  /** Physical ones that are on; 0 where nobody says. */
  readonly cores: number;
  /** Highest clock that each core may run at now, where the kernel tells. */
  readonly coreMHz: readonly number[];
  readonly memoryGB?: number;
  /** Highest clocks that GPU and memory may run at now. */
  readonly gpuMHz?: number;
  readonly memoryMHz?: number;
  /** The number that nvpmodel gives it. */
  readonly powerMode?: number;
}

/** Whatever is missing or unreadable is left out: no machine has all of it. */
export async function readFacts(root = '/'): Promise<MachineFacts> {
  const file = async (path: string) => (await textOf(root, path)) ?? '';
  const [compatible, release, cpuinfo, meminfo, nvpmodel] = await Promise.all(
    [
      'proc/device-tree/compatible',
      'etc/nv_tegra_release',
      'proc/cpuinfo',
      'proc/meminfo',
      'var/lib/nvpmodel/status',
    ].map(file),
  );
  const cpu = readCpuinfo(cpuinfo!);
  const [coreMHz, gpuMHz, memoryMHz] = await Promise.all([
    coreClocks(root),
    gpuClock(root),
    memoryClock(root),
  ]);
  const l4t = /^# R(\d+) \(release\), REVISION: ([\d.]+)/.exec(release!);
  const kilobytes = numberIn(/^MemTotal:\s*(\d+) kB/m, meminfo!);
  const powerMode = numberIn(/^pmode:(\d+)/m, nvpmodel!);
  return {
    ...cpu,
    compatible: compatible!.split('\0').filter((entry) => entry.trim() !== ''),
    ...(l4t && { l4t: `R${l4t[1]}.${l4t[2]}` }),
    coreMHz,
    ...(kilobytes && { memoryGB: (kilobytes * 1024) / 1e9 }),
    ...(gpuMHz && { gpuMHz }),
    ...(memoryMHz && { memoryMHz }),
    ...(powerMode !== undefined && { powerMode }),
  };
}

type CpuFacts = Pick<
  MachineFacts,
  'architecture' | 'cpuModel' | 'cpuParts' | 'flags' | 'isVirtual' | 'cores'
>;

function readCpuinfo(text: string): CpuFacts {
  const processors = text
    .split(/\n\s*\n/)
    .map(
      (block) =>
        new Map([...block.matchAll(/^([^:\n]+?)\s*:[ \t]*(.*)$/gm)].map(([, key, value]) => [key!, value!])),
    )
    .filter((processor) => processor.has('processor'));
  const first = processors[0];
  const isX64 = first?.has('flags') ?? false;
  const flags = new Set((first?.get('flags') ?? first?.get('Features') ?? '').split(' ').filter(Boolean));
  const cpuModel = first?.get('model name');
  const part = (one: Map<string, string>) => `${one.get('CPU implementer')}/${one.get('CPU part')}`;
  // Hyper-threads share the numbers of their core.
  const place = (one: Map<string, string>) =>
    `${one.get('physical id') ?? 0}/${one.get('core id') ?? one.get('processor')}`;
  return {
    architecture: isX64 ? 'x64' : first?.has('Features') ? 'arm64' : undefined,
    ...(cpuModel && { cpuModel }),
    cpuParts: isX64 ? [] : [...new Set(processors.map(part))],
    flags,
    isVirtual: flags.has('hypervisor'),
    cores: new Set(processors.map(place)).size,
  };
}

async function coreClocks(root: string): Promise<number[]> {
  const folder = join(root, 'sys/devices/system/cpu');
  const clocks = await Promise.all(
    (await namesIn(folder, /^cpu\d+$/)).map(async (name) => {
      // cpu0 cannot be switched off everywhere and then has no such file.
      const online = await numberOf(folder, name, 'online');
      const kHz = await numberOf(folder, name, 'cpufreq/scaling_max_freq');
      return online === 0 || !kHz ? [] : [kHz / 1000];
    }),
  );
  return clocks.flat();
}

const GPU_DEVICE = /\.(gpu|gp10b|gv11b|ga10b)$|^(17000000|57000000)\./;

async function gpuClock(root: string): Promise<number | undefined> {
  const folder = join(root, 'sys/class/devfreq');
  const [device] = await namesIn(folder, GPU_DEVICE);
  const hertz = device === undefined ? undefined : await numberOf(folder, device, 'max_freq');
  return hertz ? hertz / 1e6 : undefined;
}

/** Root only may read some of them; the power mode says it too. */
const MEMORY_CLOCKS = [
  'sys/kernel/nvpmodel_emc_cap/emc_iso_cap',
  'sys/kernel/nvpmodel_clk_cap/emc',
  'sys/kernel/debug/bpmp/debug/clk/emc/max_rate',
];

async function memoryClock(root: string): Promise<number | undefined> {
  const hertz = await numbersOf(MEMORY_CLOCKS.map((path) => join(root, path)));
  // A cap of 0 caps nothing.
  const caps = hertz.filter((value) => value > 0);
  return caps.length > 0 ? Math.min(...caps) / 1e6 : undefined;
}

function numberIn(pattern: RegExp, text: string): number | undefined {
  const found = pattern.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}
