// Invented /sys trees of boards that tell their energy or power -> joules.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findEnergyMeter } from '../../../agent/bench/energy.js';
import { Metering } from '../../../agent/bench/metering.js';
import { rootWith, type Tree } from '../../support/boards.js';

const powercap = 'sys/class/powercap';
const domain = (entry: string, name: string, microjoules: number): Tree => ({
  [`${powercap}/${entry}/name`]: `${name}\n`,
  [`${powercap}/${entry}/energy_uj`]: `${microjoules}\n`,
  [`${powercap}/${entry}/max_energy_range_uj`]: '262143328850\n',
});

describe('RAPL', () => {
  const set = (root: string, entry: string, microjoules: number) =>
    writeFileSync(join(root, powercap, entry, 'energy_uj'), `${microjoules}\n`);

  test('packages and memory add up; cores are in their package already, mmio is the same again', async () => {
    const root = rootWith({
      ...domain('intel-rapl:0', 'package-0', 1_000_000),
      ...domain('intel-rapl:0:0', 'core', 500_000),
      ...domain('intel-rapl:0:1', 'dram', 0),
      ...domain('intel-rapl:1', 'package-1', 0),
      ...domain('intel-rapl:1:0', 'dram', 0),
      ...domain('intel-rapl-mmio:0', 'package-0', 1_000_000),
    });
    const meter = (await findEnergyMeter(root))!;
    expect(meter.source).toBe('RAPL package-0 + dram + package-1 + dram');
    set(root, 'intel-rapl:0', 4_000_000);
    set(root, 'intel-rapl:0:0', 9_000_000);
    set(root, 'intel-rapl:0:1', 500_000);
    set(root, 'intel-rapl:1:0', 250_000);
    expect(await meter.read(0)).toBeCloseTo(3.75, 9);
    set(root, 'intel-rapl:1', 1_000_000);
    expect(await meter.read(0)).toBeCloseTo(4.75, 9);
  });

  test('a counter that began anew has gone through its range', async () => {
    const root = rootWith(domain('intel-rapl:0', 'package-0', 262_143_000_000));
    const meter = (await findEnergyMeter(root))!;
    set(root, 'intel-rapl:0', 671_150);
    expect(await meter.read(0)).toBeCloseTo(1, 9);
  });

  test('the whole platform comes before its parts', async () => {
    const root = rootWith({
      ...domain('intel-rapl:0', 'package-0', 0),
      ...domain('intel-rapl:1', 'psys', 0),
    });
    expect((await findEnergyMeter(root))!.source).toBe('RAPL psys');
  });

  test('counters that only the superuser may read are as good as none', async () => {
    const { [`${powercap}/intel-rapl:0/energy_uj`]: _, ...rest } = domain('intel-rapl:0', 'package-0', 0);
    expect(await findEnergyMeter(rootWith(rest))).toBeUndefined();
  });
});

describe('INA3221', () => {
  const chip = 'sys/bus/i2c/drivers/ina3221x/0-0041/iio:device1';
  const jetpack4: Tree = {
    [`${chip}/rail_name_0`]: 'VDD_IN\n',
    [`${chip}/in_power0_input`]: '6000\n',
    [`${chip}/rail_name_1`]: 'VDD_SYS_GPU\n',
    [`${chip}/in_power1_input`]: '2000\n',
  };
  const hwmon = 'sys/class/hwmon/hwmon3';
  const channel = (index: number, label: string, milliVolts: number, milliAmperes: number): Tree => ({
    [`${hwmon}/in${index}_label`]: `${label}\n`,
    [`${hwmon}/in${index}_input`]: `${milliVolts}\n`,
    [`${hwmon}/curr${index}_input`]: `${milliAmperes}\n`,
  });

  test('JetPack 4: milliwatts of the rail that carries everything, summed up as trapezoids', async () => {
    const root = rootWith(jetpack4);
    const meter = (await findEnergyMeter(root))!;
    expect(meter.source).toBe('INA3221 VDD_IN');
    expect(await meter.read(1000)).toBe(0);
    writeFileSync(join(root, chip, 'in_power0_input'), '8000\n');
    expect(await meter.read(3000)).toBeCloseTo(14, 9);
    expect(await meter.read(3500)).toBeCloseTo(18, 9);
  });

  test.each<[what: string, tree: Tree, source: string, watts: number]>([
    [
      'JetPack 5: volts times amperes of VDD_IN',
      {
        [`${hwmon}/name`]: 'ina3221\n',
        ...channel(1, 'VDD_IN', 5000, 1200),
        ...channel(2, 'VDD_CPU_GPU_CV', 5000, 400),
        [`${hwmon}/in7_label`]: 'sum of shunt voltages\n',
      },
      'INA3221 VDD_IN',
      6,
    ],
    [
      'AGX: no total, so the sum of the rails',
      {
        [`${hwmon}/name`]: 'ina3221\n',
        ...channel(1, 'VDD_GPU_SOC', 19000, 100),
        ...channel(2, 'VDD_CPU_CV', 19000, 200),
      },
      'INA3221 VDD_GPU_SOC + VDD_CPU_CV',
      5.7,
    ],
    [
      'Nano: POM_5V_IN',
      {
        'sys/bus/iio/devices/iio:device0/rail_name_0': 'POM_5V_IN\n',
        'sys/bus/iio/devices/iio:device0/in_power0_input': '4500\n',
        'sys/bus/iio/devices/iio:device0/rail_name_1': 'POM_5V_GPU\n',
        'sys/bus/iio/devices/iio:device0/in_power1_input': '500\n',
      },
      'INA3221 POM_5V_IN',
      4.5,
    ],
  ])('%s', async (_, tree, source, watts) => {
    const meter = (await findEnergyMeter(rootWith(tree)))!;
    expect(meter.source).toBe(source);
    await meter.read(0);
    expect(await meter.read(1000)).toBeCloseTo(watts, 9);
  });
});

test.each<[string, Tree]>([
  ['nothing', {}],
  [
    'another hwmon chip',
    { 'sys/class/hwmon/hwmon0/name': 'coretemp\n', 'sys/class/hwmon/hwmon0/in1_label': 'x\n' },
  ],
])('%s: no meter', async (_, tree) => {
  expect(await findEnergyMeter(rootWith(tree))).toBeUndefined();
});

test('readings that overlap count nothing twice', async () => {
  let total = 0;
  const reads: string[] = [];
  const metering = new Metering(
    {
      source: 'a meter',
      read: async (nowMs) => {
        reads.push(`begin ${nowMs}`);
        await new Promise((resolve) => setImmediate(resolve));
        reads.push('end');
        return ++total;
      },
    },
    () => 7,
  );
  expect(await Promise.all([metering.joules(), metering.joules()])).toEqual([1, 2]);
  expect(reads).toEqual(['begin 7', 'end', 'begin 7', 'end']);
});
