// The engine for TensorRT, linked to a stub of its libraries that was compiled against its public headers.

import { mkdtemp, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type EngineOptions, openEngine } from '../../../../models/runtime/engines/engine-session.js';
import { closeAfterEach } from '../../../support/ending.js';
import { enginesOf } from '../../../support/engines.js';
import { smallDisk } from '../../../support/small-disk.js';
import { buildStubbed, hasHeaders, type Stubbed, VERSIONS } from '../../../support/stub-tensorrt/build.js';
import { PIXELS, STUB_MODEL, stubAnswer, stubNetwork } from '../../../support/stub-tensorrt/network.js';

const closeLater = closeAfterEach();
// A file whose tests are all skipped does not end what it has begun.
const disk = VERSIONS.some(hasHeaders) ? smallDisk('64k') : undefined;

describe.each(VERSIONS)('TensorRT %s (where CSPCAM_TENSORRT_HEADERS has its headers)', (version) => {
  const isHere = hasHeaders(version);
  let stub: Stubbed;
  let cache: string;
  let told: string[];

  beforeAll(async () => {
    if (isHere) stub = await buildStubbed(version);
  }, 900_000);
  beforeEach(async () => {
    if (!isHere) return;
    cache = await mkdtemp(join(tmpdir(), 'engines-'));
    told = [];
    await rm(stub.notes, { force: true });
  });

  const opened = (
    faults: readonly string[] = [],
    options: Partial<EngineOptions> = {},
    bytes = stubNetwork(),
  ) =>
    openEngine(stub.program(faults), bytes, STUB_MODEL, {
      ...{ threads: 0, precision: 'auto', cache, onProgress: (stage, part) => told.push(`${stage} ${part}`) },
      ...options,
    });
  const open = async (...given: Parameters<typeof opened>) => closeLater(await opened(...given));
  const notes = async () =>
    (await readFile(stub.notes, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');
  const engineFile = async () => {
    const names = (await readdir(cache)).filter((name) => name.endsWith('.engine'));
    expect(names).toHaveLength(1);
    return join(cache, names[0]!);
  };

  describe.runIf(isHere)('with its headers', () => {
    test('answers, frame by frame', async () => {
      const session = await open();
      const other = PIXELS.map((value) => 255 - value);
      expect(await session.run(PIXELS)).toEqual(stubAnswer(PIXELS));
      expect(await session.run(other)).toEqual(stubAnswer(other));
      expect(session.identity).toMatchObject({
        ...{ engine: 'tensorrt', device: 'Stub of a GPU (sm_62)', precision: 'fp16' },
        version: expect.stringMatching(new RegExp(`^${version}\\b`)),
      });
      // Of its two layers one was timed; of two phases half of the first, then the first.
      expect(told).toEqual(
        version === '10' ? ['build 0', 'build 0.25', 'build 0.5'] : ['build 0', 'build 0.5'],
      );
    });

    test('nothing is copied where the device computes in the memory of the CPU', async () => {
      await (await open(['integrated'])).run(PIXELS);
      const copied = (await notes()).filter((line) => line.startsWith('copied'));
      expect(copied).toEqual([]);
    });

    test.each([['no-register'], ['integrated', 'no-register']])(
      'memory that cannot be shown (%s %s) is copied',
      async (...faults) => {
        const session = await open(faults);
        expect(await session.run(PIXELS)).toEqual(stubAnswer(PIXELS));
        expect(await notes()).toContain('copied out');
      },
    );

    test('what was built is found again, by network and precision', async () => {
      await open();
      await open();
      expect(await notes()).toEqual(['built fp16', 'loaded', 'loaded']);
      await open([], {}, stubNetwork('another'));
      await open([], { precision: 'fp32' });
      const session = await open([], { precision: 'fp32' });
      expect((await notes()).slice(3)).toEqual([
        ...['built fp16 with timings', 'loaded', 'built fp32 with timings', 'loaded', 'loaded'],
      ]);
      expect(session.identity.precision).toBe('fp32');
      expect(await session.run(PIXELS)).toEqual(stubAnswer(PIXELS));
      expect((await readdir(cache)).filter((name) => name.endsWith('.engine'))).toHaveLength(3);
      expect((await readdir(cache)).filter((name) => name.endsWith('.new'))).toEqual([]);
    });

    test.each<[string, (file: string) => Promise<void>]>([
      ['a byte that changed', async (file) => writeFile(file, (await readFile(file)).fill(1, 5000, 5001))],
      ['an end that is missing', (file) => truncate(file, 5000)],
      ['nothing in it', (file) => truncate(file, 0)],
      ['what others wrote', (file) => writeFile(file, 'no engine')],
    ])('a kept file with %s is told of and built anew', async (_what, spoil) => {
      await open();
      const file = await engineFile();
      await spoil(file);
      const session = await open();
      expect(told).toContain(`expected ${file} as it was written; made anew 0`);
      expect(await session.run(PIXELS)).toEqual(stubAnswer(PIXELS));
      await open();
      const steps = (await notes()).filter((line) => !line.startsWith('copied'));
      expect(steps).toEqual(['built fp16', 'loaded', 'built fp16 with timings', 'loaded', 'loaded']);
    });

    test('the file of another network under this name is none of it', async () => {
      await open([], {}, stubNetwork('another'));
      const another = await engineFile();
      const aside = join(cache, 'aside');
      await rename(another, aside);
      await open();
      await rename(aside, await engineFile());
      await open();
      expect((await notes()).filter((line) => line.startsWith('built'))).toHaveLength(3);
    });

    test('an engine that TensorRT does not take any more is built anew', async () => {
      await open();
      await expect(opened(['refuses-plans'])).rejects.toThrow('Serialization');
      expect(told.join()).toContain('expected TensorRT to take what it had built of tiny; built anew');
    });

    test('an engine for which memory is short stays as it is', async () => {
      await open();
      await expect(opened(['load-memory'])).rejects.toMatchObject({ failure: 'memory' });
      await open();
      expect(await notes()).toEqual(['built fp16', 'loaded', 'loaded']);
    });

    test('four engines are kept', async () => {
      for (const more of ['1', '2', '3', '4', '5']) await open([], {}, stubNetwork(more));
      expect((await readdir(cache)).filter((name) => name.endsWith('.engine'))).toHaveLength(4);
    });

    test.runIf(disk?.isMounted === true)('a full disk: it works, and says why nothing is kept', async () => {
      const session = await open([], { cache: disk!.path });
      expect(told.join()).toMatch(/expected to keep \S+\.engine, received No space left on device/);
      expect(await session.run(PIXELS)).toEqual(stubAnswer(PIXELS));
      expect((await readdir(disk!.path)).filter((name) => !name.endsWith('.timings'))).toEqual([]);
    });

    test('killed while it builds: nothing is left, and the next one builds', async () => {
      const opening = opened(['build-hangs']);
      opening.catch(() => {});
      await expect.poll(notes).toEqual(['built fp16']);
      const [pid] = await enginesOf(process.pid);
      process.kill(pid!, 'SIGKILL');
      await expect(opening).rejects.toThrow('SIGKILL');
      expect(await readdir(cache)).toEqual([]);
      await open();
    });

    const integers =
      'expected floats for tiny, as Stub of a GPU (sm_62) has no int8, received QuantizeLinear';
    const head = version === '10' ? 'node 3 GridSample head' : 'node 3';
    test.each<[string[], string, string]>([
      [['no-device'], 'other', 'expected a GPU for TensorRT, received no CUDA-capable device is detected'],
      [['no-device-memory'], 'memory', 'received out of memory'],
      [
        ['context-memory'],
        'memory',
        'expected TensorRT to make room for tiny, received 1: Cuda Runtime (out of memory)',
      ],
      [
        ['build-memory'],
        'memory',
        'expected TensorRT to build tiny, received 2: [utils.cpp::f::1] Error Code 2: OutOfMemory',
      ],
      [
        ['build-fails'],
        'other',
        'expected TensorRT to build tiny, received 10: Could not find any implementation',
      ],
      [
        ['parser'],
        'files',
        `expected TensorRT to read tiny, received No importer registered for op: GridSample (${head})`,
      ],
      [['quantized', 'no-int8'], 'files', integers],
      [['older'], 'other', 'received 7.2.3: build it again (cspcam engines build tensorrt)'],
    ])('%s', async (faults, failure, message) => {
      await expect(opened(faults)).rejects.toMatchObject({
        failure,
        message: expect.stringContaining(message),
      });
    });

    test('precisions by device and network', async () => {
      expect((await open(['no-half'])).identity.precision).toBe('fp32');
      expect((await open(['quantized'], {}, stubNetwork('quantized'))).identity.precision).toBe('int8');
    });

    test('a device by its name, and one that is not there', async () => {
      expect((await open([], { device: 'cuda:1' })).identity.device).toBe('Another stub (sm_62)');
      await expect(opened([], { device: 'cuda:7' })).rejects.toThrow(
        'expected a device from cuda:0 to cuda:1, received cuda:7',
      );
    });

    test('what is no network', async () => {
      for (const bytes of [new Uint8Array(100), stubNetwork().slice(0, 40)])
        await expect(opened([], {}, bytes)).rejects.toMatchObject({ failure: 'files' });
    });

    test('a frame for which memory is short fails alone', async () => {
      const session = await open(['no-frame-memory']);
      await expect(session.run(PIXELS)).rejects.toMatchObject({ failure: 'memory' });
      expect(session.pid).toBeDefined();
    });

    test('a library that is missing is named', async () => {
      const library = join(stub.libraries, 'libnvinfer.so');
      await rename(library, `${library}.away`);
      try {
        await expect(opened()).rejects.toThrow(/libnvinfer\.so: cannot open shared object file/);
      } finally {
        await rename(`${library}.away`, library);
      }
    });
  });
});
