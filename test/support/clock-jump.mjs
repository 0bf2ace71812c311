// CLOCK_JUMP in the environment: a file with milliseconds -> JavaScript's wall clock is that much ahead, from when it changes.
// Loaded by NODE_OPTIONS=--import. The monotonic clock stays as it is, as with a real jump.

import { readFileSync } from 'node:fs';

const { CLOCK_JUMP } = process.env;
const RealDate = Date;
let aheadMs = 0;

globalThis.Date = class extends RealDate {
  constructor(...given) {
    super(...(given.length === 0 ? [RealDate.now() + aheadMs] : given));
  }

  static now() {
    return RealDate.now() + aheadMs;
  }
};

setInterval(() => {
  aheadMs = Number(readFileSync(CLOCK_JUMP, 'utf8')) || 0;
}, 50).unref();
