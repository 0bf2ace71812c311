// A process -> its memory in use, as the kernel tells it.

import { textOf } from './kernel-files.js';

/** Of Linux; elsewhere, and once it has ended, none. */
export async function residentBytesOf(pid: number): Promise<number> {
  return residentIn((await textOf('/proc', `${pid}`, 'status')) ?? '');
}

/** `statm` counts pages, of which a Raspberry Pi 5 has larger ones. @param status `/proc/PID/status` */
export function residentIn(status: string): number {
  return 1024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
}
