// Instruction sets -> the integer form for them; kernels -> what each form makes of them.

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readCpuFeatures } from '#common/cpu-features.js';
import { seededRandom } from '../../../../models/networks/random.js';
import { amx } from '../../../../models/quantize/forms/amx.js';
import { boundPairs } from '../../../../models/quantize/forms/bounded-pairs.js';
import { chooseForm, formText } from '../../../../models/quantize/forms/registry.js';
import { quantizeKernel } from '../../../../models/quantize/kernel.js';

const AVX2 = 'sse4_1 sse4_2 avx f16c fma avx2';
const AVX512 = `${AVX2} avx512f avx512dq avx512cd avx512bw avx512vl`;
const NEON = 'fp asimd evtstrm crc32 cpuid';

test.each([
  ['Core i9-9900K', 'x64', AVX2, 'avx2', 'bounded-pairs'],
  ['Core i7-6700', 'x64', AVX2, 'avx2', 'bounded-pairs'],
  ['Xeon, Skylake', 'x64', AVX512, 'avx512', 'bounded-pairs'],
  ['Xeon, Cascade Lake', 'x64', `${AVX512} avx512_vnni`, 'vnni', 'bounded-pairs'],
  ['N100', 'x64', `${AVX2} avx_vnni`, 'vnni', 'bounded-pairs'],
  ['Xeon, Sapphire Rapids', 'x64', `${AVX512} avx512_vnni avx_vnni amx_bf16 amx_tile amx_int8`, 'amx', 'amx'],
  ['Atom without AVX', 'x64', 'sse4_1 sse4_2', 'unknown', 'bounded-pairs'],
  ['no /proc/cpuinfo', 'x64', '', 'unknown', 'bounded-pairs'],
  ['Raspberry Pi 5', 'arm64', `${NEON} asimdhp asimddp`, 'dot-product', 'bounded-pairs'],
  ['Raspberry Pi 4', 'arm64', NEON, 'neon', 'bounded-pairs'],
  ['another', 'riscv64', '', 'unknown', 'bounded-pairs'],
])('%s: %s, %s', (_, architecture, flags, name, form) => {
  const chosen = chooseForm('cpu', { architecture, flags: new Set(flags.split(' ')) });
  expect([chosen.name, chosen.form.name]).toEqual([name, form]);
});

test('one line says which, and why', () => {
  const of = (provider: string, flags: string) =>
    formText(chooseForm(provider, { architecture: 'x64', flags: new Set(flags.split(' ')) }));
  expect(of('cpu', AVX2)).toBe(
    'int8 form: avx2, 8-bit weights, bounded in pairs: the processor has no VNNI and adds pairs in 16 bits',
  );
  expect(of('tensorrt', AVX2)).toBe('int8 form: tensorrt, 8-bit weights: provider tensorrt adds in 32 bits');
});

describe('what a processor can do', () => {
  const read = (text: string) => {
    const file = join(mkdtempSync(join(tmpdir(), 'cpuinfo-')), 'cpuinfo');
    writeFileSync(file, text);
    return readCpuFeatures(file);
  };

  test('x86', async () => {
    const core =
      'processor\t: 0\nmodel name\t: Intel(R) N100\nflags\t\t: fpu avx2 avx_vnni\nvmx flags\t: vnmi\n';
    const found = await read(`${core}\n${core.replace(': 0', ': 1')}\n`);
    expect(found).toMatchObject({ model: 'Intel(R) N100', flags: new Set(['fpu', 'avx2', 'avx_vnni']) });
  });

  test('Arm', async () => {
    const found = await read(
      'processor\t: 0\nFeatures\t: fp asimd asimddp\nCPU implementer\t: 0x41\nCPU variant\t: 0x4\nCPU part\t: 0xd0b\n\n',
    );
    expect(found).toMatchObject({ model: '0x41 0x4 0xd0b', flags: new Set(['fp', 'asimd', 'asimddp']) });
  });

  test('nothing', async () => {
    expect((await readCpuFeatures('/nowhere/cpuinfo')).flags).toEqual(new Set());
  });
});

