// A model folder opened again and again -> what is kept of it, and everything that may have become of that.

import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { convolutionProbe } from '../../../models/cost/probes.js';
import { type ModelFolder, readModelFolder, writeModelFolder } from '../../../models/folder/folder.js';
import { openDetector } from '../../../models/runtime/open.js';
import { openOptimized } from '../../../models/runtime/optimized.js';
import { BRIGHT_SIZE, brightModel } from '../../support/bright-model.js';
import { withoutRoot } from '../../support/rights.js';

const options = { provider: 'cpu', threads: 1 };

let bright: ModelFolder;
beforeAll(async () => {
  bright = await readModelFolder(await brightModel());
});
let cache: string;
beforeEach(() => {
  cache = join(mkdtempSync(join(tmpdir(), 'cache-')), 'networks');
});

/** A folder around a network of wide convolutions, in blocks of channels once it is optimized. */
async function probe(precision: 'fp32' | 'int8', count: number): Promise<ModelFolder> {
  const { onnx, size } = convolutionProbe(precision, count);
  const { files: _, ...description } = bright.description;
  const input = { ...description.input, width: size, height: size };
  return writeModelFolder(mkdtempSync(join(tmpdir(), 'probe-')), { ...description, input }, onnx);
}

/** What a network answers, and what is said on the way. */
async function answer(folder: ModelFolder, from?: string) {
  const { session, notice } = await openOptimized(folder, { ...options, cache: from });
  const { width, height } = folder.description.input;
  const pixels = new Uint8Array(3 * width * height).map((_, i) => (i * 97) % 251);
  try {
    return { outputs: [...(await session.run(pixels)).values()], notice };
  } finally {
    await session.close();
  }
}

const names = () => readdirSync(cache).sort();
const only = () => join(cache, names()[0]!);

test.each(['fp32', 'int8'] as const)('%s: the next start answers bit by bit the same', async (precision) => {
  const folder = await probe(precision, 2);
  const plain = await answer(folder);
  expect(await answer(folder, cache)).toEqual(plain);
  const files = names();
  expect(files).toEqual([expect.stringMatching(/^[0-9a-f]{32}\.[0-9a-f]{8}\.onnx$/)]);
  expect(await answer(folder, cache)).toEqual(plain);
  expect(names()).toEqual(files);
});

test('what was kept is what runs', async () => {
  const folder = await probe('fp32', 2);
  const shorter = await probe('fp32', 1);
  await answer(folder, cache);
  const own = only();
  const answered = await answer(shorter, cache);
  expect(answered).not.toEqual(await answer(folder));
  // Swapped behind its back, with the sum in the name put right.
  const foreign = names().find((name) => join(cache, name) !== own)!;
  rmSync(own);
  copyFileSync(join(cache, foreign), own.replace(/[0-9a-f]{8}(?=\.onnx$)/, foreign.split('.')[1]!));
  expect(await answer(folder, cache)).toEqual(answered);
});

test.each<[string, (file: string) => void]>([
  ['cut', (file) => writeFileSync(file, readFileSync(file).subarray(0, 400))],
  ['emptied', (file) => writeFileSync(file, '')],
  ['changed in one bit', (file) => writeFileSync(file, flipped(readFileSync(file)))],
])('a file that was %s is made anew, with one word about it', async (_, spoil) => {
  const plain = await answer(bright, cache);
  const file = only();
  const whole = readFileSync(file);
  spoil(file);
  expect(await answer(bright, cache)).toEqual({
    ...plain,
    notice: `expected ${file} as it was written; made anew`,
  });
  expect(names()).toEqual([file.slice(cache.length + 1)]);
  expect(readFileSync(file)).toEqual(whole);
  expect((await answer(bright, cache)).notice).toBeUndefined();
});

