// Sensors, clocks and power modes -> what holds the machine back. Nothing is ever set.

import { readGovernor, readSensors, type Sensors } from '../../bench/sensors.js';
import { readFacts } from '../../device/facts.js';
import { readFirmwareBits } from '../../device/firmware-flags.js';
import { outputOf } from './output.js';

export interface PowerFacts {
  readonly sensors: Sensors;
  readonly governor: string | null;
  /** The number that nvpmodel gives it. */
  readonly powerMode?: number;
  /** What Raspberry Pi's firmware has seen since its start, bits as `vcgencmd get_throttled` has them. */
  readonly firmwareBits: number;
}

export async function readPower(signal: AbortSignal, root = '/'): Promise<PowerFacts> {
  const [sensors, governor, { powerMode }, bits] = await Promise.all([
    readSensors(root),
    readGovernor(root),
    readFacts(root),
    readFirmwareBits(root),
  ]);
  const mode = powerMode ?? modeIn(await outputOf(signal, 'nvpmodel', '-q'));
  return {
    sensors,
    governor,
    firmwareBits: bits ?? 0,
    ...(mode !== undefined && { powerMode: mode }),
  };
}

/** `NV Power Mode: MAXN` and on the next line its number. */
function modeIn(said: string | undefined): number | undefined {
  const number = /^NV Power Mode:.*\n(\d+)/m.exec(said ?? '')?.[1];
  return number === undefined ? undefined : Number(number);
}
