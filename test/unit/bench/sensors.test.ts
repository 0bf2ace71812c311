// Invented /sys and /proc trees -> clocks, temperatures, throttling, and load of others.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
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
  const load = new OthersLoad(root, () => own);
  await load.start();
  // Ten seconds on two CPUs: 12 s of them busy, 1 s stolen, 8 s ours.
  writeFileSync(join(root, 'proc/stat'), stat(2200, 5700, 100));
  own = 11;
  expect(await load.cores()).toBeCloseTo(0.5, 6);
});

test('no /proc/stat, no load', async () => {
  const load = new OthersLoad(rootWith({}), () => 0);
  await load.start();
  expect(await load.cores()).toBeNull();
});
