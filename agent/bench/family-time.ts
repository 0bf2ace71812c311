// A process -> the processor time of it and of all that it has started, engines and captures among them.

import { join } from 'node:path';
import { namesIn, textOf } from '#common/kernel-files.js';

/** Of Linux on every architecture that Node runs on. */
export const TICKS_PER_SECOND = 100;

interface Times {
  readonly parent: number;
  /** Of itself, and of its children that have ended. */
  readonly seconds: number;
}

/** User and system, of those that run and of those that have ended. @returns 0 where there is no such process */
export async function familySeconds(pid: number, root = '/'): Promise<number> {
  const proc = join(root, 'proc');
  const processes = await Promise.all(
    (await namesIn(proc, /^\d+$/)).map(async (name) => [Number(name), await timesOf(proc, name)] as const),
  );
  const times = new Map(processes);
  const family = [pid];
  for (const member of family)
    for (const [child, found] of processes) if (found?.parent === member) family.push(child);
  return family.reduce((sum, member) => sum + (times.get(member)?.seconds ?? 0), 0);
}

/** The name before the fields may hold anything, a parenthesis and a space too. */
async function timesOf(proc: string, pid: string): Promise<Times | undefined> {
  const text = await textOf(proc, pid, 'stat');
  if (text === undefined) return undefined;
  const [, parent, ...rest] = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  // Fields 14 to 17 of proc(5): user and system, its own and those of its children.
  const ticks = rest.slice(9, 13).reduce((sum, one) => sum + one, 0);
  return { parent: parent!, seconds: ticks / TICKS_PER_SECOND };
}
