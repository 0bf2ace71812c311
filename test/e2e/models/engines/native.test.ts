// What engines in C++ share, around one without a vendor, under sanitizers: what no agent of ours would say is one clear
// error, and where an ONNX file declares its input is found in real ones.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Duplex } from 'node:stream';
import { promisify } from 'node:util';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { beforeAll, expect, test } from 'vitest';
import { findNetwork } from '../../../../models/networks/catalogue.js';
import { encodeOnnx } from '../../../../models/onnx/encode.js';
import { composeOnnx, INPUT_NAME } from '../../../../models/onnx/write.js';
import { optimizeForCpu } from '../../../../models/passes/optimize-for-cpu.js';
import { lineOf, messageOf, textIn } from '../../../../models/runtime/engines/protocol.js';
import { SharedFile } from '../../../../models/runtime/engines/shared-file.js';
import { seededNetwork } from '../../../support/seeded-network.js';

const root = resolve(import.meta.dirname, '../../../..');
const NATIVE = join(root, 'models/runtime/engines/native');
const SLOT_BYTES = 4096;
const SIZE = 160;
const OPEN = lineOf('open', { name: 'echo', bytes: 8, threads: 1, precision: 'auto' });
const MAP = lineOf('map', { slots: 2, bytes: SLOT_BYTES });
const END = lineOf('end');

let program: string;

beforeAll(async () => {
  program = join(await mkdtemp(join(tmpdir(), 'echo-')), 'engine');
  await promisify(execFile)('g++', [
    ...['-std=c++14', '-O1', '-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=undefined'],
    ...['-Wall', '-Wextra', '-Wpedantic', '-Wshadow', '-Wconversion', '-Werror', '-pthread', '-I', NATIVE],
    ...[join(root, 'test/support/echo-engine.cpp'), '-o', program],
    ...['common/protocol.cpp', 'common/serve.cpp', 'tensorrt/byte-input.cpp'].map((name) =>
      join(NATIVE, name),
    ),
  ]);
}, 600_000);

interface Said {
  readonly lines: readonly string[];
  readonly code: number | null;
  readonly signal: string | null;
  readonly errors: string;
}

interface Running {
  readonly frames: SharedFile;
  readonly network: SharedFile;
  readonly say: (text: string) => void;
  /** Once it has said this much. */
  readonly line: (count: number) => Promise<string>;
  readonly leave: () => void;
  readonly ended: Promise<Said>;
}

function running(onnx: Uint8Array): Running {
  const [frames, network] = [new SharedFile(), new SharedFile()];
  frames.resize(2 * SLOT_BYTES);
  network.write(onnx);
  const stdio = ['ignore', 'ignore', 'pipe', 'pipe', frames.descriptor, network.descriptor] as const;
  const child = spawn(program, [], { stdio: [...stdio] });
  const [control, stderr] = [child.stdio[3] as Duplex, child.stderr!];
  let [answers, errors] = ['', ''];
  control.on('data', (bytes: Buffer) => {
    answers += bytes.toString('latin1');
  });
  control.on('error', () => {});
  stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const lines = () => answers.split('\n').filter((line) => line !== '');
  return {
    frames,
    network,
    say: (text) => void control.write(text),
    line: async (count) => {
      while (lines().length < count) await once(control, 'data');
      return lines()[count - 1]!;
    },
    leave: () => control.destroy(),
    ended: once(child, 'close').then(([code, signal]) => {
      frames.close();
      network.close();
      return { lines: lines(), code, signal, errors };
    }),
  };
}

function hearing(said: string, onnx: Uint8Array = new Uint8Array(8)): Promise<Said> {
  const { say, ended } = running(onnx);
  say(said);
  return ended;
}

const failureIn = ({ lines }: Said) => {
  const failed = lines.map(messageOf).find(({ kind }) => kind === 'failed');
  return failed === undefined ? undefined : textIn(failed, 'message');
};

