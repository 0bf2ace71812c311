// The sensors of a machine below a root folder -> degrees Celsius by name.

import { join } from 'node:path';
import { namesIn, numberOf, textOf } from '#common/kernel-files.js';

/** What no board survives, and what unconnected sensors report: 0, or far below freezing. */
const isReal = (milliC: number) => milliC !== 0 && milliC > -40_000 && milliC < 200_000;

/**
 * Thermal zones by their type; where a machine has none, the sensors of hwmon. What is asleep and refuses to be
 * read is left out.
 */
export async function readTemperatures(root = '/'): Promise<Record<string, number>> {
  const zones = named(await readZones(join(root, 'sys/class/thermal')));
  return Object.keys(zones).length > 0 ? zones : named(await readHwmon(join(root, 'sys/class/hwmon')));
}

type Sensor = readonly [name: string, milliC: number | undefined];

async function readZones(folder: string): Promise<Sensor[]> {
  const zones = await namesIn(folder, /^thermal_zone\d+$/);
  const read = await Promise.all(
    zones.map(async (zone): Promise<Sensor> => {
      const name = (await textOf(folder, zone, 'type')) ?? zone;
      // PMIC zones of Jetson boards report a constant.
      return [name, /pmic/i.test(name) ? undefined : await numberOf(folder, zone, 'temp')];
    }),
  );
  return read;
}

async function readHwmon(folder: string): Promise<Sensor[]> {
  const chips = await namesIn(folder, /^hwmon\d+$/);
  const read = await Promise.all(
    chips.map(async (hwmon) => {
      const chip = (await textOf(folder, hwmon, 'name')) ?? hwmon;
      const inputs = await namesIn(join(folder, hwmon), /^temp\d+_input$/);
      return Promise.all(
        inputs.map(async (input): Promise<Sensor> => {
          const sensor = input.slice(0, -'_input'.length);
          const label = (await textOf(folder, hwmon, `${sensor}_label`)) ?? sensor;
          return [`${chip} ${label}`, await numberOf(folder, hwmon, input)];
        }),
      );
    }),
  );
  return read.flat();
}

/** Several of one name are numbered from the second on. */
function named(sensors: readonly Sensor[]): Record<string, number> {
  const result: Record<string, number> = {};
  for (const [name, milliC] of sensors) {
    if (milliC === undefined || !isReal(milliC)) continue;
    let unique = name;
    for (let i = 2; unique in result; i++) unique = `${name} ${i}`;
    result[unique] = milliC / 1000;
  }
  return result;
}
