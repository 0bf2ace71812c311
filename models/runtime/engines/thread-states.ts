// A process -> whether it is at work, or waits for a processor or a disk: one that is late on a busy machine, not hung.

import { readdir, readFile } from 'node:fs/promises';

/** Of proc(5): running or waiting for a processor, and waiting for a disk. Not asleep, stopped or dead. */
const AT_WORK = /^[RD]/;

/** @returns false where there is no such process, or none can be looked at */
export async function isAtWork(pid: number): Promise<boolean> {
  try {
    const threads = await readdir(`/proc/${pid}/task`);
    const states = await Promise.all(threads.map((thread) => stateOf(`/proc/${pid}/task/${thread}/stat`)));
    return states.some((state) => AT_WORK.test(state));
  } catch {
    return false;
  }
}

/** The name before it may hold anything, a parenthesis and a space too. */
async function stateOf(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.slice(text.lastIndexOf(')') + 2);
}
