// -> Small pieces of memory for new objects, in this process and its threads, from now on.

import { setFlagsFromString } from 'node:v8';

/**
 * V8 doubles the room for new objects to 16 MB, and keeps three of it for each thread, where something outlives two
 * collections, as modules do while they are loaded. A frame leaves some ten kilobytes: one megabyte does. There is no way to
 * set the most from within; the factor is read at each growth.
 */
export function keepYoungHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
