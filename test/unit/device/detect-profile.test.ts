// Recorded trees of boards -> the profile that is taken, why, and its figures at live clocks.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readFacts } from '../../../agent/device/facts.js';
import { chooseMachine } from '../../../agent/device/this-machine.js';
import {
  A57,
  armCpuinfo,
  boards,
  DENVER,
  NEON,
  rootWith,
  type Tree,
  x64Cpuinfo,
} from '../../support/boards.js';

const detected = (tree: Tree) => chooseMachine({ root: rootWith(tree) });

test.each([
  ['Jetson TX2, MAXN', 'jetson-tx2', 'the device tree says nvidia,p2771-0000'],
  ['Jetson TX2, MAXQ', 'jetson-tx2', 'the device tree says nvidia,p2771-0000'],
  ['Jetson TX2 NX', 'jetson-tx2-nx', 'the device tree says nvidia,p3509-0000+p3636-0001'],
  ['Jetson TX1', 'jetson-tx1', 'the device tree says nvidia,p2371-2180'],
  ['Jetson Nano', 'jetson-nano', 'the device tree says nvidia,p3449-0000-b00+p3448-0000-b00'],
  ['Jetson Xavier NX', 'jetson-xavier-nx', 'the device tree says nvidia,p3509-0000+p3668-0001'],
  ['Jetson AGX Xavier', 'jetson-agx-xavier', 'the device tree says nvidia,p2972-0000'],
  ['Jetson Orin Nano', 'jetson-orin-nano', 'the device tree says nvidia,p3768-0000+p3767-0005'],
  ['Jetson Orin NX', 'jetson-orin-nx', 'the device tree says nvidia,p3768-0000+p3767-0000'],
  ['Jetson AGX Orin', 'jetson-agx-orin', 'the device tree says nvidia,p3737-0000+p3701-0005'],
  ['Raspberry Pi 4', 'raspberry-pi-4', 'the device tree says raspberrypi,4-model-b'],
  ['Raspberry Pi 5', 'raspberry-pi-5', 'the device tree says raspberrypi,5-model-b'],
  ['Core i9-9900K', 'core-i9-9900k', 'the CPU is Intel(R) Core(TM) i9-9900K CPU @ 3.60GHz'],
  ['Core i7-6700', 'core-i7-6700', 'the CPU is Intel(R) Core(TM) i7-6700 CPU @ 3.40GHz'],
  ['N100', 'intel-n100', 'the CPU is Intel(R) N100'],
  ['a PC of no profile', 'generic-x86-64', 'no profile knows AMD Ryzen 7 5700U'],
  ['a virtual machine with AVX-512', 'generic-x86-64', 'no profile knows Intel(R) Xeon(R) Processor'],
  [
    'a virtual machine on an i9-9900K',
    'core-i9-9900k',
    'the CPU is Intel(R) Core(TM) i9-9900K CPU @ 3.60GHz',
  ],
  ['an arm64 server', 'generic-arm64', 'no profile knows its board or CPU'],
] as const)('%s is %s', async (board, profile, because) => {
  const { limits, because: why } = await detected(boards[board]);
  expect([limits.profile.name, why]).toEqual([profile, because]);
});

test.each<[string, Tree, string, string]>([
  [
    'a carrier board of another maker',
    { 'proc/device-tree/compatible': 'acme,board\0nvidia,tegra186\0', ...armCpuinfo(NEON, [A57, DENVER]) },
    'jetson-tx2-nx',
    'nvidia,tegra186 and a board no profile knows',
  ],
  [
    'a container without the device tree',
    {
      'etc/nv_tegra_release':
        '# R32 (release), REVISION: 7.1, GCID: 1, BOARD: t210ref, EABI: aarch64, DATE: x\n',
      ...armCpuinfo(NEON, [A57, DENVER]),
    },
    'jetson-tx2-nx',
    'Linux for Tegra R32.7.1 on cores 0x4e/0x003',
  ],
  [
    'the same cores without Linux for Tegra',
    armCpuinfo(NEON, [A57, A57]),
    'generic-arm64',
    'no profile knows its board or CPU',
  ],
  [
    'a model whose name begins like another',
    x64Cpuinfo('Intel(R) Core(TM) i9-9900KS CPU @ 4.00GHz', 'avx2 fma', 8),
    'generic-x86-64',
    'i9-9900KS',
  ],
  [
    'a device tree of something else',
    { 'proc/device-tree/compatible': 'qemu,virt\0', ...armCpuinfo(NEON, [A57]) },
    'generic-arm64',
    'qemu,virt',
  ],
  [
    'files full of nonsense',
    {
      'proc/device-tree/compatible': '\0\0\n',
      'etc/nv_tegra_release': 'R32\n',
      'proc/meminfo': 'MemTotal: much\n',
      'var/lib/nvpmodel/status': 'fast\n',
      'sys/kernel/nvpmodel_emc_cap/emc_iso_cap': 'none\n',
      'sys/class/devfreq/17000000.gp10b/max_freq': '\n',
      ...x64Cpuinfo('', '', 1),
    },
    'generic-x86-64',
    'its board or CPU',
  ],
])('%s', async (_, tree, profile, because) => {
  const found = await detected(tree);
  expect(found.limits.profile.name).toBe(profile);
  expect(found.because).toContain(because);
  expect(found.limits.usableGBs).toBeGreaterThan(0);
});

