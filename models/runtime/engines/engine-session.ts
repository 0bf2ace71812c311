// Network + engine -> Session whose runs happen in a process of their own: a crash in a driver costs that process.

import { createHash } from 'node:crypto';
import { type AnswerLimits, AnswerTime } from '#common/answer-time.js';
import { expected } from '#common/errors.js';
import { expectWhileAwake } from '#common/time-limit.js';
import type { Runnable } from '../onnxruntime.js';
import type { Outputs, Session } from '../session.js';
import { type EngineEvents, EngineProcess, type EngineProgram, failureIn } from './engine-process.js';
import { expectProtocol, HELLO_MS } from './hello.js';
import {
  bytesOf,
  countIn,
  type Message,
  type SlotLayout,
  slotLayout,
  type TensorShape,
  tensorsIn,
  textIn,
} from './protocol.js';
import { SharedFile } from './shared-file.js';
import { systemCallsBeside } from './system-calls.js';
import { isAtWork } from './thread-states.js';

export interface EngineOptions {
  /** Of one run; 0 lets the engine choose. */
  readonly threads: number;
  /** `auto`: whatever is fastest on the device and no coarser than 16 bits. */
  readonly precision: 'auto' | 'fp32';
  /** As the engine calls it; default its first. */
  readonly device?: string | undefined;
  /** Folder for what it builds; default nowhere. */
  readonly cache?: string | undefined;
  /** Of a build that takes long, 0 to 1. */
  readonly onProgress?: ((stage: string, part: number) => void) | undefined;
}

/** What answers, for people. */
export interface EngineIdentity {
  readonly engine: string;
  readonly version: string;
  readonly device: string;
  readonly precision: string;
}

/** One frame that is computed, one that is written, or read. */
const SLOTS = 2;
/** They come around: V8 keeps the text of each number that it has not met of late, long enough for it to grow old. */
const FRAME_NUMBERS = 256;
/** Three times what the largest input and the boxes of all its cells take: an engine that is mistaken must not fill the memory. */
const LARGEST_SLOT_BYTES = 2 ** 29;
const MAP_MS = 5000;
/** Below those of the daemon, which would open all anew; the first frame fetches memory and fills caches. */
const LIMITS: AnswerLimits = { firstMs: 30_000, leastMs: 1000 };
/** For one that is late and at work: a busy machine may keep it from a processor for seconds. Below the daemon's limit, too. */
const LONGEST_AT_WORK_MS = 4000;

