// Process ids -> processor time of their threads, by name, to the nanosecond (Linux).

import { readdirSync, readFileSync } from 'node:fs';

/** @returns thread id -> its name and milliseconds; nothing where the process has gone */
export function threadTimes(pid) {
  const threads = new Map();
  try {
    for (const id of readdirSync(`/proc/${pid}/task`)) {
      const name = readFileSync(`/proc/${pid}/task/${id}/comm`, 'utf8').trim();
      const [nanoseconds] = readFileSync(`/proc/${pid}/task/${id}/schedstat`, 'utf8').split(' ');
      threads.set(id, { name, ms: Number(nanoseconds) / 1e6 });
    }
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'ESRCH') throw error;
  }
  return threads;
}

/** Milliseconds between two calls of `threadTimes`, of threads that `counts` says. */
export function spent(before, after, counts = () => true) {
  let total = 0;
  for (const [id, { name, ms }] of after) if (counts(name, id)) total += ms - (before.get(id)?.ms ?? 0);
  return total;
}

/** Processes that this one has started and that still run. */
export function children() {
  return readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').split(' ').filter(Boolean);
}

/** Of a capture process: what reads and decodes, not what counts, scales and sends. */
export function decodes(name) {
  return !/^(node|queue|pool|libuv|V8)/.test(name);
}
