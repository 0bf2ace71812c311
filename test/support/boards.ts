// What /proc, /sys and /etc of known boards say, after the documented formats -> a folder that stands for their root.

import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export type Tree = Readonly<Record<string, string>>;

export function rootWith(tree: Tree): string {
  const root = mkdtempSync(join(tmpdir(), 'board-'));
  for (const [path, content] of Object.entries(tree)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

/** NUL after each entry, as the kernel gives it. */
const compatible = (...entries: string[]): Tree => ({
  'proc/device-tree/compatible': entries.map((entry) => `${entry}\0`).join(''),
});

const release = (major: number, revision: string, board: string): Tree => ({
  'etc/nv_tegra_release': `# R${major} (release), REVISION: ${revision}, GCID: 29818004, BOARD: ${board}, EABI: aarch64, DATE: Sat Feb 19 17:07:00 UTC 2022\n`,
});

const memory = (gigabytes: number): Tree => ({
  'proc/meminfo': `MemTotal:       ${Math.round((gigabytes * 1e9) / 1024)} kB\nMemFree:          123456 kB\n`,
});

/** @param parts of each core */
export function armCpuinfo(
  features: string,
  parts: readonly (readonly [implementer: string, part: string])[],
): Tree {
  const cores = parts.map(
    ([implementer, part], i) =>
      `processor\t: ${i}\nBogoMIPS\t: 62.50\nFeatures\t: ${features}\nCPU implementer\t: ${implementer}\nCPU architecture: 8\nCPU variant\t: 0x1\nCPU part\t: ${part}\nCPU revision\t: 3\n`,
  );
  return { 'proc/cpuinfo': `${cores.join('\n')}\nHardware\t: board\nSerial\t\t: 0\n` };
}

/** @param threads per core */
export function x64Cpuinfo(model: string, flags: string, cores: number, threads = 1): Tree {
  const processors = Array.from(
    { length: cores * threads },
    (_, i) =>
      `processor\t: ${i}\nvendor_id\t: GenuineIntel\nmodel name\t: ${model}\ncpu MHz\t\t: 800.012\nphysical id\t: 0\nsiblings\t: ${cores * threads}\ncore id\t\t: ${i % cores}\ncpu cores\t: ${cores}\nflags\t\t: ${flags}\n`,
  );
  return { 'proc/cpuinfo': `${processors.join('\n')}\n` };
}

function coreClocks(...megahertz: number[]): Tree {
  return Object.fromEntries(
    megahertz.map((mhz, i) => [`sys/devices/system/cpu/cpu${i}/cpufreq/scaling_max_freq`, `${mhz * 1000}\n`]),
  );
}

export const A57 = ['0x41', '0xd07'] as const;
export const DENVER = ['0x4e', '0x003'] as const;
const CARMEL = ['0x4e', '0x004'] as const;
const A78AE = ['0x41', '0xd42'] as const;
const A72 = ['0x41', '0xd08'] as const;
const A76 = ['0x41', '0xd0b'] as const;
const times = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one);
export const NEON = 'fp asimd evtstrm aes pmull sha1 sha2 crc32';
const DOTPROD = `${NEON} atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp`;
const TX2_CORES = [A57, DENVER, DENVER, A57, A57, A57];

const gpu = (device: string, hertz: number): Tree => ({
  [`sys/class/devfreq/${device}/max_freq`]: `${hertz}\n`,
});
const emcCap = (hertz: number): Tree => ({ 'sys/kernel/nvpmodel_emc_cap/emc_iso_cap': `${hertz}\n` });
const powerMode = (id: number): Tree => ({ 'var/lib/nvpmodel/status': `pmode:000${id} fmode:cool\n` });

const tx2: Tree = {
  ...compatible('nvidia,p2771-0000', 'nvidia,quill', 'nvidia,tegra186'),
  ...release(32, '7.1', 't186ref'),
  ...memory(8.2),
};

/** By what they are, in the state that their name says. */
export const boards = {
  'Jetson TX2, MAXN': {
    ...tx2,
    ...armCpuinfo(NEON, TX2_CORES),
    ...coreClocks(2035.2, 2035.2, 2035.2, 2035.2, 2035.2, 2035.2),
    ...gpu('17000000.gp10b', 1_300_500_000),
    ...emcCap(0),
    ...powerMode(0),
  },
  'Jetson TX2, MAXQ': {
    ...tx2,
    ...armCpuinfo(NEON, times(4, A57)),
    ...coreClocks(1200, 1200, 1200, 1200),
    ...gpu('17000000.gp10b', 850_500_000),
    ...emcCap(1_331_200_000),
    ...powerMode(1),
  },
  'Jetson TX2 NX': {
    ...compatible('nvidia,p3509-0000+p3636-0001', 'nvidia,tegra186'),
    ...release(32, '7.1', 't186ref'),
    ...memory(4.1),
    ...armCpuinfo(NEON, TX2_CORES),
    ...gpu('17000000.gp10b', 1_300_500_000),
  },
  'Jetson TX1': {
    ...compatible('nvidia,p2371-2180', 'nvidia,tegra210'),
    ...release(32, '7.1', 't210ref'),
    ...memory(4.1),
    ...armCpuinfo(NEON, times(4, A57)),
    ...gpu('57000000.gpu', 998_400_000),
  },
  'Jetson Nano': {
    ...compatible('nvidia,p3449-0000-b00+p3448-0000-b00', 'nvidia,jetson-nano', 'nvidia,tegra210'),
    ...release(32, '7.1', 't210ref'),
    ...memory(4.1),
    ...armCpuinfo(NEON, times(4, A57)),
    ...coreClocks(1479, 1479, 1479, 1479),
    ...gpu('57000000.gpu', 921_600_000),
    ...powerMode(0),
  },
  'Jetson Xavier NX': {
    ...compatible('nvidia,p3509-0000+p3668-0001', 'nvidia,tegra194'),
    ...release(35, '4.1', 't186ref'),
    ...memory(8),
    ...armCpuinfo(`${NEON} atomics fphp asimdhp`, times(6, CARMEL)),
    ...gpu('17000000.gv11b', 1_109_250_000),
  },
  'Jetson AGX Xavier': {
    ...compatible('nvidia,p2972-0000', 'nvidia,tegra194'),
    ...release(35, '4.1', 't186ref'),
    ...memory(32.6),
    ...armCpuinfo(`${NEON} atomics fphp asimdhp`, times(8, CARMEL)),
    ...gpu('17000000.gv11b', 1_377_000_000),
  },
  'Jetson Orin Nano': {
    ...compatible('nvidia,p3768-0000+p3767-0005', 'nvidia,p3767-0005', 'nvidia,tegra234'),
    ...release(36, '4.3', 'generic'),
    ...memory(7.8),
    ...armCpuinfo(DOTPROD, times(6, A78AE)),
    ...gpu('17000000.gpu', 624_750_000),
  },
  'Jetson Orin NX': {
    ...compatible('nvidia,p3768-0000+p3767-0000', 'nvidia,p3767-0000', 'nvidia,tegra234'),
    ...release(36, '4.3', 'generic'),
    ...memory(16.3),
    ...armCpuinfo(DOTPROD, times(8, A78AE)),
    ...gpu('17000000.gpu', 918_000_000),
  },
  'Jetson AGX Orin': {
    ...compatible('nvidia,p3737-0000+p3701-0005', 'nvidia,p3701-0005', 'nvidia,tegra234'),
    ...release(36, '4.3', 'generic'),
    ...memory(64.3),
    ...armCpuinfo(DOTPROD, times(12, A78AE)),
    ...gpu('17000000.gpu', 1_300_500_000),
  },
  'Raspberry Pi 4': {
    ...compatible('raspberrypi,4-model-b', 'brcm,bcm2711'),
    ...memory(4),
    ...armCpuinfo('fp asimd evtstrm crc32 cpuid', times(4, A72)),
    ...coreClocks(1800, 1800, 1800, 1800),
  },
  'Raspberry Pi 5': {
    ...compatible('raspberrypi,5-model-b', 'brcm,bcm2712'),
    ...memory(8.3),
    ...armCpuinfo(DOTPROD, times(4, A76)),
    ...coreClocks(2400, 2400, 2400, 2400),
  },
  'Core i9-9900K': {
    ...x64Cpuinfo('Intel(R) Core(TM) i9-9900K CPU @ 3.60GHz', 'fpu sse4_1 avx fma avx2', 8, 2),
    ...coreClocks(...times(16, 5000)),
    ...memory(33),
  },
  'Core i7-6700': {
    ...x64Cpuinfo('Intel(R) Core(TM) i7-6700 CPU @ 3.40GHz', 'fpu sse4_1 avx fma avx2', 4, 2),
    ...coreClocks(...times(8, 4000)),
    ...memory(16.6),
  },
  N100: {
    ...x64Cpuinfo('Intel(R) N100', 'fpu sse4_1 avx fma avx2 avx_vnni', 4),
    ...coreClocks(3400, 3400, 3400, 3400),
    ...memory(16.5),
  },
  'a PC of no profile': {
    ...x64Cpuinfo('AMD Ryzen 7 5700U', 'fpu sse4_1 avx fma avx2', 8, 2),
    ...memory(16.5),
  },
  'an old PC': { ...x64Cpuinfo('Intel(R) Core(TM)2 Quad CPU Q9550', 'fpu sse2 sse4_1', 4), ...memory(4) },
  'a virtual machine with AVX-512': {
    ...x64Cpuinfo('Intel(R) Xeon(R) Processor', 'fpu hypervisor sse4_1 avx fma avx2 avx512f avx512_vnni', 2),
    ...memory(25),
  },
  'a virtual machine on an i9-9900K': {
    ...x64Cpuinfo('Intel(R) Core(TM) i9-9900K CPU @ 3.60GHz', 'fpu hypervisor sse4_1 avx fma avx2', 2),
    ...memory(4),
  },
  'an arm64 server': { ...armCpuinfo(DOTPROD, times(16, ['0x41', '0xd0c'] as const)), ...memory(64) },
} satisfies Record<string, Tree>;