test.each<[string, string, string]>([
  ['garbage', '\u0001\u0002\u0003\n', 'expected a message such as "open key=value" for the agent'],
  ['an empty line', '\n', 'expected a message such as "open key=value"'],
  ['an unknown word', 'dance\n', 'expected open, map, infer, ping or end, received dance'],
  ['a key twice', 'open name=a name=b\n', 'expected a message such as'],
  ['half an escape', 'open name=%4\n', 'expected a message such as'],
  ['open without its size', 'open name=a\n', 'expected bytes in "open" for the agent, received none'],
  [
    'a size that is none',
    'open name=a bytes=-1\n',
    'expected a whole number for bytes in "open", received -1',
  ],
  [
    'a size beyond all numbers',
    `open name=a bytes=${'9'.repeat(30)}\n`,
    'expected a whole number for bytes in "open"',
  ],
  [
    'more than the file holds',
    OPEN.replace('bytes=8', 'bytes=9'),
    'expected 9 bytes in descriptor 5, received 8',
  ],
  ['a network of nothing', OPEN.replace('bytes=8', 'bytes=0'), 'expected 0 bytes in descriptor 5'],
  [
    'a sum that names a folder',
    OPEN.replace('\n', ' sha256=../../etc/passwd\n'),
    'expected 64 hexadecimal digits for sha256 in "open", received ../../etc/passwd',
  ],
  ['open twice', OPEN + OPEN, 'expected one "open", received another'],
  ['map before open', MAP, 'expected "map" once, after "open"'],
  ['map twice', OPEN + MAP + MAP, 'expected "map" once, after "open"'],
  ['slots of another size', OPEN + MAP.replace('4096', '64'), 'expected 1 to 64 slots of 4096 bytes'],
  ['no slots', OPEN + MAP.replace('slots=2', 'slots=0'), 'expected 1 to 64 slots of 4096 bytes'],
  ['too many slots', OPEN + MAP.replace('slots=2', 'slots=65'), 'expected 1 to 64 slots of 4096 bytes'],
  [
    'more slots than memory',
    OPEN + MAP.replace('slots=2', 'slots=3'),
    'expected 12288 bytes in descriptor 4',
  ],
  ['a frame without a number', 'infer slot=0\n', 'expected frame in "infer" for the agent, received none'],
])('%s', async (_what, said, message) => {
  const heard = await hearing(said);
  expect(failureIn(heard)).toContain(message);
  expect(heard).toMatchObject({ code: 1, signal: null, errors: '' });
});

test('a slot that is not there fails that frame alone', async () => {
  const slots = [2, 64, 999_999_999].map((slot, frame) => lineOf('infer', { frame, slot })).join('');
  const heard = await hearing(OPEN + MAP + slots + lineOf('infer', { frame: 7, slot: 1 }) + END);
  const kinds = heard.lines.map((line) => messageOf(line).kind);
  expect(kinds.slice(-4)).toEqual(['failed', 'failed', 'failed', 'done']);
  expect(failureIn(heard)).toBe('expected a slot below 2, received 2');
  expect(heard).toMatchObject({ code: 0, errors: '' });
});

test('frames before there are slots fail', async () => {
  const heard = await hearing(lineOf('infer', { frame: 0, slot: 0 }) + END);
  expect(failureIn(heard)).toBe('expected a slot below 0, received 0');
});

const HELD = OPEN.replace('echo', 'held');
const INFER = lineOf('infer', { frame: 0, slot: 1 });
const GO = Buffer.from('g');
/** An input takes less. */
const OUTPUT_AT = SLOT_BYTES + 256;
const untilComputing = ({ frames }: Running) =>
  expect.poll(() => Buffer.from(frames.bytes(OUTPUT_AT, 1)).toString()).toBe('h');

test('a ping is answered while it opens, while it computes, and while it has nothing to do', async () => {
  const engine = running(new Uint8Array(8));
  const { frames, network, say, line, ended } = engine;
  expect(await line(1)).toMatch(/^hello /);
  say(lineOf('ping'));
  expect(await line(2)).toBe('pong');
  say(HELD);
  expect(await line(3)).toMatch(/^progress stage=held /);
  say(lineOf('ping'));
  expect(await line(4)).toBe('pong');
  network.write(GO);
  expect(await line(6)).toMatch(/^ready /);
  say(MAP + INFER);
  await untilComputing(engine);
  say(lineOf('ping'));
  expect(await line(8)).toBe('pong');
  // What else comes meanwhile keeps its order.
  say(lineOf('infer', { frame: 1, slot: 1 }) + lineOf('ping') + END);
  expect(await line(9)).toBe('pong');
  frames.write(GO, SLOT_BYTES);
  const { lines, code } = await ended;
  expect(lines.slice(9).map((one) => textIn(messageOf(one), 'frame'))).toEqual(['0', '1']);
  expect(code).toBe(0);
});

