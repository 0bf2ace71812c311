// /proc and the limits of control groups -> how much memory there is, and how much of it is for the agent.

import { namesIn, numberOf, textOf } from '#common/kernel-files.js';
import { type MemoryState, readMemory } from '../../device/system-information.js';
import type { ServiceFacts } from './service.js';

export interface MemoryFacts extends MemoryState {
  /** Of the service, or of this process; nothing where nobody limits it. */
  readonly limitBytes?: number;
  /** Of the swap, compressed memory. */
  readonly zramBytes: number;
}

export async function readMemoryFacts(service: ServiceFacts | undefined): Promise<MemoryFacts> {
  const [memory, zramBytes, swaps] = await Promise.all([readMemory(), readZram(), textOf('/proc/swaps')]);
  const own = process.constrainedMemory();
  const ofService = Number(service?.state['MemoryMax']);
  // Without a limit the kernel says a number that no machine has.
  const limits = [own, ofService].filter((limit) => limit > 0 && limit < memory.totalBytes);
  return {
    ...memory,
    zramBytes: swaps?.includes('/dev/zram') ? zramBytes : 0,
    ...(limits.length > 0 && { limitBytes: Math.min(...limits) }),
  };
}

async function readZram(): Promise<number> {
  const devices = await namesIn('/sys/block', /^zram\d+$/);
  const sizes = await Promise.all(devices.map((device) => numberOf('/sys/block', device, 'disksize')));
  return sizes.reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0);
}
