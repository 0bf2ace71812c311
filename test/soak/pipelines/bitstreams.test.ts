// Spoilt bitstreams, 10,000 by CSPCAM_BITSTREAMS=10000 -> as those of the fault tests, and memory that stays within its bounds for long.

import { expect, test } from 'vitest';
import { MEMORY_BYTES } from '../../../pipelines/capture/process.js';
import { fuzzBitstreams, leastFrames } from '../../support/bitstream-fuzz.js';
import { usedBytes } from '../../support/memory.js';

const BITSTREAMS = Number(process.env.CSPCAM_BITSTREAMS ?? 600);

test(`${BITSTREAMS} bitstreams`, async () => {
  const before = usedBytes();
  const { foreign, frames, failures, mostBytes, other, control } = await fuzzBitstreams(BITSTREAMS);
  console.log(JSON.stringify({ frames, failures, mostBytes, other, control }));
  expect(foreign).toEqual([]);
  expect(frames).toBeGreaterThan(0);
  expect(mostBytes).toBeLessThan(MEMORY_BYTES);
  expect(usedBytes() - before).toBeLessThan(20e6);
  expect(other.restarts).toBe(0);
  expect(other.frames).toBeGreaterThan(leastFrames(other, control));
}, 3_600_000);