interface Pending {
  readonly frame: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** @throws ModelError for what the engine cannot run, CspcamError for one that is not there or speaks otherwise */
export async function openEngine(
  program: EngineProgram,
  network: Uint8Array,
  model: Runnable,
  options: EngineOptions,
): Promise<EngineSession> {
  const calls = systemCallsBeside(program.file);
  const [frames, file] = [new SharedFile(calls), new SharedFile()];
  let session: EngineSession | undefined;
  const engine = await (async () => {
    file.write(network);
    const events: EngineEvents = {
      onMessage: (message) => {
        if (message.kind === 'progress')
          options.onProgress?.(textIn(message, 'stage'), countIn(message, 'percent') / 100);
        else session?.take(message);
      },
      onFailure: (error) => session?.fail(error),
    };
    return new EngineProcess(program, [frames.descriptor, file.descriptor], events, calls);
  })()
    .catch((error: unknown) => {
      frames.close();
      throw error;
    })
    .finally(() => file.close());
  try {
    const hello = await engine.expect('hello', HELLO_MS);
    expectProtocol(hello, program.name);
    const { threads, precision, device, cache } = options;
    const { name, width, height } = model.input;
    engine.send('open', {
      ...{ name: model.name, bytes: network.length, sha256: sha256(network), threads, precision },
      ...{ input: name, width, height },
      ...(device !== undefined && { device }),
      ...(cache !== undefined && { cache }),
    });
    const ready = await engine.expect('ready');
    const tensors = [...inputOf(ready, model), ...tensorsIn(ready, 'outputs')];
    const layout = slotLayout(tensors);
    if (layout.bytes > LARGEST_SLOT_BYTES)
      throw expected(
        `at most ${LARGEST_SLOT_BYTES} bytes`,
        'a frame of the engine and what is found in it',
        layout.bytes,
      );
    frames.resize(SLOTS * layout.bytes);
    engine.send('map', { slots: SLOTS, bytes: layout.bytes });
    await engine.expect('mapped', MAP_MS);
    const identity = {
      engine: textIn(hello, 'engine'),
      version: textIn(hello, 'version'),
      device: textIn(ready, 'device'),
      precision: textIn(ready, 'precision'),
    };
    session = new EngineSession(program.name, identity, engine, frames, tensors, layout);
    return session;
  } catch (error) {
    engine.kill(error as Error);
    await engine.end();
    frames.close();
    throw error;
  }
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** The picture that every network of ours takes. */
function inputOf(ready: Message, { input }: Runnable): TensorShape[] {
  const tensors = tensorsIn(ready, 'input');
  const wanted = [1, 3, input.height, input.width];
  const [tensor] = tensors;
  if (tensors.length !== 1 || tensor!.type !== 'u8' || tensor!.dims.join() !== wanted.join())
    throw expected(`bytes of ${wanted.join('x')}`, 'input of the engine', textIn(ready, 'input'));
  return tensors;
}

export class EngineSession implements Session {
  readonly isOnThread = false;
  readonly #engine: EngineProcess;
  readonly #frames: SharedFile;
  readonly #tensors: readonly TensorShape[];
  readonly #layout: SlotLayout;
  readonly #free = Array.from({ length: SLOTS }, (_, slot) => slot);
  readonly #waiting: ((slot: number) => void)[] = [];
  /** As many as there are slots. A Map would make V8 lay out a table anew with each frame, among what is old by then. */
  #pending: readonly Pending[] = [];
  #frame = 0;
  readonly #answers = new AnswerTime(LIMITS);
  #failure: Error | undefined;
  #closed: Promise<void> | undefined;

  constructor(
    readonly provider: string,
    readonly identity: EngineIdentity,
    engine: EngineProcess,
    frames: SharedFile,
    tensors: readonly TensorShape[],
    layout: SlotLayout,
  ) {
    this.#engine = engine;
    this.#frames = frames;
    this.#tensors = tensors;
    this.#layout = layout;
  }

  /** Of the engine, for who watches it. */
  get pid(): number | undefined {
    return this.#engine.pid;
  }

  run(pixels: Uint8Array): Promise<Outputs> {
    return this.runInPlace(pixels, copied);
  }

  async runInPlace<Value>(pixels: Uint8Array, read: (outputs: Outputs) => Value): Promise<Value> {
    const [input] = this.#tensors;
    if (pixels.length !== bytesOf(input!))
      throw expected(`${bytesOf(input!)} bytes`, 'a frame', pixels.length);
    // The one used last is in the processor's caches.
    const slot = this.#free.pop() ?? (await new Promise<number>((free) => this.#waiting.push(free)));
    try {
      if (this.#failure !== undefined) throw this.#failure;
      this.#frames.write(pixels, slot * this.#layout.bytes);
      await this.#compute(slot);
      return read(this.#outputsOf(slot));
    } finally {
      this.#release(slot);
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  take(message: Message): void {
    try {
      const frame = countIn(message, 'frame');
      const pending = this.#pendingOf(frame);
      if (pending === undefined) throw expected('a frame that it was given', `"${message.kind}"`, frame);
      if (message.kind === 'failed') pending.reject(failureIn(message));
      else if (message.kind === 'done') pending.resolve();
      else throw expected('"done" or "failed"', 'the engine', message.kind);
      this.#pending = this.#pending.filter((other) => other !== pending);
    } catch (error) {
      this.#engine.kill(error as Error);
    }
  }

  fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#pending) reject(error);
    this.#pending = [];
  }

  #pendingOf(frame: number): Pending | undefined {
    return this.#pending.find((pending) => pending.frame === frame);
  }

  async #compute(slot: number): Promise<void> {
    const frame = this.#frame;
    this.#frame = (frame + 1) % FRAME_NUMBERS;
    const begunMs = performance.now();
    const answer = new Promise<void>((resolve, reject) => {
      this.#pending = [...this.#pending, { frame, resolve, reject }];
    });
    this.#engine.send('infer', { frame, slot });
    const { limitMs } = this.#answers;
    const waitedMs = this.#engine.hear(() => this.#pendingOf(frame) === undefined, limitMs);
    if (this.#pendingOf(frame) !== undefined) await this.#whileAtWork(frame, answer, limitMs, waitedMs);
    await answer;
    this.#answers.took(performance.now() - begunMs);
  }

  /** @throws CspcamError for one that hangs, which is then gone, or what the engine failed of */
  async #whileAtWork(frame: number, answer: Promise<void>, limitMs: number, waitedMs: number): Promise<void> {
    try {
      await expectWhileAwake(limitMs, answer, 'an answer', `engine ${this.provider}`, waitedMs);
    } catch (error) {
      const { pid } = this.#engine;
      const isBusy = limitMs < LONGEST_AT_WORK_MS && pid !== undefined && (await isAtWork(pid));
      if (this.#pendingOf(frame) === undefined) return answer;
      if (isBusy) return this.#whileAtWork(frame, answer, LONGEST_AT_WORK_MS, limitMs);
      // Late, not failed: it would write into the slot of another frame.
      this.#engine.kill(error as Error);
      throw error;
    }
  }

  /** For as long as the slot is this frame's. */
  #outputsOf(slot: number): Outputs {
    const base = slot * this.#layout.bytes;
    return new Map(
      this.#tensors.slice(1).map((tensor, i) => {
        const bytes = this.#frames.bytes(base + this.#layout.offsets[i + 1]!, bytesOf(tensor));
        return [tensor.name, floatsOf(tensor, bytes)];
      }),
    );
  }

  #release(slot: number): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(slot);
    else next(slot);
  }

  async #close(): Promise<void> {
    await this.#engine.end();
    this.fail(expected('an engine that is open', `engine ${this.provider}`, 'a closed one'));
    this.#frames.close();
  }
}

const copied = (outputs: Outputs): Outputs =>
  new Map(Array.from(outputs, ([name, values]) => [name, values.slice()]));

/** Labels and counts may be integers. */
function floatsOf(
  { type, dims }: TensorShape,
  { buffer, byteOffset }: Uint8Array<ArrayBuffer>,
): Float32Array {
  const count = dims.reduce((product, size) => product * size, 1);
  switch (type) {
    case 'f32':
      return new Float32Array(buffer, byteOffset, count);
    case 'u8':
      return Float32Array.from(new Uint8Array(buffer, byteOffset, count));
    case 'i32':
      return Float32Array.from(new Int32Array(buffer, byteOffset, count));
    case 'i64':
      return Float32Array.from(new BigInt64Array(buffer, byteOffset, count), Number);
  }
}
