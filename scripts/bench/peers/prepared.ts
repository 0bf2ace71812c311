// A network -> its files in every form that an engine reads, made by the product's own commands, kept in a folder.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { readCpuFeatures } from '#common/cpu-features.js';
import { CspcamError } from '#common/errors.js';
import { packageFile } from '#common/package.js';
import { calibrationFrames } from '../../../agent/cli/models/calibration-frames.js';
import { outputNames } from '../../../models/decode/registry.js';
import type { ModelDescription } from '../../../models/folder/description.js';
import { DESCRIPTION_FILE, readModelFolder } from '../../../models/folder/folder.js';
import { amx } from '../../../models/quantize/forms/amx.js';
import { eightBits } from '../../../models/quantize/forms/eight-bits.js';
import type { IntegerForm } from '../../../models/quantize/forms/form.js';
import { chooseForm } from '../../../models/quantize/forms/registry.js';
import { integerNetwork } from '../../../models/quantize/integer-network.js';
import { EngineProcess, lastLine } from './engine-process.js';
import { PEER, type Python, pythonWith } from './pythons.js';

export interface Prepared {
  readonly description: ModelDescription;
  /** Of the raw outputs. */
  readonly outputs: readonly string[];
  /** One frame, planar RGB bytes. */
  readonly pixels: string;
  /** Form -> file; a form that could not be made is missing. */
  readonly files: Readonly<Partial<Record<Form, string>>>;
}

export type Form =
  | 'cfg'
  | 'weights'
  | 'plain'
  | 'fast'
  | 'int8'
  | 'int8Amx'
  | 'openvinoInt8'
  | 'ncnnParam'
  | 'ncnnBin';

export interface PrepareOptions {
  /** Where the files are kept; those that are there are taken. */
  readonly folder: string;
  /** A clip or pictures: what int8 is calibrated on, and the frame under the clock. */
  readonly data: string;
  /** A model folder in int8 in place of one that `models quantize` makes. */
  readonly int8?: string;
  /** Also the form for AMX. */
  readonly forAmx: boolean;
  readonly pythons: readonly Python[];
  readonly onStep: (text: string) => void;
}

const FRAMES = 40;
const run = promisify(execFile);

/** @param network a model folder, or a name of the catalogue, which gets weights by a seed */
export async function prepare(network: string, options: PrepareOptions): Promise<Prepared> {
  const { folder, data, pythons, onStep } = options;
  await mkdir(folder, { recursive: true });
  const make = async (file: string, maker: (out: string) => Promise<unknown>) => {
    if (!existsSync(file)) {
      onStep(basename(file));
      await maker(file);
    }
    return file;
  };
  const isFolder = existsSync(join(network, DESCRIPTION_FILE));
  const fast = isFolder
    ? network
    : await make(join(folder, 'fast'), (out) => cspcam('build', network, '--seed', '0', '--out', out));
  const { description } = await readModelFolder(fast);
  // Of another network of the same name, other files.
  const kept = join(folder, description.files['model.onnx']!.sha256.slice(0, 12));
  await mkdir(kept, { recursive: true });
  const at = (name: string) => join(kept, name);
  const size = [description.input.width, description.input.height];
  const plain = await make(at('plain.onnx'), async (out) => {
    await cspcam('export', fast, '--format', 'onnx', '--out', kept);
    await rename(at(`${description.name}.onnx`), out);
  });
  const ranged =
    options.int8 ??
    (await make(at('ranged'), (out) => cspcam('quantize', fast, '--data', data, '--out', out)));
  const inForm = (form: IntegerForm) =>
    make(at(`int8-${form.name}.onnx`), async (out) =>
      writeFile(out, await integerNetwork(await readModelFolder(ranged), form)),
    );
  const { form } = chooseForm('cpu', await readCpuFeatures());
  const int8 = await inForm(form === amx ? eightBits : form);
  const int8Amx = options.forAmx && (await inForm(amx));
  const frames = await make(at('frames'), async (out) => {
    const pictures: Uint8Array[] = [];
    const choice = { data: [data], pictures: FRAMES };
    for await (const { pixels } of calibrationFrames(choice, description.input))
      pictures.push(new Uint8Array(pixels));
    await writeFile(out, Buffer.concat(pictures));
  });
  // Where people are, not where the clip begins.
  const pixels = await make(at('pixels'), async (out) => {
    const bytes = 3 * description.input.width * description.input.height;
    const all = await readFile(frames);
    const middle = Math.floor(all.length / bytes / 2) * bytes;
    await writeFile(out, all.subarray(middle, middle + bytes));
  });

  const convert = async (to: string, file: string, python: Python | undefined) => {
    if (!python) return undefined;
    const job = { to, onnx: plain, out: at(to), frames, size };
    try {
      return await make(at(file), () => ask(python, { convert: job }));
    } catch (error) {
      onStep(`${to}: ${(error as Error).message}`);
      return undefined;
    }
  };
  const openvinoInt8 = await convert(
    'openvino-int8',
    'openvino-int8.xml',
    pythonWith(pythons, 'openvino', 'nncf'),
  );
  const ncnnParam = await convert('ncnn', 'ncnn.param', pythonWith(pythons, 'ncnn', 'pnnx'));
  return {
    description,
    outputs: outputsOf(description),
    pixels,
    files: {
      cfg: join(fast, 'network.cfg'),
      weights: join(fast, 'network.weights'),
      plain,
      fast: join(fast, 'model.onnx'),
      int8,
      ...(int8Amx && { int8Amx }),
      ...(openvinoInt8 && { openvinoInt8 }),
      ...(ncnnParam && { ncnnParam, ncnnBin: at('ncnn.bin') }),
    },
  };
}

/** Forgets what an earlier run has made. */
export function forget(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true });
}

function outputsOf({ decoder, input }: ModelDescription): string[] {
  return decoder.kind === 'softmax' ? [decoder.output] : outputNames(decoder, input);
}

async function cspcam(...models: string[]): Promise<void> {
  await run(process.execPath, [packageFile('dist/agent/cli/main.js'), 'models', ...models]).catch(
    (error: Error & { stderr: string }) => {
      throw new CspcamError(
        `${lastLine(error.stderr).replace('cspcam: ', '')} (of cspcam models ${models.join(' ')})`,
        {
          cause: error,
        },
      );
    },
  );
}

async function ask(python: Python, request: object): Promise<void> {
  const engine = new EngineProcess([python.path, PEER]);
  try {
    await engine.ask(request);
  } finally {
    await engine.close();
  }
}
