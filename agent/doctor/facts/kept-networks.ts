// The folder of optimized networks -> those that are whole, damaged, left half written, or not for us to read.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

export interface KeptNetworks {
  readonly files: number;
  readonly bytes: number;
  /** Whose bytes are not those that their name tells: made anew at the next start, and removed. */
  readonly damaged: readonly string[];
  /** Being written, by a process that has gone. */
  readonly unfinished: readonly string[];
  /** There and not readable for the user of the agent, or for us. */
  readonly unreadable: readonly string[];
}

const UNFINISHED = /^[0-9a-f]{32}\.(\d+)-[0-9a-f-]{36}\.new$/;
const WHOLE = /^[0-9a-f]{32}\.([0-9a-f]{8})\.onnx$/;

/** @param isRunning whether a process of that number is there */
export async function readKept(cache: string, isRunning: (pid: number) => boolean): Promise<KeptNetworks> {
  const names = await readdir(cache).catch(() => []);
  const kept = { files: 0, bytes: 0, damaged: [] as string[], unreadable: [] as string[] };
  const unfinished: string[] = [];
  for (const name of names) {
    const file = join(cache, name);
    const writer = UNFINISHED.exec(name)?.[1];
    if (writer !== undefined && !isRunning(Number(writer))) unfinished.push(file);
    const sum = WHOLE.exec(name)?.[1];
    if (sum === undefined) continue;
    const bytes = await readFile(file).catch(() => undefined);
    if (bytes === undefined) {
      kept.unreadable.push(file);
      continue;
    }
    kept.files++;
    kept.bytes += bytes.byteLength;
    if (crc32(bytes).toString(16).padStart(8, '0') !== sum) kept.damaged.push(file);
  }
  return { ...kept, unfinished };
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
