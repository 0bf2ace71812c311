// What a model folder says of int8, processors and wishes -> which precision runs, and why.

import { describe, expect, test } from 'vitest';
import type { Accuracy, ModelDescription } from '../../../models/folder/description.js';
import { choosePrecision, lostPoints } from '../../../models/runtime/precision.js';

type Described = Pick<ModelDescription, 'files' | 'precision' | 'quantization'>;

const cpu = (architecture: string, ...flags: string[]) => ({ architecture, flags: new Set(flags) });
const X86 = {
  amx: cpu('x64', 'avx2', 'avx512_vnni', 'amx_int8'),
  vnni: cpu('x64', 'avx2', 'avx512_vnni'),
  avx2: cpu('x64', 'avx2'),
  old: cpu('x64', 'sse4_2'),
};
const ARM = { dot: cpu('arm64', 'asimd', 'asimddp'), neon: cpu('arm64', 'asimd') };

const accuracy = (
  lost: { person?: number | null; vehicles?: number; all?: number },
  of: Accuracy['of'] = 'annotations',
): Accuracy => ({
  of,
  data: 'pictures',
  pictures: 100,
  calibrated: false,
  fp32: { person: 0.5, vehicles: 0.5, all: 0.5 },
  forms: {
    'bounded-pairs': {
      person: lost.person === null ? null : 0.5 - (lost.person ?? 0) / 100,
      vehicles: 0.5 - (lost.vehicles ?? 0) / 100,
      all: 0.5 - (lost.all ?? 0) / 100,
    },
  },
});

const folder = (given: {
  ranges?: boolean;
  precision?: 'fp32' | 'int8';
  accuracy?: Accuracy;
  ratio?: number;
}): Described => ({
  files: given.ranges === false ? {} : { 'ranges.json': { sha256: '0'.repeat(64), bytes: 1 } },
  ...(given.precision && { precision: given.precision }),
  quantization: {
    method: 'mse',
    data: 'pictures',
    pictures: 1,
    biasCorrection: true,
    keptFp32: [],
    ...(given.accuracy && { accuracy: given.accuracy }),
    ...(given.ratio !== undefined && { speed: { instructions: 'vnni', ratio: given.ratio } }),
  },
});

const fine = folder({ accuracy: accuracy({ vehicles: 0.5 }), ratio: 2.9 });

describe('auto', () => {
  test.each<[string, Described, ReturnType<typeof cpu>, 'fp32' | 'int8', RegExp]>([
    ['half a point lost, VNNI', fine, X86.vnni, 'int8', /faster with VNNI and loses 0\.5 points/],
    ['AMX', fine, X86.amx, 'int8', /AMX/],
    ['AVX2', fine, X86.avx2, 'int8', /AVX2/],
    ['Arm with the dot product', fine, ARM.dot, 'int8', /dot product/],
    ['Arm without it', fine, ARM.neon, 'fp32', /not known to be faster with Neon alone/],
    ['x86 without AVX2', fine, X86.old, 'fp32', /not known to be faster/],
    [
      'more than half a point',
      folder({ accuracy: accuracy({ person: 0.51 }) }),
      X86.vnni,
      'fp32',
      /loses 0\.5 points of AP50 \(limit 0\.5\)/,
    ],
    ['of all boxes too', folder({ accuracy: accuracy({ all: 3 }) }), X86.vnni, 'fp32', /loses 3\.0 points/],
    [
      'gains',
      folder({ accuracy: accuracy({ person: -2, vehicles: -1, all: -1 }) }),
      X86.vnni,
      'int8',
      /0\.0/,
    ],
    [
      'slower where it was measured',
      folder({ accuracy: accuracy({}), ratio: 1.05 }),
      X86.vnni,
      'fp32',
      /1\.05/,
    ],
    [
      'against floats, 2',
      folder({ accuracy: accuracy({ all: 2 }, 'floats') }),
      X86.vnni,
      'int8',
      /floats find \(limit 2\)/,
    ],
    [
      'against floats, 2.1',
      folder({ accuracy: accuracy({ all: 2.1 }, 'floats') }),
      X86.vnni,
      'fp32',
      /limit 2/,
    ],
    ['no ranges', folder({ ranges: false }), X86.vnni, 'fp32', /no ranges for int8/],
    ['an older folder in int8', folder({ precision: 'int8' }), ARM.neon, 'int8', /model\.json says so/],
    ['an older folder in fp32', folder({ precision: 'fp32' }), X86.vnni, 'fp32', /model\.json says so/],
    [
      'model.json says int8, measured bad',
      folder({ precision: 'int8', accuracy: accuracy({ all: 9 }) }),
      X86.vnni,
      'fp32',
      /9\.0/,
    ],
  ])('%s', (_, of, processor, precision, reason) => {
    const chosen = choosePrecision(of, 'cpu', processor, 'auto');
    expect(chosen.precision).toBe(precision);
    expect(chosen.reason).toMatch(reason);
    expect(chosen.reason.startsWith(`${precision}: `)).toBe(true);
  });

  test('a provider other than cpu runs floats', () => {
    expect(choosePrecision(fine, 'tensorrt', X86.vnni, 'auto').precision).toBe('fp32');
  });
});

test.each(['fp32', 'int8'] as const)('%s is as it was asked for, whatever is known', (wanted) => {
  const bad = folder({ accuracy: accuracy({ all: 50 }) });
  expect(choosePrecision(bad, 'cpu', X86.old, wanted)).toEqual({
    precision: wanted,
    reason: `${wanted}: it was asked for`,
  });
});

test('the form of the processor counts; one that was not measured is as bad as the worst that was', () => {
  const measured = accuracy({ person: 0.2 });
  const forms = { ...measured.forms, amx: { person: 0.49, vehicles: 0.5, all: 0.5 } };
  expect(lostPoints({ ...measured, forms }, 'bounded-pairs')).toBe(0.2);
  expect(lostPoints({ ...measured, forms }, 'amx')).toBe(1);
  expect(lostPoints({ ...measured, forms }, 'eight-bits')).toBe(1);
});

test('groups with too few boxes say nothing', () => {
  expect(lostPoints(accuracy({ person: null, vehicles: 0.3 }), 'bounded-pairs')).toBe(0.3);
});
