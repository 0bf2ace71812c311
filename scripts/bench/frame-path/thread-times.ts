// Process ids -> processor time of their threads, by name, to the nanosecond (Linux).

import { readdirSync, readFileSync } from 'node:fs';

/** By thread id. */
export type ThreadTimes = ReadonlyMap<string, { readonly name: string; readonly ms: number }>;

/** @returns nothing where the process has gone */
export function threadTimes(pid: number | string): ThreadTimes {
  const threads = new Map<string, { name: string; ms: number }>();
  try {
    for (const id of readdirSync(`/proc/${pid}/task`)) {
      const name = readFileSync(`/proc/${pid}/task/${id}/comm`, 'utf8').trim();
      const [nanoseconds] = readFileSync(`/proc/${pid}/task/${id}/schedstat`, 'utf8').split(' ');
      threads.set(id, { name, ms: Number(nanoseconds) / 1e6 });
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ESRCH') throw error;
  }
  return threads;
}

/** Milliseconds between two calls of `threadTimes`, of threads that `counts` says. */
export function spentMs(
  before: ThreadTimes,
  after: ThreadTimes,
  counts: (name: string, id: string) => boolean = () => true,
): number {
  let total = 0;
  for (const [id, { name, ms }] of after) if (counts(name, id)) total += ms - (before.get(id)?.ms ?? 0);
  return total;
}

/** Processes that this one has started and that still run. */
export function children(): string[] {
  return readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').split(' ').filter(Boolean);
}

/** Of a capture process: what reads and decodes, not what counts, scales and sends. */
export function decodes(name: string): boolean {
  return !/^(node|queue|pool|libuv|V8)/.test(name);
}