test('a machine of which nothing can be read has to be told', async () => {
  const root = rootWith({});
  mkdirSync(join(root, 'proc/cpuinfo'), { recursive: true });
  await expect(chooseMachine({ root })).rejects.toThrow('expected x86-64 or arm64 for this machine');
  const { limits, because } = await chooseMachine({ root, profile: 'raspberry-pi-4' });
  expect([limits.profile.name, because]).toEqual(['raspberry-pi-4', 'it was asked for']);
});

describe('live clocks and cores', () => {
  test.each<
    [keyof typeof boards, GBs: number, gpuGflops: number | undefined, cpuGflops: number, remarks: string[]]
  >([
    ['Jetson TX2, MAXN', 59.7, 666, 98, ['power mode 0 MAXN', 'cores at 2035 of 2000 MHz']],
    [
      'Jetson TX2, MAXQ',
      42.6,
      435,
      38,
      [
        'power mode 1 MAXQ',
        'memory at 1331 of 1866 MHz',
        'GPU at 850 of 1300 MHz',
        '4 cores, the profile has 6',
        'cores at 1200 of 2000 MHz',
      ],
    ],
    ['Raspberry Pi 4', 12.8, undefined, 58, ['cores at 1800 of 1500 MHz']],
    // The clock of one core alone is no news.
    ['Core i9-9900K', 41.6, undefined, 1203, []],
    ['a virtual machine on an i9-9900K', 41.6, undefined, 301, ['2 cores, the profile has 8']],
    ['an old PC', 25.6, undefined, 96, ["sse4_1: 0.25 times the profile's operations per cycle"]],
    [
      'a virtual machine with AVX-512',
      25.6,
      undefined,
      384,
      [
        '2 cores, the profile has 4',
        "avx512f: 2 times the profile's operations per cycle",
        'avx512_vnni: int8 at four times fp32',
      ],
    ],
  ])('%s', async (board, theoreticalGBs, gpuGflops, cpuGflops, remarks) => {
    const { limits } = await detected(boards[board]);
    expect(limits.theoreticalGBs).toBeCloseTo(theoreticalGBs, 1);
    expect(limits.usableGBs / limits.theoreticalGBs).toBeCloseTo(2 / 3, 2);
    if (gpuGflops === undefined) expect(limits.gpuGops).toBeUndefined();
    else expect(limits.gpuGops?.fp32).toBeCloseTo(gpuGflops, -1);
    expect(Math.round(limits.cpuGops.fp32!)).toBe(cpuGflops);
    expect(limits.remarks).toEqual(remarks);
  });

  test('a clock that only root may read is taken from the power mode', async () => {
    const { 'sys/kernel/nvpmodel_emc_cap/emc_iso_cap': _, ...unreadable } = boards['Jetson TX2, MAXQ'];
    expect((await detected(unreadable)).limits.theoreticalGBs).toBeCloseTo(42.6, 1);
  });

  test('another profile than this machine’s keeps its figures, unless it is said to be this one', async () => {
    const root = rootWith(boards['a virtual machine with AVX-512']);
    const figures = async (here: boolean) =>
      (await chooseMachine({ root, profile: 'core-i7-6700', here })).limits.cores;
    expect([await figures(false), await figures(true)]).toEqual([4, 2]);
  });

  test('a power mode that was asked for, by number or name', async () => {
    const root = rootWith(boards['Jetson TX2, MAXN']);
    for (const powerMode of ['1', 'maxq']) {
      const { limits } = await chooseMachine({ root, powerMode });
      expect([limits.theoreticalGBs.toFixed(1), limits.cores]).toEqual(['42.6', 4]);
    }
    await expect(chooseMachine({ root, powerMode: 'fast' })).rejects.toThrow(
      'expected one of 0 MAXN, 1 MAXQ, 2 MAXP_CORE_ALL, 3 MAXP_CORE_ARM, 4 MAXP_CORE_DENVER for --power-mode on jetson-tx2, received fast',
    );
    await expect(chooseMachine({ root, profile: 'intel-n100', powerMode: '0' })).rejects.toThrow('has none');
  });
});

test('hyper-threads are no cores', async () => {
  const facts = await readFacts(rootWith(boards['Core i7-6700']));
  expect([facts.cores, facts.coreMHz.length]).toEqual([4, 8]);
});
