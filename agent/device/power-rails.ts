// The INA3221 of a board below a root folder -> its rails with their names, and what each carries.

import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { namesIn, numberOf, textOf } from '#common/kernel-files.js';

export interface Rail {
  readonly name: string;
  readonly watts: () => Promise<number | undefined>;
}

/** Those of either JetPack; none on other boards. */
export async function findRails(root = '/'): Promise<Rail[]> {
  return [...(await iioRails(root)), ...(await hwmonRails(root))];
}

/** JetPack 4: milliwatts of rails with names. */
async function iioRails(root: string): Promise<Rail[]> {
  const driver = join(root, 'sys/bus/i2c/drivers/ina3221x');
  const chips = await namesIn(driver, /^\d+-[0-9a-f]{4}$/);
  const nested = await Promise.all(
    chips.map(async (chip) =>
      (await namesIn(join(driver, chip), /^iio[_:]device/)).map((name) => join(driver, chip, name)),
    ),
  );
  const bus = join(root, 'sys/bus/iio/devices');
  const folders = await distinct([
    ...nested.flat(),
    ...(await namesIn(bus, /^iio:device\d+$/)).map((name) => join(bus, name)),
  ]);
  const rails = await Promise.all(
    folders.map(async (folder) =>
      Promise.all(
        (await namesIn(folder, /^rail_name_\d+$/)).map(async (file): Promise<Rail> => {
          const index = file.slice('rail_name_'.length);
          return {
            name: (await textOf(folder, file)) ?? file,
            watts: async () => milli(await numberOf(folder, `in_power${index}_input`)),
          };
        }),
      ),
    ),
  );
  return rails.flat();
}

/** JetPack 5 and later: millivolts and milliamperes of channels with labels. */
async function hwmonRails(root: string): Promise<Rail[]> {
  const hwmon = join(root, 'sys/class/hwmon');
  const rails: Rail[] = [];
  for (const chip of await namesIn(hwmon, /^hwmon\d+$/)) {
    const folder = join(hwmon, chip);
    if ((await textOf(folder, 'name')) !== 'ina3221') continue;
    for (const file of await namesIn(folder, /^in\d+_label$/)) {
      const index = /\d+/.exec(file)![0];
      const name = (await textOf(folder, file)) ?? file;
      // A fourth to seventh channel sums shunt voltages up.
      if (/^sum/i.test(name) || (await numberOf(folder, `curr${index}_input`)) === undefined) continue;
      rails.push({
        name,
        watts: async () => {
          const [volts, amperes] = [
            milli(await numberOf(folder, `in${index}_input`)),
            milli(await numberOf(folder, `curr${index}_input`)),
          ];
          return volts === undefined || amperes === undefined ? undefined : volts * amperes;
        },
      });
    }
  }
  return rails;
}

const milli = (value: number | undefined) => (value === undefined ? undefined : value / 1000);

/** A device shows in several places, by symbolic links. */
async function distinct(folders: readonly string[]): Promise<string[]> {
  return [...new Set(await Promise.all(folders.map((folder) => realpath(folder).catch(() => folder))))];
}
