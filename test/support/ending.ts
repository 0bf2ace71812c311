// What a test has opened -> closed or stopped after it, the last opened first; and a signal for what is not aborted.

import { afterEach } from 'vitest';

type Open = { close(): unknown } | { stop(): unknown };

/** For parts that no test aborts while they start. */
export const never = new AbortController().signal;

/** Called once at the top of a file. @returns a function that remembers what it is given and gives it back */
export function closeAfterEach(): <Thing extends Open>(thing: Thing) => Thing {
  const open: Open[] = [];
  afterEach(async () => {
    for (const thing of open.splice(0).reverse()) await ('stop' in thing ? thing.stop() : thing.close());
  });
  return (thing) => {
    open.push(thing);
    return thing;
  };
}
