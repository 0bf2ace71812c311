// Times and outputs of invented engines -> ratios, who is timed at all, text and chart.

import { describe, expect, test } from 'vitest';
import { CspcamError } from '#common/errors.js';
import type { ModelDescription } from '../../../models/folder/description.js';
import { resultsChart } from '../../../scripts/bench/peers/chart.js';
import { EngineProcess } from '../../../scripts/bench/peers/engine-process.js';
import type { EngineRow } from '../../../scripts/bench/peers/engines.js';
import { machineFolder } from '../../../scripts/bench/peers/environment.js';
import { agrees, type Measurement } from '../../../scripts/bench/peers/measure.js';
import { pythonWith } from '../../../scripts/bench/peers/pythons.js';
import { resultOf } from '../../../scripts/bench/peers/result.js';
import { difference, gain, summarize } from '../../../scripts/bench/peers/statistics.js';
import { resultText } from '../../../scripts/bench/peers/table.js';

test.each([
  { ms: [7], medianMs: 7, minMs: 7 },
  { ms: [30, 10, 20], medianMs: 20, minMs: 10 },
  { ms: [4, 100, 1, 2], medianMs: 3, minMs: 1 },
])('median and minimum of $ms', ({ ms, medianMs, minMs }) => {
  expect(summarize(ms)).toEqual({ medianMs, minMs, runs: ms.length });
});

test('a gain is of medians, and of minima', () => {
  const [quick, slow] = [summarize([10, 20, 30]), summarize([40, 50, 60])];
  expect(gain(quick, slow)).toEqual({ medians: 2.5, minima: 4 });
});

const reference = Float32Array.of(3, -4, 0, 0);
test.each([
  { name: 'the same', outputs: [3, -4, 0, 0], worst: 0, rms: 0, fp32: true, int8: true },
  { name: 'rounding', outputs: [3, -4, 0.002, 0], worst: 0.0005, rms: 0.0004, fp32: true, int8: true },
  { name: 'few bits', outputs: [3.4, -4, 0.3, 0], worst: 0.1, rms: 0.1, fp32: false, int8: true },
  {
    name: 'another order',
    outputs: [-4, 3, 0, 0],
    worst: 1.75,
    rms: Math.sqrt(98) / 5,
    fp32: false,
    int8: false,
  },
  { name: 'another length', outputs: [3, -4, 0], worst: Infinity, rms: Infinity, fp32: false, int8: false },
  {
    name: 'no number',
    outputs: [3, -4, Number.NaN, 0],
    worst: Infinity,
    rms: Infinity,
    fp32: false,
    int8: false,
  },
])('outputs that are $name', ({ outputs, worst, rms, fp32, int8 }) => {
  const found = difference(Float32Array.from(outputs), reference);
  expect(found.worst).toBeCloseTo(worst, 6);
  expect(found.rms).toBeCloseTo(rms, 6);
  expect(agrees('fp32', found)).toBe(fp32);
  expect(agrees('int8', found)).toBe(int8);
});

test('a peer comes from the first interpreter that has all it takes', () => {
  const pythons = [
    { path: 'python3', versions: { opencv: '4.6.0', ncnn: '1' } },
    { path: 'peers/bin/python', versions: { ncnn: '2', pnnx: '2' } },
  ];
  expect(pythonWith(pythons, 'ncnn')?.path).toBe('python3');
  expect(pythonWith(pythons, 'ncnn', 'pnnx')?.path).toBe('peers/bin/python');
  expect(pythonWith(pythons, 'openvino')).toBeUndefined();
});

test.each([
  ['Intel(R) Xeon(R) Processor, 2 cores', 'intel-xeon-processor-2-cores'],
  ['raspberrypi,5-model-b, 0x41/0xd0b, 4 cores', 'raspberrypi-5-model-b-0x41-0xd0b-4-cores'],
])('results of %s are in %s', (machine, folder) => {
  expect(machineFolder(machine)).toBe(folder);
});

describe('a result', () => {
  const of = (title: string, precision: 'fp32' | 'int8', ms: number, isReference = false): Measurement => ({
    row: { title, precision, isReference, isOurs: title === 'cspcam' } as EngineRow,
    times: summarize([ms, ms + 1, ms + 2]),
    difference: { worst: 0, rms: 0 },
  });
  const roof = { medianGops: 200, bestGops: 250 };
  const result = resultOf(
    { name: 'tiny', input: { width: 416 }, bflops: 2 } as ModelDescription,
    {
      measurements: [
        of('OpenCV <4>', 'fp32', 99, true),
        of('cspcam', 'fp32', 49),
        of('cspcam', 'int8', 19),
        of('Peer', 'fp32', 24),
        of('Peer', 'int8', 9),
      ],
      roof: { fp32: roof, int8: { medianGops: 1000, bestGops: 1000 } },
      absent: [{ title: 'ncnn', because: 'not found' }],
    },
    { threads: 1, measuredAt: '', rounds: 3, secondsPerTurn: 1, load: [0, 0], stolen: 0 },
  );
  const rowOf = (title: string, precision: string) =>
    result.rows.find((row) => row.title === title && row.precision === precision);

  test('is in the order of medians', () => {
    expect(result.rows.map(({ medianMs }) => medianMs)).toEqual([10, 20, 25, 50, 100]);
  });

  test('compares with OpenCV, and with ours in the same precision', () => {
    expect(rowOf('cspcam', 'int8')).toMatchObject({ overOpenCv: { medians: 5, minima: 5.211 } });
    expect(rowOf('cspcam', 'int8')).not.toHaveProperty('oursOver');
    expect(rowOf('OpenCV <4>', 'fp32')?.oursOver?.medians).toBe(2);
    expect(rowOf('Peer', 'fp32')?.oursOver?.medians).toBe(0.5);
    expect(rowOf('Peer', 'int8')?.oursOver?.medians).toBe(0.5);
  });

  test('says what share of the roof was reached', () => {
    expect(rowOf('cspcam', 'fp32')?.roofShare).toEqual({ medians: 0.2, minima: 0.163 });
    expect(rowOf('cspcam', 'int8')?.roofShare?.medians).toBe(0.1);
  });

  test('is printed and drawn with every engine, and says who is missing', () => {
    const text = resultText(result);
    expect(text).toContain('not timed: ncnn: not found');
    const chart = resultsChart([result], 'a machine');
    for (const { title } of result.rows) expect(text).toContain(title);
    expect(chart.match(/<rect x=/g)).toHaveLength(result.rows.length);
    expect(chart).toContain('OpenCV &#60;4&#62;');
  });
});

describe('the process of an engine', () => {
  const answering = (program: string) => new EngineProcess([process.execPath, '-e', program]);

  test.each([
    {
      name: 'that answers with an error',
      program: 'process.stdin.once("data", () => console.log(JSON.stringify({ error: "no such layer" })))',
      message: 'no such layer',
    },
    {
      name: 'that dies',
      program: 'process.stdin.once("data", () => { console.error("out of memory"); process.exit(1); })',
      message: 'the engine ended: out of memory',
    },
  ])('$name', async ({ program, message }) => {
    const engine = answering(program);
    await expect(engine.ask({})).rejects.toThrow(new CspcamError(message));
    await engine.close();
  });

  test('that cannot be started', async () => {
    const engine = new EngineProcess(['no-such-interpreter']);
    await expect(engine.ask({})).rejects.toThrow(/ENOENT/);
    await engine.close();
  });
});
