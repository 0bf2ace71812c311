// -> A heap that stays near what is in use, in this process and its threads, from now on.

import { setFlagsFromString } from 'node:v8';

/**
 * V8 doubles the room for new objects to 16 MB, and keeps three of it for each thread, where something outlives two
 * collections, as modules do while they are loaded. A frame leaves some ten kilobytes: one megabyte does. Of what is older it
 * lets garbage lie until the heap is several times what is in use: 30% more is enough here, and each collection frees the
 * buffers of packets too, which V8 does not count as its own. And what has outlived some collections, as all of the frame that
 * is being looked at does with so little room, V8 makes among the old things from then on, where only collections of the
 * whole heap find it.
 *
 * There is no way to set the most from within. The factors are read at each growth, and each new thread sets them back for
 * all.
 */
export function keepHeapSmall(): void {
  boundGrowth();
  process.on('worker', (worker) => worker.once('online', boundGrowth));
}

function boundGrowth(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=30');
  setFlagsFromString('--no-allocation-site-pretenuring');
}
