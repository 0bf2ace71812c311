// Probes -> what ONNX Runtime makes of them: what is timed must be what the name says.

import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { convolutionProbe, memoryProbe, type Probe } from '../../../../models/cost/probes.js';
import { INPUT_NAME } from '../../../../models/onnx/write.js';
import { readOnnx } from '../../../support/onnx-model.js';

async function optimized({
  onnx,
  size,
}: Probe): Promise<{ count: (type: RegExp) => number; result: number[] }> {
  const file = join(mkdtempSync(join(tmpdir(), 'probe-')), 'optimized.onnx');
  const session = await InferenceSession.create(onnx, {
    graphOptimizationLevel: 'all',
    optimizedModelFilePath: file,
    intraOpNumThreads: 1,
    logSeverityLevel: 4,
  });
  const pixels = new Uint8Array(3 * size * size).fill(1);
  const { result } = await session.run({ [INPUT_NAME]: new Tensor('uint8', pixels, [1, 3, size, size]) });
  await session.release();
  const { nodes } = readOnnx(readFileSync(file));
  return {
    count: (type) => nodes.filter(({ opType }) => type.test(opType)).length,
    result: Array.from(result!.data as Float32Array),
  };
}

test('fp32: all convolutions, ReLU inside, no layout changed between them', async () => {
  const { count, result } = await optimized(convolutionProbe('fp32', 5));
  expect([count(/^Conv$/), count(/Relu/)]).toEqual([6, 0]);
  expect(count(/Reorder/)).toBeLessThanOrEqual(2);
  expect(result.every(Number.isFinite)).toBe(true);
});

test('int8: convolutions of bytes, nothing of floats but the first', async () => {
  const { count } = await optimized(convolutionProbe('int8', 5));
  expect([count(/^QLinearConv$/), count(/^Conv$/), count(/Relu/)]).toEqual([5, 1, 0]);
});

test('memory: every multiplication is done, on as many bytes as asked for', async () => {
  const probe = memoryProbe(1e6, 4);
  expect(4 * 3 * probe.size ** 2).toBeGreaterThanOrEqual(1e6);
  expect(probe.billions).toBeCloseTo((2 * 4 * 4 * 3 * probe.size ** 2) / 1e9, 12);
  const { count, result } = await optimized(probe);
  expect(count(/^Mul$/)).toBe(4);
  expect(result[0]).toBeCloseTo(2 * 3 * 4 * 5, 3);
});

test('operations are two for each multiply-add of the 3x3 convolutions', () => {
  expect(convolutionProbe('fp32', 1).billions).toBeCloseTo((2 * 256 * 256 * 9 * 40 * 40) / 1e9, 12);
  expect(convolutionProbe('int8', 5).billions).toBeCloseTo(5 * convolutionProbe('fp32', 1).billions, 12);
});
