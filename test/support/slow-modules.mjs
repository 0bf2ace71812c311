// Loaded before everything (--import), in threads too: what an inference thread begins with takes as long to load as on a
// machine that is busy beyond measure.

import { register } from 'node:module';
import { setTimeout as wait } from 'node:timers/promises';

const SLOW_MS = 2000;

// This file is the loader as well, in a thread of its own.
register(import.meta.url);

export async function load(url, context, next) {
  if (url.endsWith('/models/runtime/infer.js')) await wait(SLOW_MS);
  return next(url, context);
}
