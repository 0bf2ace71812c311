// EARLY_SIGNAL in the environment -> sent to a `cspcam` by itself, as soon as it listens to it: before it has been loaded.
// Loaded by NODE_OPTIONS=--import.

import { isMainThread } from 'node:worker_threads';

const { EARLY_SIGNAL } = process.env;

if (isMainThread && process.argv[1]?.endsWith('main.js'))
  process.on('newListener', (event) => {
    // Twice would mean: at once.
    if (event === EARLY_SIGNAL && process.listenerCount(event) === 0)
      setImmediate(() => process.kill(process.pid, EARLY_SIGNAL));
  });
