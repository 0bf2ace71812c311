// A hundred spoilt bitstreams -> frames or none, a capture process within its bounds, and the other camera goes on.

import { expect, test } from 'vitest';
import { MEMORY_BYTES } from '../../../pipelines/capture/process.js';
import { fuzzBitstreams, leastFrames } from '../../support/bitstream-fuzz.js';

test('100 bitstreams', async () => {
  const { foreign, frames, failures, mostBytes, other, control } = await fuzzBitstreams(100);
  console.log(JSON.stringify({ frames, failures, mostBytes, other, control }));
  expect(foreign).toEqual([]);
  // They get as far as the decoder.
  expect(frames).toBeGreaterThan(0);
  expect(mostBytes).toBeLessThan(MEMORY_BYTES);
  expect(other.restarts).toBe(0);
  expect(other.frames).toBeGreaterThan(leastFrames(other, control));
}, 900_000);
