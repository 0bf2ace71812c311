// The protocol's side of an engine over ONNX Runtime, in Node: what engines in C++ are held to, and what dies in tests.

import { closeSync, readSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { failureOf } from '../../model-error.js';
import { dimsOfOutputs, openOnnxRuntime, runtimeVersion } from '../onnxruntime.js';
import type { Session } from '../session.js';
import { Control } from './control.js';
import {
  bytesOf,
  countIn,
  type Message,
  PROTOCOL,
  type SlotLayout,
  slotLayout,
  type TensorShape,
  tensorsText,
  textIn,
} from './protocol.js';

const [CONTROL, FRAMES, NETWORK] = [3, 4, 5] as const;

// A service manager and a terminal tell all processes to end; when this one is to end is the agent's matter.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});

let session: Session | undefined;
let tensors: TensorShape[] = [];
let layout: SlotLayout | undefined;
let last = Promise.resolve();

const control = new Control(new Socket({ fd: CONTROL }), {
  onMessage: (message) => {
    if (message.kind === 'ping') control.send('pong');
    else last = last.then(() => answer(message));
  },
  onEnd: () => process.exit(0),
});

async function answer(message: Message): Promise<void> {
  try {
    if (message.kind === 'open') await open(message);
    else if (message.kind === 'map') map(message);
    else if (message.kind === 'infer') await infer(message);
    else if (message.kind === 'end') process.exit(0);
    else throw new Error(`expected open, map, infer, ping or end, received ${message.kind}`);
  } catch (error) {
    const frame = message.fields.get('frame');
    control.send('failed', {
      class: failureOf(error),
      message: (error as Error).message,
      ...(frame !== undefined && { frame }),
    });
  }
}

/** The input is that of every network of ours; the outputs are what a first run gives. */
async function open(message: Message): Promise<void> {
  const network = new Uint8Array(countIn(message, 'bytes'));
  for (let done = 0; done < network.length; )
    done += readSync(NETWORK, network, done, network.length - done, done);
  closeSync(NETWORK);
  const [width, height] = [countIn(message, 'width'), countIn(message, 'height')];
  const input: TensorShape = { name: textIn(message, 'input'), type: 'u8', dims: [1, 3, height, width] };
  const runnable = { name: textIn(message, 'name'), input: { name: input.name, width, height } };
  const outputs = [...(await dimsOfOutputs(network, runnable))].map(
    ([name, dims]): TensorShape => ({ name, type: 'f32', dims }),
  );
  session = await openOnnxRuntime(network, runnable, {
    provider: 'cpu',
    threads: countIn(message, 'threads'),
  });
  tensors = [input, ...outputs];
  control.send('ready', {
    device: 'CPU',
    precision: 'f32',
    input: tensorsText([input]),
    outputs: tensorsText(outputs),
  });
}

function map(message: Message): void {
  layout = slotLayout(tensors);
  if (countIn(message, 'bytes') !== layout.bytes)
    throw new Error(`expected slots of ${layout.bytes} bytes, received ${textIn(message, 'bytes')}`);
  control.send('mapped');
}

async function infer(message: Message): Promise<void> {
  if (session === undefined || layout === undefined)
    throw new Error('expected "open" and "map" before "infer"');
  const begunMs = performance.now();
  const base = countIn(message, 'slot') * layout.bytes;
  const pixels = new Uint8Array(bytesOf(tensors[0]!));
  readSync(FRAMES, pixels, 0, pixels.length, base);
  const outputs = await session.run(pixels);
  tensors.slice(1).forEach(({ name }, i) => {
    const { buffer, byteOffset, byteLength } = outputs.get(name)!;
    writeSync(
      FRAMES,
      new Uint8Array(buffer, byteOffset, byteLength),
      0,
      byteLength,
      base + layout!.offsets[i + 1]!,
    );
  });
  const us = Math.round(1000 * (performance.now() - begunMs));
  control.send('done', { frame: countIn(message, 'frame'), us });
}

control.send('hello', { protocol: PROTOCOL, engine: 'reference', version: runtimeVersion, devices: 'CPU' });
