// Whoever runs a network -> the same answers, the same manners: in this process, in another one, in OpenVINO.

import { readdir } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readModelFolder, readNetworkFile } from '../../../../models/folder/folder.js';
import type { EngineProgram } from '../../../../models/runtime/engines/engine-process.js';
import { openEngine } from '../../../../models/runtime/engines/engine-session.js';
import { findEngine } from '../../../../models/runtime/engines/registry.js';
import { openOnnxRuntime, type Runnable } from '../../../../models/runtime/onnxruntime.js';
import type { Outputs, Session } from '../../../../models/runtime/session.js';
import { BRIGHT_SIZE, brightModel } from '../../../support/bright-model.js';
import { closeAfterEach } from '../../../support/ending.js';
import {
  buildOpenvino,
  enginesOf,
  openvinoHere,
  referenceEngine,
  referenceWithCalls,
} from '../../../support/engines.js';
import { isAlive } from '../../../support/processes.js';

type Open = (network: Uint8Array, model: Runnable) => Promise<Session>;

const closeLater = closeAfterEach();
const openvino = openvinoHere();
const onThread: Open = (network, model) => openOnnxRuntime(network, model, { provider: 'cpu', threads: 1 });
const inProcess =
  (program: () => EngineProgram | Promise<EngineProgram>): Open =>
  async (network, model) =>
    openEngine(await program(), network, model, { threads: 1, precision: 'fp32' });

let builtOpenvino: string | undefined;
let withCalls: EngineProgram;
const openvinoEngine = async () => (await findEngine('openvino', [builtOpenvino!]))!;
/** Each in turn holds to the same. */
const all: [string, boolean, Open][] = [
  ['ONNX Runtime on the thread', true, onThread],
  ['the reference engine', true, inProcess(() => referenceEngine)],
  ['the reference engine, waited for on the thread', true, inProcess(() => withCalls)],
  ['OpenVINO', openvino !== undefined, inProcess(openvinoEngine)],
];
const engines = all.slice(1);

let network: Uint8Array;
let model: Runnable;

beforeAll(async () => {
  const folder = await readModelFolder(await brightModel());
  network = await readNetworkFile(folder);
  model = folder.description;
  withCalls = await referenceWithCalls();
  if (openvino !== undefined) builtOpenvino = await buildOpenvino(openvino);
}, 120_000);

const BYTES = 3 * BRIGHT_SIZE * BRIGHT_SIZE;
const picture = (seed: number) => new Uint8Array(BYTES).map((_, i) => (i * 7919 + seed * 104_729) % 251);
const sharedFiles = async () => (await readdir('/dev/shm')).filter((name) => name.startsWith('cspcam-'));

describe.each(all)('%s', (_name, isHere, open) => {
  test.runIf(isHere)('answers as ONNX Runtime does, also where several ask at once', async () => {
    const [session, oracle] = [await open(network, model), await onThread(network, model)];
    closeLater(session);
    closeLater(oracle);
    const asked = Array.from({ length: 8 }, (_, seed) => picture(seed));
    const answers = await Promise.all(asked.map((pixels) => session.run(pixels)));
    for (const [i, pixels] of asked.entries()) expectAlike(answers[i]!, await oracle.run(pixels));
    expect(answers[0]!.size).toBe(1);
  });

  test.runIf(isHere)('an answer stays as it is when others come', async () => {
    const session = closeLater(await open(network, model));
    const first = await session.run(picture(1));
    const before = [...first.values()].map((values) => values.slice());
    for (let seed = 2; seed < 6; seed++) await session.run(picture(seed));
    expect([...first.values()]).toEqual(before);
  });

  test.runIf(isHere)('what is read in place is the same', async () => {
    const session = closeLater(await open(network, model));
    const asked = Array.from({ length: 8 }, (_, seed) => picture(seed));
    const read = await Promise.all(asked.map((pixels) => session.runInPlace(pixels, sumsOf)));
    for (const [i, pixels] of asked.entries()) expect(read[i]).toEqual(sumsOf(await session.run(pixels)));
    const failing = session.runInPlace(picture(1), () => {
      throw new Error('no such label');
    });
    await expect(failing).rejects.toThrow('no such label');
    await expect(session.run(picture(1))).resolves.toBeDefined();
  });

  test.runIf(isHere)('a picture of another size is refused, and the next is answered', async () => {
    const session = closeLater(await open(network, model));
    await expect(session.run(new Uint8Array(17))).rejects.toThrow();
    await expect(session.run(picture(1))).resolves.toBeDefined();
  });

  test.runIf(isHere)('what is no network is refused', async () => {
    for (const bytes of [new Uint8Array(100), network.slice(0, network.length >> 1), new Uint8Array(1)])
      await expect(open(bytes, model)).rejects.toThrow();
    expect(await enginesOf(process.pid)).toEqual([]);
    expect(await sharedFiles()).toEqual([]);
  });

  test.runIf(isHere)('a closed one answers no more', async () => {
    const session = await open(network, model);
    await session.run(picture(1));
    await session.close();
    await expect(session.run(picture(1))).rejects.toThrow();
    expect(await enginesOf(process.pid)).toEqual([]);
  });
});

