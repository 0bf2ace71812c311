// A model folder -> a detector in a real worker thread, and everything that can go wrong with one.

import { execFile } from 'node:child_process';
import { getEventListeners, once } from 'node:events';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type ModelFolder, readModelFolder } from '../../../models/folder/folder.js';
import type { Detector } from '../../../models/runtime/detector.js';
import { openDetector, startDetector } from '../../../models/runtime/open.js';
import { removeUnfinished, unfinishedName } from '../../../models/runtime/unfinished.js';
import { BRIGHT_SIZE, brightModel } from '../../support/bright-model.js';

const options = { provider: 'cpu', threads: 1, minScore: 0.5 };
const BYTES = 3 * BRIGHT_SIZE * BRIGHT_SIZE;
const CELL = 8;

/** Black, white in the cell at x, y. */
function frameWithSpot(x: number, y: number): ArrayBuffer {
  const planes = new Uint8Array(BYTES);
  for (let plane = 0; plane < 3; plane++)
    for (let row = 0; row < CELL; row++) {
      const from = (plane * BRIGHT_SIZE + y * CELL + row) * BRIGHT_SIZE + x * CELL;
      planes.fill(255, from, from + CELL);
    }
  return planes.buffer;
}

let folder: ModelFolder;
beforeAll(async () => {
  folder = await readModelFolder(await brightModel());
});

const opened: Detector[] = [];
afterEach(async () => {
  for (const detector of opened.splice(0)) await detector.close();
});
async function open(detector: Promise<Detector>): Promise<Detector> {
  opened.push(await detector);
  return opened.at(-1)!;
}

describe('a detector', () => {
  test('finds, says who runs it, and gives the buffer back', async () => {
    const detector = await open(openDetector(folder, options));
    expect(detector).toMatchObject({ provider: 'cpu', model: { name: 'bright' } });
    const pixels = frameWithSpot(3, 5);
    const before = new Uint8Array(pixels.slice(0));
    const answer = detector.detect(pixels);
    expect(pixels.byteLength).toBe(0);
    const result = await answer;
    expect(result.inputBoxes).toEqual([
      { label: 'bright', classIndex: 0, score: expect.closeTo(1, 4), box: [24, 40, 32, 48] },
    ]);
    expect(new Uint8Array(result.pixels)).toEqual(before);
    expect(result.inferenceMs).toBeGreaterThan(0);
    expect(result.decodeMs).toBeGreaterThanOrEqual(0);
  });

  test('answers in the order of the questions, also after it was told to close', async () => {
    const detector = await open(openDetector(folder, options));
    const spots = Array.from({ length: 8 }, (_, i) => i);
    const answers = spots.map((x) => detector.detect(frameWithSpot(x, 0)));
    const closed = detector.close();
    const found = (await Promise.all(answers)).map(({ inputBoxes }) => inputBoxes[0]!.box[0]);
    expect(found).toEqual(spots.map((x) => x * CELL));
    await closed;
  });

  test('closes twice, and refuses what comes later', async () => {
    const detector = await openDetector(folder, options);
    await Promise.all([detector.close(), detector.close()]);
    await detector.close();
    await expect(detector.detect(new ArrayBuffer(BYTES))).rejects.toThrow(
      'expected the inference thread to run, it has ended',
    );
  });

  test('refuses frames of another size and goes on', async () => {
    const detector = await open(openDetector(folder, options));
    await expect(detector.detect(new ArrayBuffer(100))).rejects.toThrow(
      `expected ${BYTES} bytes (3 x ${BRIGHT_SIZE} x ${BRIGHT_SIZE}) for a frame of bright, received 100`,
    );
    const pixels = frameWithSpot(0, 0);
    const first = detector.detect(pixels);
    await expect(detector.detect(pixels)).rejects.toThrow('received 0');
    expect((await first).inputBoxes).toHaveLength(1);
  });

  test('rejects a frame that the network or the decoder fails on and goes on', async () => {
    const [head] = folder.description.decoder.kind === 'yolo' ? folder.description.decoder.heads : [];
    const decoder = { ...folder.description.decoder, heads: [{ ...head!, output: 'yolo_9' }] };
    const wrong = { ...folder, description: { ...folder.description, decoder } } as ModelFolder;
    const detector = await open(openDetector(wrong, options));
    for (let frame = 0; frame < 2; frame++)
      await expect(detector.detect(new ArrayBuffer(BYTES))).rejects.toThrow(
        'inference failed: expected one of yolo_1 for an output of the decoder, received yolo_9',
      );
  });

  test('rejects a head of another size than model.json says', async () => {
    const text = JSON.stringify(folder.description).replaceAll('"width":20', '"width":10');
    const detector = await open(openDetector({ ...folder, description: JSON.parse(text) }, options));
    await expect(detector.detect(new ArrayBuffer(BYTES))).rejects.toThrow(
      'expected 1200 values for yolo_1, received 2400',
    );
  });
});