test.each<[string, Uint8Array, (engine: Running) => Promise<unknown>]>([
  ['opens', new Uint8Array(8), ({ line }) => line(2)],
  ['computes', Buffer.from('golf 123'), untilComputing],
])('without an agent it ends, also while it %s', async (_what, onnx, begun) => {
  const engine = running(onnx);
  engine.say(HELD + MAP + INFER);
  await begun(engine);
  engine.leave();
  expect(await engine.ended).toMatchObject({ code: 0, signal: null, errors: '' });
});

test('a line without an end is not collected for ever', async () => {
  const heard = await hearing(`open name=${'a'.repeat(100_000)}`);
  expect(heard).toMatchObject({ code: 2, signal: null });
  expect(heard.errors.trim()).toBe('expected lines of at most 8192 bytes from the agent');
});

test('random lines end in one error, never in a crash', async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const heard = await hearing(`${spoiled(OPEN + MAP, seed)}\n${END}`);
    expect([seed, heard.signal, heard.errors]).toEqual([seed, null, '']);
    expect([0, 1]).toContain(heard.code);
  }
});

const UINT8 = 2;
const FLOAT = 1;
const NOWHERE = 2n ** 64n - 1n;

async function byteInputAt(onnx: Uint8Array): Promise<bigint> {
  const open = OPEN.replace('bytes=8', `bytes=${onnx.length}`);
  const { lines, errors } = await hearing(open + END, onnx);
  expect(errors).toBe('');
  return BigInt(textIn(lines.map(messageOf).find(({ kind }) => kind === 'progress')!, 'stage'));
}

test.each(['csppeleenet-efm-sam', 'yolov4-tiny'])(
  '%s with its input declared as floats answers as with bytes',
  async (name) => {
    const { graph, weights, pixels } = seededNetwork(findNetwork(name), { size: SIZE }, 3);
    const onnx = encodeOnnx(optimizeForCpu(composeOnnx(graph, weights, { input: 'uint8' })), name);
    const at = Number(await byteInputAt(onnx));
    expect(onnx[at]).toBe(UINT8);
    const floats = Uint8Array.from(onnx).fill(FLOAT, at, at + 1);
    const dims = [1, 3, SIZE, SIZE];
    const expected = await answer(onnx, new Tensor('uint8', pixels, dims));
    expect(await answer(floats, new Tensor('float32', Float32Array.from(pixels), dims))).toEqual(expected);
    expect(await byteInputAt(floats)).toBe(NOWHERE);
    for (const part of [0.1, 0.5, 0.9, 0.999])
      await byteInputAt(onnx.slice(0, Math.floor(part * onnx.length)));
  },
);

test.each([
  ['zeros', new Uint8Array(100)],
  ['ones', new Uint8Array(100).fill(255)],
  [
    'the length of more than the file',
    Uint8Array.of(0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f),
  ],
  ['the begin of a length', Uint8Array.of(0x3a, 0x80)],
])('no input of bytes: %s', async (_what, bytes) => {
  expect(await byteInputAt(bytes)).toBe(NOWHERE);
});

async function answer(onnx: Uint8Array, pixels: Tensor): Promise<unknown[]> {
  const session = await InferenceSession.create(onnx, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const outputs = await session.run({ [INPUT_NAME]: pixels });
  await session.release();
  return Object.values(outputs).map(({ data }) => data);
}

/** Some characters replaced by others, by a seed. */
function spoiled(text: string, seed: number): string {
  let state = seed * 2_654_435_761;
  const next = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % below;
  };
  const characters = [...text];
  for (let i = 0; i < 4; i++) characters[next(characters.length)] = String.fromCharCode(next(256));
  return characters.join('');
}