describe.each(engines)('%s in a process of its own', (_name, isHere, open) => {
  test.runIf(isHere).each(['SIGKILL', 'SIGSEGV', 'SIGSTOP'] as const)(
    '%s: the frame fails soon, and nothing is left',
    async (signal) => {
      const session = await open(network, model);
      await session.run(picture(1));
      const [pid] = await enginesOf(process.pid);
      process.kill(pid!, signal);
      await expect(session.run(picture(2))).rejects.toThrow(/^expected .* engine /);
      await expect(session.run(picture(3))).rejects.toThrow(/^expected .* engine /);
      await session.close();
      expect(isAlive(pid!)).toBe(false);
      expect(await sharedFiles()).toEqual([]);
    },
  );

  test.runIf(isHere)(
    'stays where everybody is told to end: that is the matter of who started it',
    async () => {
      const session = closeLater(await open(network, model));
      const [pid] = await enginesOf(process.pid);
      for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.kill(pid!, signal);
      await wait(100);
      await expect(session.run(picture(1))).resolves.toBeDefined();
    },
  );
});

describe('a program that is no engine', () => {
  const shell = (script: string): EngineProgram => ({ name: 'odd', file: '/bin/sh', args: ['-c', script] });
  test.each<[string, EngineProgram, RegExp]>([
    [
      'is not there',
      { name: 'odd', file: '/nonexistent' },
      /engine odd to start for \/nonexistent, received ENOENT/,
    ],
    [
      'ends',
      shell('echo no such library >&2; exit 127'),
      /engine odd, received exit code 127: no such library$/,
    ],
    ['dies', shell('kill -9 $$'), /engine odd, received SIGKILL$/],
    ['says what is no message', shell('echo "hello, world" >&3; sleep 5'), /expected a message such as/],
    ['speaks another protocol', shell('echo hello protocol=9 >&3; sleep 5'), /protocol 1 .* received 9$/],
    ['says too much', shell('yes x | tr -d "\\n" >&3; sleep 5'), /expected lines of at most 8192 bytes/],
    [
      'takes other pictures',
      shell(
        'echo hello protocol=1 engine=odd version=1 devices=CPU >&3; read line <&3; echo ready device=CPU precision=f32 input=x:f32:1x3x8x8 outputs=y:f32:1 >&3; sleep 5',
      ),
      /expected bytes of 1x3x160x160 for input of the engine, received x:f32:1x3x8x8$/,
    ],
    [
      'gives more than there is room for',
      shell(
        'echo hello protocol=1 engine=odd version=1 devices=CPU >&3; read line <&3; echo ready device=CPU precision=f32 input=x:u8:1x3x160x160 outputs=y:f32:9000000000x9000000000 >&3; sleep 5',
      ),
      /expected at most 536870912 bytes for a frame of the engine and what is found in it, received 324\d+$/,
    ],
    [
      'fails in words',
      shell(
        'echo hello protocol=1 engine=odd version=1 devices=CPU >&3; echo failed class=memory message=no%20room >&3; sleep 5',
      ),
      /^no room$/,
    ],
  ])('%s', async (_what, program, message) => {
    await expect(openEngine(program, network, model, { threads: 1, precision: 'fp32' })).rejects.toThrow(
      message,
    );
    expect(await sharedFiles()).toEqual([]);
  });

  test('answers a frame that it was not given', async () => {
    const script = [
      'echo hello protocol=1 engine=odd version=1 devices=CPU',
      'read line; echo ready device=CPU precision=f32 input=x:u8:1x3x160x160 outputs=y:f32:1',
      'read line; echo mapped; read line; echo "done frame=5 us=1"; sleep 5',
    ];
    const session = await openEngine(shell(`exec <&3 >&3; ${script.join('; ')}`), network, model, {
      threads: 1,
      precision: 'fp32',
    });
    await expect(session.run(picture(1))).rejects.toThrow(
      /expected a frame that it was given for "done", received 5/,
    );
    await session.close();
  });
});

afterAll(async () => expect(await enginesOf(process.pid)).toEqual([]));

const sumsOf = (outputs: Outputs) =>
  Array.from(outputs, ([name, values]) => [name, values.reduce((sum, value) => sum + value, 0)]);

function expectAlike(answer: Outputs, wanted: Outputs): void {
  expect([...answer.keys()]).toEqual([...wanted.keys()]);
  for (const [name, values] of wanted) {
    const given = answer.get(name)!;
    expect(given.length).toBe(values.length);
    const furthest = values.reduce((most, value, i) => Math.max(most, Math.abs(value - given[i]!)), 0);
    expect(furthest).toBeLessThan(1e-4);
  }
}
