// `cspcam models import` of files that are broken, hostile, or no detectors -> one line each, exit code 1, nothing written.

import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { importInChild } from '../../../models/import/in-child.js';
import { encodeModel } from '../../../models/onnx/protobuf.js';
import { cspcam } from '../../support/cspcam.js';
import { hostileFiles, rightFile } from '../../support/hostile-files.js';
import { NOTHING, startTraced } from '../../support/traces.js';

const folderOf = () => mkdtempSync(join(tmpdir(), 'cspcam-hostile-'));

async function importing(path: string, folder: string, ...options: string[]) {
  const before = readdirSync(folder);
  const out = join(folder, 'model');
  const finished = await cspcam('models', 'import', path, '--out', out, ...options);
  return { ...finished, written: readdirSync(folder).filter((name) => !before.includes(name)) };
}

/** No second line, no stack, nothing of ONNX Runtime's own ways to say it, no control characters. */
function expectOneLine(err: string, line: RegExp): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  expect(err).toMatch(/^cspcam: expected [^\u0000-\u001f\u007f]+\n$/);
  expect(err).not.toMatch(/ONNXRuntimeError|onnxruntime\/|\.cc:\d|\bat \S+:\d+:\d+|node:internal/);
  expect(err).toMatch(line);
}

test('what is right is imported', async () => {
  const folder = folderOf();
  const file = join(folder, 'right.onnx');
  writeFileSync(file, rightFile);
  expect(await importing(file, folder)).toMatchObject({ code: 0, err: '', written: ['model'] });
});

describe('a file', () => {
  test.each(hostileFiles)('%s', async (_name, bytes, line) => {
    const folder = folderOf();
    const file = join(folder, 'a.onnx');
    writeFileSync(file, bytes);
    const { code, out, err, written } = await importing(file, folder);
    expectOneLine(err, line);
    expect({ code, out, written }).toEqual({ code: 1, out: '', written: [] });
  });
});

const places: [name: string, make: (file: string) => void, line: RegExp][] = [
  ['nothing at all', () => {}, /expected a readable file for .*a\.onnx, received ENOENT/],
  ['a folder', (file) => mkdirSync(file), /expected a file for .*, received a folder/],
  ['a link to nowhere', (file) => symlinkSync('nowhere', file), /received ENOENT/],
  ['a link to itself', (file) => symlinkSync('a.onnx', file), /received ELOOP/],
  ['a device without end', (file) => symlinkSync('/dev/zero', file), /received something else/],
  ['a pipe that nobody writes to', (file) => execFileSync('mkfifo', [file]), /received something else/],
  [
    'two gigabytes of nothing',
    (file) => {
      writeFileSync(file, '');
      truncateSync(file, 2 ** 31);
    },
    /at most 1 GiB .* received 2147483648 bytes/,
  ],
];

describe('in place of a file', () => {
  test.each(places)('%s', async (_name, make, line) => {
    const folder = folderOf();
    const file = join(folder, 'a.onnx');
    make(file);
    const { code, out, err, written } = await importing(file, folder);
    expectOneLine(err, line);
    expect({ code, out, written }).toEqual({ code: 1, out: '', written: [] });
  });
});

/** A Loop whose condition stays true. */
const endless = () => {
  const type = (elemType: number, ...dims: number[]) => ({
    tensorType: { elemType, shape: { dim: dims.map((dimValue) => ({ dimValue })) } },
  });
  const body = {
    name: 'body',
    node: [
      { opType: 'Identity', input: ['go'], output: ['goes'] },
      { opType: 'Neg', input: ['v'], output: ['w'] },
    ],
    input: [
      { name: 'i', type: type(7) },
      { name: 'go', type: type(9) },
      { name: 'v', type: type(1, 1, 3, 96, 96) },
    ],
    output: [
      { name: 'goes', type: type(9) },
      { name: 'w', type: type(1, 1, 3, 96, 96) },
    ],
  };
  return encodeModel({
    irVersion: 8,
    opsetImport: [{ version: 13 }],
    graph: {
      name: 'g',
      input: [{ name: 'images', type: type(1, 1, 3, 96, 96) }],
      initializer: [{ name: 'yes', dims: [], dataType: 9, int32Data: [1] }],
      node: [
        {
          opType: 'Loop',
          input: ['', 'yes', 'images'],
          output: ['y'],
          attribute: [{ name: 'body', type: 5, g: body }],
        },
      ],
      output: [{ name: 'y', type: type(1, 1, 3, 96, 96) }],
    },
  });
};

describe('what does not end, or takes everything, is ended', () => {
  const limits = { memoryBytes: 2 ** 31, timeMs: 600_000 };
  const child = (bytes: Uint8Array, more: Partial<typeof limits>) => {
    const file = join(folderOf(), 'a.onnx');
    writeFileSync(file, bytes);
    return importInChild(file, { name: 'a' }, { ...limits, ...more });
  };
  test('a loop without end', async () => {
    await expect(child(endless(), { timeMs: 2000 })).rejects.toThrow(
      'expected an end within 2 s for a run of a.onnx, received none',
    );
  });

  test('more memory than there may be', async () => {
    await expect(child(endless(), { memoryBytes: 2 ** 20 })).rejects.toThrow(
      /of memory for a run of a\.onnx, received more$|a run of a\.onnx, received/,
    );
  });

  const importing = async () => {
    const folder = folderOf();
    const file = join(folder, 'a.onnx');
    writeFileSync(file, endless());
    const out = join(folder, 'model');
    const traced = startTraced(['models', 'import', file, '--out', out]);
    await expect.poll(() => traced.left().processes.length, { timeout: 60_000 }).toBe(2);
    return { ...traced, out };
  };

  test('by a signal, with all that the command holds', async () => {
    const { agent, left, out } = await importing();
    agent.child.kill('SIGTERM');
    expect(await agent.finished()).toEqual({ code: 1, out: '', err: 'cspcam: interrupted by SIGTERM\n' });
    await expect.poll(left, { timeout: 60_000 }).toEqual(NOTHING);
    expect(existsSync(out)).toBe(false);
  });

  test('by the end of a command that is killed', async () => {
    const { agent, left } = await importing();
    await agent.close();
    await expect.poll(() => left().processes, { timeout: 60_000 }).toEqual([]);
  });

  test('nothing is left of it', async () => {
    const before = process.env['TMPDIR'];
    const own = folderOf();
    const files = [rightFile, rightFile.subarray(0, 50)].map((bytes, i) => {
      const file = join(folderOf(), `${i}.onnx`);
      writeFileSync(file, bytes);
      return file;
    });
    process.env['TMPDIR'] = own;
    try {
      await importInChild(files[0]!, { name: 'a' });
      await expect(importInChild(files[1]!, { name: 'a' })).rejects.toThrow('expected');
      expect(readdirSync(own)).toEqual([]);
    } finally {
      if (before === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = before;
    }
  });
});
