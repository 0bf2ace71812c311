// A process -> whether it is at work, or waits for a processor or a disk: one that is late on a busy machine, not hung.

import { namesIn, textOf } from '#common/kernel-files.js';

/** Of proc(5): running or waiting for a processor, and waiting for a disk. Not asleep, stopped or dead. */
const AT_WORK = /^[RD]/;

/** @returns false where there is no such process, or none can be looked at */
export async function isAtWork(pid: number): Promise<boolean> {
  const threads = `/proc/${pid}/task`;
  const states = await Promise.all(
    (await namesIn(threads, /^\d+$/)).map((thread) => stateOf(threads, thread)),
  );
  return states.some((state) => AT_WORK.test(state));
}

/** The name before it may hold anything, a parenthesis and a space too. */
async function stateOf(threads: string, thread: string): Promise<string> {
  const text = (await textOf(threads, thread, 'stat')) ?? '';
  return text.slice(text.lastIndexOf(')') + 2);
}