describe('no detector', () => {
  // Nobody has either library where these tests run.
  test.each([
    ['nonsense', /^expected one of cpu, .* for the provider, received nonsense$/],
    ['tensorrt', /^expected cspcam-engine-tensorrt in .* for provider tensorrt, received none$/],
  ])('for provider %s', async (provider, message) => {
    await expect(openDetector(folder, { ...options, provider })).rejects.toThrow(message);
  });

  test.each([
    ['changed', (bytes: Buffer) => bytes.fill(7, 40, 50)],
    ['cut', (bytes: Buffer) => bytes.subarray(0, 500)],
  ])('of a network that was %s', async (_, spoil) => {
    const broken = await readModelFolder(await brightModel());
    const file = join(broken.directory, 'model.onnx');
    writeFileSync(file, spoil(readFileSync(file)));
    await expect(openDetector(broken, options)).rejects.toThrow(
      /^expected sha256 .*: the file was changed or cut; copy the model folder again, or make it anew with cspcam models import$/,
    );
  });

  test('of a file that is no network', async () => {
    const broken = await readModelFolder(await brightModel());
    copyFileSync(join(broken.directory, 'model.json'), join(broken.directory, 'model.onnx'));
    const { createHash } = await import('node:crypto');
    const sha256 = createHash('sha256')
      .update(readFileSync(join(broken.directory, 'model.onnx')))
      .digest('hex');
    const files = { 'model.onnx': { sha256, bytes: 1 } };
    await expect(
      openDetector({ ...broken, description: { ...broken.description, files } }, options),
    ).rejects.toThrow(/^expected bright to load on provider cpu, received: .+$/);
  });
});