test('a file that the runtime cannot load is made anew', async () => {
  const plain = await answer(bright, cache);
  const own = only();
  rmSync(own);
  const rubbish = Buffer.from('no network');
  const sum = crc32(rubbish).toString(16).padStart(8, '0');
  const file = own.replace(/[0-9a-f]{8}(?=\.onnx$)/, sum);
  writeFileSync(file, rubbish);
  expect(await answer(bright, cache)).toEqual({
    ...plain,
    notice: `expected ONNX Runtime to load ${file}, which it once wrote; made anew`,
  });
  expect(existsSync(file)).toBe(false);
  expect(await answer(bright, cache)).toEqual(plain);
});

test('a model that was changed is refused, whatever was kept of it', async () => {
  const folder = await readModelFolder(await brightModel());
  await answer(folder, cache);
  const file = join(folder.directory, 'model.onnx');
  writeFileSync(file, flipped(readFileSync(file)));
  await expect(answer(folder, cache)).rejects.toThrow(
    /the file was changed or cut; copy the model folder again, or make it anew with cspcam models import$/,
  );
});

test('the four used last stay, others and what was abandoned go', async () => {
  mkdirSync(cache, { recursive: true });
  const old = (name: string, days: number) => {
    writeFileSync(join(cache, name), '');
    const seconds = Date.now() / 1000 - 86_400 * days;
    utimesSync(join(cache, name), seconds, seconds);
  };
  await answer(bright, cache);
  const [used] = names();
  for (let days = 1; days <= 5; days++) old(`${days}.onnx`, days);
  old('crashed.new', 1);
  old('not-ours.txt', 9);
  writeFileSync(join(cache, 'being-written.new'), '');
  old(used!, 0.5);
  await answer(await probe('fp32', 1), cache);
  const isMade = (name: string) => /^[0-9a-f]{32}\./.test(name);
  expect(names().filter((name) => !isMade(name))).toEqual([
    '1.onnx',
    '2.onnx',
    'being-written.new',
    'not-ours.txt',
  ]);
  expect(names().filter(isMade)).toHaveLength(2);
  expect(names()).toContain(used);
});

test('use keeps a file young', async () => {
  await answer(bright, cache);
  utimesSync(only(), 1, 1);
  await answer(bright, cache);
  expect(statSync(only()).mtimeMs).toBeGreaterThan(Date.now() - 60_000);
});

test.each([
  ['a file', '', /^expected to keep the optimized network in .*networks, received EEXIST$/],
  ['a folder below a file', 'deep', /received ENOTDIR$/],
])('where there is %s instead of a folder, the network starts without', async (_, below, message) => {
  writeFileSync(cache, '');
  const { outputs, notice } = await answer(bright, join(cache, below));
  expect(outputs).toEqual((await answer(bright)).outputs);
  expect(notice).toMatch(message);
});

test('a folder that is read-only is left alone', async () => {
  mkdirSync(cache);
  chmodSync(cache, 0o555);
  for (const folder of [dirname(cache), bright.directory, dirname(bright.directory)])
    chmodSync(folder, 0o755);
  const { notice } = await withoutRoot(() => answer(bright, cache));
  // For one who was root, only the attempt to write shows it.
  expect(notice).toMatch(/received (EACCES|open file .* Permission denied)$/);
  expect(names()).toEqual([]);
});

test('several sessions find one file, and say what is wrong with it once', async () => {
  const notices: string[] = [];
  const open = async () => {
    const detector = await openDetector(bright, {
      ...options,
      minScore: 0.5,
      sessions: 3,
      cache,
      onNotice: (notice) => notices.push(notice),
    });
    const bytes = 3 * BRIGHT_SIZE * BRIGHT_SIZE;
    const asked = Array.from({ length: 7 }, () => detector.detect(new ArrayBuffer(bytes)));
    expect((await Promise.all(asked)).map(({ inputBoxes }) => inputBoxes)).toEqual(Array(7).fill([]));
    expect(detector.sessions).toBe(3);
    await detector.close();
  };
  await open();
  expect([names().length, notices.length]).toEqual([1, 0]);
  writeFileSync(only(), '');
  await open();
  expect([names().length, notices.length]).toEqual([1, 1]);
});

function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy[copy.length >> 1]! ^= 1;
  return copy;
}