describe('bounded pairs', () => {
  const random = seededRandom(17);
  /** A few large among many small, as kernels have them. */
  const draw = () => (2 * random() - 1) ** 3;

  test.each([
    { what: 'channels in fours', dims: [8, 16, 3, 3], groups: 1 },
    { what: 'an odd number of channels', dims: [5, 3, 3, 3], groups: 1 },
    { what: '1x1', dims: [16, 64, 1, 1], groups: 1 },
    { what: 'groups', dims: [8, 6, 3, 3], groups: 4 },
    { what: 'a column', dims: [64, 1, 5, 1], groups: 1 },
  ])('$what: no two neighbours can leave 16 bits', ({ dims, groups }) => {
    const [filters, channels, height, width] = dims as [number, number, number, number];
    const cells = height * width;
    const values = Float32Array.from({ length: filters * channels * cells }, draw);
    const found = boundPairs({ values, dims, groups });
    const plain = quantizeKernel(values, filters);
    let [beyond, error, largest] = [0, 0, 0];
    for (let filter = 0; filter < filters; filter++) {
      const at = (of: ArrayLike<number>, k: number) =>
        k < channels * cells
          ? of[(filter * channels + (k % channels)) * cells + Math.floor(k / channels)]!
          : 0;
      for (let k = 0; k < channels * cells; k += 2) {
        // Both extremes of a sum of 0..255 times each.
        const sums = (of: ArrayLike<number>) =>
          [1, -1].map((sign) => 255 * (Math.max(0, sign * at(of, k)) + Math.max(0, sign * at(of, k + 1))));
        if (Math.max(...sums(plain.values)) > 32767) beyond++;
        expect(sums(found.values)[0]).toBeLessThanOrEqual(32767);
        expect(sums(found.values)[1]).toBeLessThanOrEqual(32768);
        for (const one of [k, k + 1]) {
          error = Math.max(error, Math.abs(at(values, one) - at(found.values, one) * found.scales[filter]!));
          largest = Math.max(largest, Math.abs(at(values, one)));
        }
      }
    }
    // There was something to do, and it costs less than a quarter of the largest weight.
    expect(beyond).toBeGreaterThan(0);
    expect(error / largest).toBeLessThan(0.25);
  });

  test.each([
    { what: 'signs that take from each other', weights: [1, -1, 0.4, -0.4], steps: [127, -127, 51, -51] },
    { what: 'a large one beside small ones', weights: [1, 0, 0.2, 0.1], steps: [127, 0, 25, 13] },
  ])('$what stay as they are', ({ weights, steps }) => {
    const { values } = boundPairs({ values: Float32Array.from(weights), dims: [1, 4, 1, 1], groups: 1 });
    expect([...values]).toEqual(steps);
  });

  test('two large ones have coarser steps, or are cut: whatever errs less', () => {
    const alone = boundPairs({ values: Float32Array.of(1, 1, 0, 0), dims: [1, 4, 1, 1], groups: 1 });
    expect([...alone.values]).toEqual([64, 64, 0, 0]);
    expect(alone.scales[0]).toBeCloseTo(1 / 64, 6);
    // Of 300 weights, all but one pair would lose by coarser steps.
    const many = Float32Array.from({ length: 300 }, (_, i) => (i % 2 === 0 ? (i % 37) / 80 : 0));
    [many[0], many[1]] = [1, 0.012];
    const cut = boundPairs({ values: many, dims: [1, 300, 1, 1], groups: 1 });
    expect([cut.values[0], cut.values[1]]).toEqual([127, 1]);
  });

  test('one filter for each channel keeps all 8 bits', () => {
    const values = Float32Array.from({ length: 36 }, draw);
    const found = boundPairs({ values, dims: [4, 1, 3, 3], groups: 4 });
    expect(found).toEqual(quantizeKernel(values, 4));
  });
});

test.each([
  [[64, 64, 2, 2], 1],
  [[64, 256, 1, 1], 1],
  [[63, 256, 1, 1], 0],
  [[64, 255, 1, 1], 0],
])('for AMX, a kernel of %j is about %i', (dims, zeroPoint) => {
  const values = new Float32Array(dims.reduce((product, length) => product * length)).fill(0.5);
  expect(amx.quantizeConvolution({ values, dims, groups: 1 }).zeroPoint).toBe(zeroPoint);
  expect(amx.quantizeProduct({ values, dims, groups: 1 }).zeroPoint).toBe(0);
});
