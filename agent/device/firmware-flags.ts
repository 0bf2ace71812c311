// The files of a Raspberry Pi's firmware below a root folder -> what it says of voltage, clocks and heat.

import { join } from 'node:path';
import { namesIn, numberOf, textOf } from '#common/kernel-files.js';

/** Bit of under-voltage now. */
const UNDER_VOLTAGE = 1;

/**
 * Bits as `vcgencmd get_throttled` has them. Kernels that do not pass them on tell of under-voltage alone, as an alarm
 * of hwmon.
 *
 * @returns nothing on a board without such firmware
 */
export async function readFirmwareBits(root = '/'): Promise<number | undefined> {
  const [flags, alarm] = await Promise.all([readThrottled(root), readAlarm(root)]);
  if (flags === undefined && alarm === undefined) return undefined;
  return (flags ?? 0) | (alarm ? UNDER_VOLTAGE : 0);
}

/** Until the Raspberry Pi 4 the node is `soc:firmware`, on a 5 it has an address: `soc@107c000000:firmware`. */
async function readThrottled(root: string): Promise<number | undefined> {
  const platform = join(root, 'sys/devices/platform');
  for (const bus of await namesIn(platform, /^soc/))
    for (const node of await namesIn(join(platform, bus), /^soc.*:firmware$/)) {
      const bits = Number.parseInt((await textOf(platform, bus, node, 'get_throttled')) ?? '', 16);
      if (!Number.isNaN(bits)) return bits;
    }
  return undefined;
}

async function readAlarm(root: string): Promise<boolean | undefined> {
  const monitors = join(root, 'sys/class/hwmon');
  for (const monitor of await namesIn(monitors, /^hwmon\d+$/))
    if ((await textOf(monitors, monitor, 'name')) === 'rpi_volt') {
      const alarm = await numberOf(monitors, monitor, 'in0_lcrit_alarm');
      return alarm === undefined ? undefined : alarm !== 0;
    }
  return undefined;
}
