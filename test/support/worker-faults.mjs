// WORKER_FAULT in the environment: a file -> what stands in it happens to the inference thread, once: `exit`, `throw` or
// `heap` (more than its heap holds); beside it, the thread's id. Loaded by NODE_OPTIONS=--import.

import { readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { isMainThread } from 'node:worker_threads';

const { WORKER_FAULT } = process.env;

if (!isMainThread) {
  writeFileSync(`${WORKER_FAULT}.tid`, basename(readlinkSync('/proc/thread-self')));
  const faults = {
    exit: () => process.exit(1),
    throw: () => {
      throw new Error('boom');
    },
    heap: () => {
      const kept = [];
      for (;;) kept.push(Array.from({ length: 1000 }, Math.random));
    },
  };
  setInterval(() => {
    let fault;
    try {
      fault = readFileSync(WORKER_FAULT, 'utf8');
      rmSync(WORKER_FAULT);
    } catch {
      return;
    }
    faults[fault]();
  }, 50).unref();
}
