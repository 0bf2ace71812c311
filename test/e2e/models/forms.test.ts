// Every network of the catalogue -> its fast form and its form for integers compute the same, int8 nearly the same.

import { expect, test } from 'vitest';
import { readCpuFeatures } from '#common/cpu-features.js';
import { CATALOGUE } from '../../../models/networks/catalogue.js';
import type { OnnxProgram } from '../../../models/onnx/program.js';
import { composeOnnx } from '../../../models/onnx/write.js';
import { integerForm, optimizeForCpu } from '../../../models/passes/optimize-for-cpu.js';
import { calibrate, withAllOutputs } from '../../../models/quantize/calibrate.js';
import { chooseForm } from '../../../models/quantize/forms/registry.js';
import { calibratedRanges, quantizeProgram } from '../../../models/quantize/quantize.js';
import { sqnrDb } from '../../../models/quantize/sensitivity.js';
import { runProgram, worstDifference } from '../../support/run-program.js';
import { seededNetwork } from '../../support/seeded-network.js';

const TOLERANCE = 1e-5;
// Half of what random kernels leave at worst; a wrong scale or zero point anywhere leaves nothing.
const LEAST_SQNR_DB = 12;

const slow = ['Max', 'Slice', 'Split'];
const nodesOf = ({ nodes }: OnnxProgram, types: readonly string[]) =>
  nodes.filter(({ opType }) => types.includes(opType));

async function* once<T>(value: T) {
  yield value;
}

test.each(CATALOGUE.map((system) => ({ name: system.name, system })))('$name', async ({ system }) => {
  const { graph, weights, pixels } = seededNetwork(system, { size: 96 }, 3);
  const plain = composeOnnx(graph, weights, { input: 'uint8' });
  const reference = await runProgram(plain, pixels);
  const fast = optimizeForCpu(plain);
  expect(nodesOf(fast, [...slow, 'Transpose'])).toEqual([]);
  expect(worstDifference(await runProgram(fast, pixels), reference)).toBeLessThan(TOLERANCE);

  const program = integerForm(plain);
  // Transposes of bytes meet those of integer operators, and go.
  expect(nodesOf(program, slow)).toEqual([]);
  // One run for both: what the network answers, and what calibration sees.
  const outputs = [...program.outputs, ...withAllOutputs(program).outputs];
  const values = await runProgram({ ...program, outputs }, pixels);
  expect(worstDifference(values, reference)).toBeLessThan(TOLERANCE);
  const calibration = await calibrate(program, once(values));
  const ranges = calibratedRanges(program, calibration, { method: 'mse', correctBias: true });
  const { form } = chooseForm('cpu', await readCpuFeatures());
  const int8 = quantizeProgram(program, ranges, { keep: new Set(), form });
  expect(sqnrDb([reference], [await runProgram(int8, pixels)])).toBeGreaterThan(LEAST_SQNR_DB);
});
