// Invented /sys and /proc trees -> clocks, temperatures, throttling, and load of others.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { familySeconds } from '../../../agent/bench/family-time.js';
import { OthersLoad } from '../../../agent/bench/load.js';
import { readGovernor, readSensors } from '../../../agent/bench/sensors.js';
import { rootWith, type Tree } from '../../support/boards.js';

const cpu = 'sys/devices/system/cpu';
const thermal = 'sys/class/thermal';
const nothing = {
  clockMHz: null,
  temperatureC: null,
  throttleEvents: null,
  heldBack: [],
  tells: false,
};

test.each<[what: string, tree: Tree, sensors: object]>([
  ['a virtual machine tells nothing', {}, nothing],
  [
    'clocks are averaged over the cores',
    {
      [`${cpu}/cpu0/cpufreq/scaling_cur_freq`]: '3000000\n',
      [`${cpu}/cpu1/cpufreq/scaling_cur_freq`]: '1000000\n',
      [`${cpu}/cpufreq/policy0/scaling_cur_freq`]: '9000000\n',
    },
    { ...nothing, clockMHz: 2000, tells: true },
  ],
  [
    'the hottest zone that is no PMIC',
    {
      [`${thermal}/thermal_zone0/type`]: 'CPU-therm\n',
      [`${thermal}/thermal_zone0/temp`]: '61500\n',
      [`${thermal}/thermal_zone1/type`]: 'PMIC-Die\n',
      [`${thermal}/thermal_zone1/temp`]: '100000\n',
      [`${thermal}/thermal_zone2/type`]: 'GPU-therm\n',
      [`${thermal}/thermal_zone2/temp`]: '-256000\n',
    },
    { ...nothing, temperatureC: 61.5 },
  ],
  [
    'counters of an Intel CPU',
    {
      [`${cpu}/cpu0/thermal_throttle/core_throttle_count`]: '3\n',
      [`${cpu}/cpu0/thermal_throttle/package_throttle_count`]: '4\n',
      [`${cpu}/cpu1/thermal_throttle/core_throttle_count`]: '5\n',
    },
    { ...nothing, throttleEvents: 12, tells: true },
  ],
  [
    'a cooling device at work, unless it is a fan or idle',
    {
      [`${thermal}/cooling_device0/type`]: 'thermal-cpufreq-0\n',
      [`${thermal}/cooling_device0/cur_state`]: '2\n',
      [`${thermal}/cooling_device1/type`]: 'pwm-fan\n',
      [`${thermal}/cooling_device1/cur_state`]: '3\n',
      [`${thermal}/cooling_device2/type`]: 'Processor\n',
      [`${thermal}/cooling_device2/cur_state`]: '0\n',
    },
    { ...nothing, heldBack: ['thermal-cpufreq-0 at state 2'] },
  ],
  [
    'flags of now of a Raspberry Pi, not those of before',
    { 'sys/devices/platform/soc/soc:firmware/get_throttled': '50005\n' },
    { ...nothing, heldBack: ['firmware: under-voltage', 'firmware: throttled'], tells: true },
  ],
  [
    'the same of a Raspberry Pi 5, whose firmware has an address',
    { 'sys/devices/platform/soc@107c000000/soc@107c000000:firmware/get_throttled': '4\n' },
    { ...nothing, heldBack: ['firmware: throttled'], tells: true },
  ],
  [
    'under-voltage where a kernel passes on nothing else',
    {
      'sys/class/hwmon/hwmon0/name': 'cpu_thermal\n',
      'sys/class/hwmon/hwmon1/name': 'rpi_volt\n',
      'sys/class/hwmon/hwmon1/in0_lcrit_alarm': '1\n',
    },
    { ...nothing, heldBack: ['firmware: under-voltage'], tells: true },
  ],
  [
    'no alarm',
    { 'sys/class/hwmon/hwmon1/name': 'rpi_volt\n', 'sys/class/hwmon/hwmon1/in0_lcrit_alarm': '0\n' },
    { ...nothing, tells: true },
  ],
])('%s', async (_, tree, sensors) => {
  expect(await readSensors(rootWith(tree))).toEqual(sensors);
});

test('the governor, where there is one', async () => {
  const root = rootWith({ [`${cpu}/cpu0/cpufreq/scaling_governor`]: 'powersave\n' });
  expect([await readGovernor(root), await readGovernor(rootWith({}))]).toEqual(['powersave', null]);
});

test('others keep busy what the machine did and this process did not, stolen time among it', async () => {
  const stat = (user: number, idle: number, steal: number) =>
    `cpu  ${user} 0 100 ${idle} 0 0 0 ${steal} 0 0\ncpu0 1 0 0 1 0 0 0 0 0 0\ncpu1 1 0 0 1 0 0 0 0 0 0\nintr 1\n`;
  const root = rootWith({ 'proc/stat': stat(1000, 5000, 0) });
  let own = 3;
  const load = new OthersLoad(root, async () => own);
  await load.start();
  // Ten seconds on two CPUs: 12 s of them busy, 1 s stolen, 8 s ours.
  writeFileSync(join(root, 'proc/stat'), stat(2200, 5700, 100));
  own = 11;
  expect(await load.cores()).toBeCloseTo(0.5, 6);
});

/** @param ticks user and system, then those of children that have ended */
const statOf = (parent: number, ticks: readonly number[], name = 'node') =>
  `1 (${name}) S ${parent} 1 1 0 -1 4194560 1 0 0 0 ${ticks.join(' ')} 20 0 1 0 1 1 1\n`;

test('children count while they run, and theirs; strangers do not', async () => {
  const root = rootWith({
    'proc/10/stat': statOf(1, [100, 50, 7, 3]),
    'proc/11/stat': statOf(10, [200, 20, 0, 0], 'an engine) S 9'),
    'proc/12/stat': statOf(11, [1000, 0, 30, 0]),
    'proc/13/stat': statOf(1, [90_000, 0, 0, 0]),
  });
  expect(await familySeconds(10, root)).toBeCloseTo(14.1, 6);
  expect(await familySeconds(99, root)).toBe(0);
});

test('a child that computes is no other process', async () => {
  const busy =
    'while (process.cpuUsage().user < 300_000); process.stdout.write("done"); setInterval(() => {}, 1000)';
  const before = await familySeconds(process.pid);
  const child = spawn(process.execPath, ['-e', busy], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill());
  await once(child.stdout, 'data');
  expect((await familySeconds(process.pid)) - before).toBeGreaterThan(0.25);
});

test('no /proc/stat, no load', async () => {
  const load = new OthersLoad(rootWith({}), async () => 0);
  await load.start();
  expect(await load.cores()).toBeNull();
});
