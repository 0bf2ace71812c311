// Probes -> figures: by the arithmetic on a runtime of known speed, and for their sanity on the real one.

import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { readFacts } from '../../../agent/device/facts.js';
import { measureMachine, measureSteps } from '../../../agent/device/measure.js';
import {
  fingerprint,
  type Measured,
  measuredFilePath,
  readMeasured,
  writeMeasured,
} from '../../../agent/device/measured.js';
import { chooseMachine } from '../../../agent/device/this-machine.js';
import { boundedPairs } from '../../../models/quantize/forms/bounded-pairs.js';
import { boards, rootWith } from '../../support/boards.js';

const never = new AbortController().signal;
const machine = {
  upTo: 1,
  form: boundedPairs,
  cacheBytes: 1e6,
  memoryBytes: 8e9,
  signal: never,
  onStep: () => {},
};

test('a runtime that does 50 billions a second per thread, after 7 ms for each call, is measured as that', async () => {
  let clock = 0;
  let steps = 0;
  const found = await measureMachine({
    ...machine,
    upTo: 3,
    onStep: () => steps++,
    now: () => clock,
    open: async ({ size, billions = 0 }, threads) => ({
      provider: 'cpu',
      isOnThread: true,
      run: async (pixels) => {
        expect(pixels.length).toBe(3 * size * size);
        clock += 7 + (1000 * billions) / (50 * threads);
        return new Map();
      },
      close: async () => {},
    }),
  });
  expect([steps, measureSteps(3)]).toEqual([21, 21]);
  expect(found.map(({ threads }) => threads)).toEqual([1, 2, 3]);
  for (const { threads, depthwise, thinMs, ...roofs } of found) {
    for (const figure of [...Object.values(roofs), ...Object.values(depthwise)])
      expect(figure).toBeCloseTo(50 * threads, 6);
    // The whole frame, of a network whose operations are not said.
    expect(thinMs).toEqual({ fp32: 7, int8: 7 });
  }
});

test('a busy moment does not count, the quickest run does; of frames the median', async () => {
  let clock = 0;
  let runs = 0;
  const [found] = await measureMachine({
    ...machine,
    now: () => clock,
    open: async ({ billions = 0 }) => ({
      provider: 'cpu',
      isOnThread: true,
      run: async () => {
        clock += 7 + (1000 * billions) / 50 + (++runs % 3 === 0 ? 100 : 0);
        return new Map();
      },
      close: async () => {},
    }),
  });
  expect(found!.fp32Gops).toBeCloseTo(50, 6);
  expect(found!.thinMs).toEqual({ fp32: 7, int8: 7 });
});

test('sessions are closed, also where it is interrupted', async () => {
  const stop = new AbortController();
  let open = 0;
  const measuring = measureMachine({
    ...machine,
    signal: stop.signal,
    open: async () => {
      open++;
      return {
        provider: 'cpu',
        isOnThread: true,
        run: async () => {
          stop.abort();
          return new Map();
        },
        close: async () => void open--,
      };
    },
  });
  await expect(measuring).rejects.toThrow('interrupted');
  expect(open).toBe(0);
});

// It refuses to measure a machine that is too busy, which this one may be for a moment.
test('ONNX Runtime itself: figures above nothing, in each of the seven', { retry: 9 }, async () => {
  // Of small tensors and short steps: what they reach is not the matter here.
  const [found] = await measureMachine({ ...machine, memoryBytes: 16 * 16e6, budgetMs: 60 });
  expect(found!.threads).toBe(1);
  const { fp32Gops, int8Gops, bandwidthGBs, depthwise, thinMs } = found!;
  const figures = [fp32Gops, int8Gops, bandwidthGBs, ...Object.values(depthwise), ...Object.values(thinMs)];
  expect(figures).toHaveLength(7);
  for (const figure of figures) {
    expect(Number.isFinite(figure)).toBe(true);
    expect(figure).toBeGreaterThan(0.01);
  }
});

const measured: Measured = {
  version: 2,
  measuredAt: '2026-01-01T00:00:00.000Z',
  machine: 'Intel(R) N100, 4 cores',
  int8Form: 'bounded-pairs',
  threads: [
    {
      ...{ threads: 1, fp32Gops: 40, int8Gops: 120, bandwidthGBs: 11 },
      depthwise: { fp32Gops: 20, int8Gops: 15 },
      thinMs: { fp32: 48, int8: 21 },
    },
  ],
};

test('figures are kept whole, and only for the machine that they are of', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'measured-')), 'deeper', 'measured.json');
  await writeMeasured(measured, file);
  expect(readdirSync(dirname(file))).toEqual(['measured.json']);
  const n100 = await readFacts(rootWith(boards.N100));
  expect(fingerprint(n100)).toBe(measured.machine);
  expect(await readMeasured(n100, file)).toEqual(measured);
  expect(await readMeasured(await readFacts(rootWith(boards['Core i7-6700'])), file)).toBeUndefined();
  expect(await readMeasured(n100, `${file}.missing`)).toBeUndefined();
});

test.each([
  ['half a file', (text: string) => text.slice(0, 40)],
  ['figures below nothing', (text: string) => text.replace('120', '-1')],
  ['a later version', (text: string) => text.replace('"version": 2', '"version": 3')],
])('%s is an error that says what to do', async (_, spoil) => {
  const file = join(mkdtempSync(join(tmpdir(), 'measured-')), 'measured.json');
  await writeMeasured(measured, file);
  writeFileSync(file, spoil(readFileSync(file, 'utf8')));
  const facts = await readFacts(rootWith(boards.N100));
  await expect(readMeasured(facts, file)).rejects.toThrow('measure again, or delete it');
});

test('a file of the first version is asked to be made anew, in one line', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'measured-')), 'measured.json');
  const threads = [{ threads: 1, fp32Gops: 40, int8Gops: 120, bandwidthGBs: 11 }];
  writeFileSync(file, JSON.stringify({ ...measured, version: 1, int8Form: undefined, threads }));
  await expect(readMeasured(await readFacts(rootWith(boards.N100)), file)).rejects.toThrow(
    `expected figures of version 2 (run cspcam profiles measure) for ${file}, received version 1`,
  );
});

test('the file lies with the state of the service, else of the user', () => {
  expect(measuredFilePath({ STATE_DIRECTORY: '/var/lib/cspcam' })).toBe(
    '/var/lib/cspcam/machine/measured.json',
  );
  expect(measuredFilePath({ XDG_STATE_HOME: '/s' })).toBe('/s/cspcam/machine/measured.json');
});

test('an agent goes on without a file that is broken, and says so', async () => {
  vi.stubEnv('STATE_DIRECTORY', mkdtempSync(join(tmpdir(), 'state-')));
  try {
    const root = rootWith(boards.N100);
    await writeMeasured(measured);
    expect((await chooseMachine({ root })).measured).toEqual(measured);
    writeFileSync(measuredFilePath(), '{');
    const { limits, measured: none } = await chooseMachine({ root });
    expect([none, limits.remarks.at(-1)]).toEqual([undefined, expect.stringContaining('measure again')]);
  } finally {
    vi.unstubAllEnvs();
  }
});
