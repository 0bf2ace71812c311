// -> Small pieces of memory for new objects, in this process and its threads, from now on.

import { setFlagsFromString } from 'node:v8';

/**
 * V8 doubles the room for new objects to 16 MB, and keeps three of it for each thread, where something outlives two
 * collections, as modules do while they are loaded. A frame leaves some ten kilobytes: one megabyte does. There is no way to
 * set the most from within; the factor is read at each growth, and each new thread sets it back for all of them.
 */
export function keepYoungHeapSmall(): void {
  stopGrowth();
  process.on('worker', (worker) => worker.once('online', stopGrowth));
}

function stopGrowth(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