describe('a worker that', () => {
  const worker = (program: string) =>
    new Worker(`const { parentPort } = require('node:worker_threads');\n${program}`, { eval: true });
  const ready = `parentPort.postMessage({ kind: 'ready', provider: 'test' });`;

  test.each([
    ['throws at its start', 'throw new Error("no memory")', 'inference failed: no memory'],
    ['ends at its start', 'process.exit(3)', 'expected the inference thread to start, it has ended'],
    [
      'speaks out of turn',
      `parentPort.postMessage({ kind: 'result' }); parentPort.on('message', () => {})`,
      'expected the inference thread to get ready',
    ],
  ])('%s', async (_, program, message) => {
    const { signal } = new AbortController();
    await expect(startDetector(worker(program), folder.description, { signal })).rejects.toThrow(message);
    // Node would keep one that is made of others for its listener, and the thread with it.
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test.each([
    ['throws', 'throw new Error("no memory")', 'inference failed: no memory'],
    ['ends', 'process.exit(3)', 'expected the inference thread to run, it has ended'],
  ])('%s with frames waiting', async (_, program, message) => {
    const detector = await open(
      startDetector(worker(`${ready} parentPort.on('message', () => { ${program} });`), folder.description),
    );
    const answers = [1, 2, 3].map(() => detector.detect(new ArrayBuffer(BYTES)));
    const outcomes = await Promise.allSettled(answers);
    expect(outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason.message)).toEqual([
      message,
      message,
      message,
    ]);
    await expect(detector.detect(new ArrayBuffer(BYTES))).rejects.toThrow(message);
    await detector.close();
  });

  test('hangs is ended by close', async () => {
    const detector = await startDetector(
      worker(`${ready} parentPort.on('message', () => { for (;;); });`),
      folder.description,
    );
    const answer = detector.detect(new ArrayBuffer(BYTES)).catch((error: Error) => error.message);
    await detector.close();
    expect(await answer).toBe('expected the inference thread to run, it has ended');
  });

  test('is in ONNX Runtime for longer than the limit is waited for: ended there, it would abort the process', async () => {
    const isBusy = new Int32Array(new SharedArrayBuffer(4));
    const program = `const { workerData: isBusy, parentPort } = require('node:worker_threads');
      parentPort.on('message', (message) => {
        if (message === 'close') return parentPort.close();
        Atomics.store(isBusy, 0, 1);
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2500);
        Atomics.store(isBusy, 0, 0);
        parentPort.postMessage({ kind: 'result', result: { inputBoxes: [] }, pixels: message.pixels });
      });
      ${ready}`;
    const thread = new Worker(program, { eval: true, workerData: isBusy });
    const detector = await startDetector(thread, folder.description, { isBusy });
    const answer = detector.detect(new ArrayBuffer(BYTES));
    await detector.close();
    expect((await answer).pixels.byteLength).toBe(BYTES);
  });

  test('loads for longer than the limit, and heeds nothing then, is ended once it has loaded', async () => {
    const isBusy = new Int32Array(new SharedArrayBuffer(4)).fill(1);
    const program = `const { workerData: isBusy } = require('node:worker_threads');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2500);
      Atomics.store(isBusy, 0, 0);
      for (;;);`;
    const thread = new Worker(program, { eval: true, workerData: isBusy });
    const exited = once(thread, 'exit');
    const abort = new AbortController();
    const opening = startDetector(thread, folder.description, { signal: abort.signal, isBusy });
    abort.abort(new Error('SIGTERM'));
    await expect(opening).rejects.toThrow('SIGTERM');
    await exited;
    expect(Atomics.load(isBusy, 0)).toBe(0);
  });

  test.each([
    ['gets ready late', `setTimeout(() => { ${ready} }, 50); parentPort.once('message', () => {})`],
    ['never gets ready, and heeds the end', `parentPort.once('message', () => {})`],
    ['never gets ready, and heeds nothing', 'for (;;);'],
    ['ends by itself', 'process.exit(3)'],
  ])('%s is ended by an abort of the opening', async (_, program) => {
    const abort = new AbortController();
    const thread = worker(program);
    const opening = startDetector(thread, folder.description, { signal: abort.signal });
    abort.abort(new Error('SIGTERM'));
    await expect(opening).rejects.toThrow('SIGTERM');
    expect(thread.threadId).toBe(-1);
  });
});

test.each([0, 1, 10, 100, 1000])('an opening aborted after %i ms leaves no thread', async (afterMs) => {
  const abort = new AbortController();
  const opening = openDetector(folder, { ...options, sessions: 2, signal: abort.signal });
  setTimeout(() => abort.abort(new Error('SIGTERM')), afterMs);
  const outcome = await opening.then(
    async (detector) => {
      await detector.close();
      return 'SIGTERM';
    },
    (error: Error) => error.message,
  );
  expect(outcome).toBe('SIGTERM');
  expect((process.report.getReport() as unknown as { workers: object[] }).workers).toEqual([]);
});

test('a thread that is not wanted any more while it loads its modules is not terminated, as Node leaves their files open', async () => {
  const [dist, support] = ['../../../dist/models', '../../support'].map((path) =>
    resolve(import.meta.dirname, path),
  );
  const program = `
    import { readModelFolder } from '${dist}/folder/folder.js';
    import { openDetector } from '${dist}/runtime/open.js';
    const abort = new AbortController();
    const model = await readModelFolder('${folder.directory}');
    // The thread that loads modules for others has begun by now.
    process.on('worker', (worker) => {
      worker.on('online', () => abort.abort(new Error('SIGTERM')));
      worker.on('exit', (code) => console.log('the thread ended with', code));
    });
    const opening = openDetector(model, { provider: 'cpu', threads: 1, signal: abort.signal });
    await opening.catch(({ message }) => console.log(message));`;
  const file = join(mkdtempSync(join(tmpdir(), 'opening-')), 'opening.mjs');
  writeFileSync(file, program);
  const { stdout } = await promisify(execFile)(process.execPath, [
    `--import=${support}/slow-modules.mjs`,
    file,
  ]);
  expect(stdout).toBe('the thread ended with 0\nSIGTERM\n');
});

test('the networks that a process has not finished go with it, others stay', async () => {
  const cache = mkdtempSync(join(tmpdir(), 'cache-'));
  const whole = ['key.1a2b3c4d.onnx', `key.${process.pid + 1}-other.new`];
  for (const name of [...whole, unfinishedName('key')]) writeFileSync(join(cache, name), '');
  removeUnfinished(cache);
  removeUnfinished(join(cache, 'missing'));
  expect(readdirSync(cache).toSorted()).toEqual(whole.toSorted());
});

test('aborted before, nothing is opened', async () => {
  const signal = AbortSignal.abort(new Error('SIGTERM'));
  await expect(openDetector(folder, { ...options, signal })).rejects.toThrow('SIGTERM');
});
