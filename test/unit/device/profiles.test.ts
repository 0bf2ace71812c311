// The files of device-profiles/ -> what the tables of the makers say, and the rules of the schema.

import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { limitsOf, powerModeOf } from '../../../agent/device/limits.js';
import { parseProfile, profileJsonSchema } from '../../../agent/device/profile.js';
import { findProfile, readProfiles } from '../../../agent/device/profiles.js';
import { isSystem } from '../../../models/networks/catalogue.js';

const folder = resolve(import.meta.dirname, '../../../device-profiles');
const profiles = await readProfiles();
const named = (name: string) => profiles.find((profile) => profile.name === name)!;

/** Memory, cores and peaks as published; TFLOPS of the GPU where there is one, else of the CPU. */
const published: [
  name: string,
  GB: number[],
  GBs: number,
  cores: number,
  fp32: number,
  fp16: number | undefined,
][] = [
  ['jetson-tx2', [8], 59.7, 6, 0.67, 1.33],
  ['jetson-tx2-nx', [4], 51.2, 6, 0.67, 1.33],
  ['jetson-tx1', [4], 25.6, 4, 0.51, 1.02],
  ['jetson-nano', [4], 25.6, 4, 0.24, 0.47],
  ['jetson-xavier-nx', [8, 16], 59.7, 6, 0.84, 6.8],
  ['jetson-agx-xavier', [32], 137, 8, 1.41, 11],
  ['jetson-orin-nano', [8], 68, 6, 1.28, 10],
  ['jetson-orin-nx', [16], 102.4, 8, 1.88, 15],
  ['jetson-agx-orin', [64], 204.8, 12, 5.3, 42],
  ['raspberry-pi-4', [1, 8], 12.8, 4, 0.05, undefined],
  ['raspberry-pi-5', [2, 16], 17.1, 4, 0.15, 0.31],
  ['core-i9-9900k', [128], 41.6, 8, 1.2, undefined],
  ['core-i7-6700', [64], 34.1, 4, 0.47, undefined],
  ['intel-n100', [16], 25.6, 4, 0.19, undefined],
];

test('every device has one', () => {
  const names = [...published.map(([name]) => name), 'generic-arm64', 'generic-x86-64'];
  expect(profiles.map(({ name }) => name)).toEqual(names.toSorted());
});

test.each(published)('%s has the published figures', (name, sizesGB, GBs, cores, fp32, fp16) => {
  const { memory, cpu, gpu } = named(name);
  expect(memory.sizesGB).toEqual(expect.arrayContaining(sizesGB));
  expect(memory.theoreticalGBs.value).toBe(GBs);
  expect(cpu.clusters.reduce((sum, cluster) => sum + cluster.cores, 0)).toBe(cores);
  const peaks = (gpu ?? cpu).peakGops;
  const close = (of: number | undefined, tflops: number) => {
    // As precise as the table is printed.
    expect(of! / 1000 / tflops).toBeGreaterThan(0.95);
    expect(of! / 1000 / tflops).toBeLessThan(1.06);
  };
  close(peaks.fp32?.value, fp32);
  if (fp16 === undefined) expect(peaks.fp16).toBeUndefined();
  else close(peaks.fp16?.value, fp16);
});

test.each([
  ['jetson-xavier-nx', 21],
  ['jetson-agx-xavier', 32],
  ['jetson-orin-nano', 20],
  ['jetson-orin-nx', 50],
  ['jetson-agx-orin', 137],
])('%s is advertised with %d int8 TOPS, the GPU alone has no more', (name, tops) => {
  const { gpu } = named(name);
  expect(gpu?.moduleInt8Tops?.value).toBe(tops);
  expect(gpu!.peakGops.int8!.value).toBeLessThanOrEqual(1.03 * tops * 1000);
});

test.each(['jetson-tx2', 'jetson-tx2-nx', 'jetson-tx1', 'jetson-nano'])(
  'the GPU of %s has no int8',
  (name) => {
    const { gpu, inference } = named(name);
    expect(gpu?.peakGops.int8).toBeUndefined();
    expect(inference.precisions.tensorrt).toEqual(['fp16', 'fp32']);
  },
);

test.each([
  ['0', 'MAXN', 1300, 59.7, 6],
  ['1', 'MAXQ', 850, 42.6, 4],
  ['2', 'MAXP_CORE_ALL', 1120, 51.2, 6],
  ['3', 'MAXP_CORE_ARM', 1120, 51.2, 4],
  ['4', 'MAXP_CORE_DENVER', 1120, 51.2, 2],
])('TX2 in nvpmodel %s is %s', (id, name, gpuMHz, GBs, cores) => {
  const tx2 = named('jetson-tx2');
  const mode = powerModeOf(tx2, id);
  const limits = limitsOf(tx2, mode);
  expect([mode.name, mode.gpuMHz, limits.cores]).toEqual([name, gpuMHz, cores]);
  expect(limits.theoreticalGBs).toBeCloseTo(GBs, 1);
  expect(limits.gpuGops!.fp16!).toBeCloseTo(256 * 2 * 2 * gpuMHz * 1e-3, 0);
});

