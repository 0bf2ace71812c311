// Precision + processor -> the probes that are the roof of its kernels.

import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { roofProbes } from '../../../agent/bench/layers.js';
import { convolutionProbe, type Probe } from '../../../models/cost/probes.js';
import { amx } from '../../../models/quantize/forms/amx.js';
import { boundedPairs } from '../../../models/quantize/forms/bounded-pairs.js';

const sumOf = ({ onnx }: Probe) => createHash('sha256').update(onnx).digest('hex');

test.each([
  ['AMX', 'amx_int8', amx],
  ['AVX2', 'avx2', boundedPairs],
])('the roof of int8 is in the form that a network has with %s', (_, flag, form) => {
  const cpu = { architecture: 'x64', flags: new Set([flag]) };
  const expected = [1, 5].map((count) => sumOf(convolutionProbe('int8', count, { form })));
  expect(roofProbes('int8', 'cpu', cpu).map(sumOf)).toEqual(expected);
});