test.each(profiles.map((profile) => [profile.name, profile] as const))('%s is sound', (_, profile) => {
  const { memory, cpu, gpu, inference, capture } = profile;
  const share = memory.usableGBs.value / memory.theoreticalGBs.value;
  expect(share).toBeGreaterThan(0.6);
  expect(share).toBeLessThan(0.75);
  for (const provider of inference.providers) {
    const peaks = provider === 'cpu' ? cpu.peakGops : gpu!.peakGops;
    const wanted = inference.precisions[provider]!;
    expect(Object.keys(peaks)).toEqual(expect.arrayContaining([...wanted]));
  }
  expect(inference.providers).toContain('cpu');
  expect(inference.threads).toBeLessThan(cpu.clusters.reduce((sum, { cores }) => sum + cores, 0));
  expect(isSystem(profile.default.model)).toBe(true);
  // What decodes in software GStreamer finds by itself.
  expect(capture.decoders.filter((name) => name.startsWith('avdec'))).toEqual([]);
  expect(memory.sizesGB).toEqual(memory.sizesGB.toSorted((a, b) => a - b));
});

test('profile.schema.json is the schema (else: npm run schema), and an independent validator agrees', () => {
  const committed = JSON.parse(readFileSync(join(folder, 'profile.schema.json'), 'utf8'));
  expect(committed).toEqual(profileJsonSchema());
  const validate = new Ajv2020({ strict: false }).compile(committed);
  for (const file of readdirSync(folder).filter((name) => /(?<!schema)\.json$/.test(name)))
    expect([file, validate(JSON.parse(readFileSync(join(folder, file), 'utf8')))]).toEqual([file, true]);
});

test.each<[string, (text: string) => string, string]>([
  ['half a file', (text) => text.slice(0, 100), 'expected JSON for p.json, received '],
  ['a list', () => '[]', 'expected keys and values for p.json: profile, received []'],
  [
    'bandwidth without a source',
    (text) => text.replace('"source": "computed: 128 bit LPDDR4 at 1866 MHz"', '"source": ""'),
    'expected text that is not empty for p.json: memory.theoreticalGBs.source, received ',
  ],
  [
    'no cores',
    (text) => text.replace('"cores": 4', '"cores": 0'),
    'expected a number above 0 for p.json: cpu.clusters.0.cores, received 0',
  ],
  [
    'half a core',
    (text) => text.replace('"cores": 4', '"cores": 1.5'),
    'expected a whole number for p.json: cpu.clusters.0.cores, received 1.5',
  ],
  [
    'no memory',
    (text) => text.replace('"sizesGB": [8]', '"sizesGB": []'),
    'expected a list that is not empty for p.json: memory.sizesGB, received []',
  ],
  [
    'no title',
    (text) => text.replace('"title": "NVIDIA Jetson TX2",', ''),
    'expected text for p.json: title, received nothing',
  ],
  [
    'a misspelt key',
    (text) => text.replace('"notes"', '"note"'),
    'expected a key of profile.schema.json for p.json: profile, received note',
  ],
  [
    'a misspelt provider',
    (text) => text.replace('"tensorrt":', '"trt":'),
    'expected a key of profile.schema.json for p.json: inference.precisions, received trt',
  ],
  [
    'a precision that nobody knows',
    (text) => text.replace('"fp16", "fp32"', '"fp17"'),
    'expected one of fp32, fp16, int8 for p.json: inference.precisions.tensorrt.0, received fp17',
  ],
  [
    'a name with a space',
    (text) => text.replace('"jetson-tx2"', '"jetson tx2"'),
    'expected lower case letters and digits, in words with single hyphens between for p.json: name, received jetson tx2',
  ],
])('%s is refused in one line', (_, spoil, message) => {
  const text = readFileSync(join(folder, 'jetson-tx2.json'), 'utf8');
  expect(spoil(text)).not.toBe(text);
  expect(() => parseProfile(spoil(text), 'p.json')).toThrow(message);
});

test('a profile by name or file, else the names that exist', async () => {
  expect((await findProfile('intel-n100', profiles)).title).toBe('Intel N100');
  expect((await findProfile(join(folder, 'jetson-nano.json'), [])).name).toBe('jetson-nano');
  await expect(findProfile('n100', profiles)).rejects.toThrow(
    'raspberry-pi-5, or a file NAME.json for --profile, received n100',
  );
  await expect(findProfile('missing.json', profiles)).rejects.toThrow(
    'expected a readable file for missing.json, received ENOENT',
  );
});
