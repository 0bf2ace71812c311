// Model folder + frames -> model folder in int8, and what each layer costs.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { CspcamError, expected } from '#common/errors.js';
import { readNetwork } from '../../../models/darknet/network.js';
import { readWeights } from '../../../models/darknet/weights.js';
import type { ModelDescription } from '../../../models/folder/description.js';
import { readDarknetPair, readModelFolder, writeModelFolder } from '../../../models/folder/folder.js';
import { encodeOnnx } from '../../../models/onnx/encode.js';
import { composeOnnx } from '../../../models/onnx/write.js';
import { integerForm } from '../../../models/passes/optimize-for-cpu.js';
import type { Calibration } from '../../../models/quantize/calibrate.js';
import { plotErrors } from '../../../models/quantize/plot.js';
import {
  calibrateNetwork,
  candidates,
  type Quantizable,
  quantizeProgram,
} from '../../../models/quantize/quantize.js';
import { type Method, methods } from '../../../models/quantize/range.js';
import { type LayerError, layerErrors, layersOf, worstLayers } from '../../../models/quantize/sensitivity.js';
import { act, newCommand } from '../command.js';
import { writeDrawing } from '../drawing.js';
import { wholeNumber } from '../numbers.js';
import { showProgress } from '../progress.js';
import { calibrationFrames } from './calibration-frames.js';
import { print, sentence, summary } from './text.js';

interface QuantizeArguments {
  readonly data: string;
  readonly split?: string;
  readonly pictures: number;
  readonly method: Method;
  readonly biasCorrection: boolean;
  readonly amx?: true;
  readonly keepFp32?: string;
  readonly sensitivity?: true;
  readonly out: string;
  readonly name?: string;
  readonly json?: true;
}

// Enough for an order of the layers: one run of the network for each of them and each picture.
const SENSITIVITY_PICTURES = 4;

export function quantizeCommand(): Command {
  return newCommand('quantize', {
    summary: 'turn a model folder into int8, calibrated on pictures or a clip',
    examples: [
      'cspcam models quantize models/yolo --data pictures/ --out models/yolo-int8',
      'cspcam models quantize models/yolo --data coco/annotations.json --split train --out models/yolo-int8',
      'cspcam models quantize models/yolo --data clip.mp4 --keep-fp32 5 --out models/yolo-int8',
    ],
  })
    .argument('<directory>', 'model folder with its Darknet files')
    .requiredOption('--data <source>', 'folder of pictures, COCO annotations (.json), or a video or camera')
    .option('--split <name>', 'only the pictures that the annotations give this split')
    .option('--pictures <count>', 'pictures or frames to calibrate on', wholeNumber, 64)
    .addOption(
      new Option('--method <name>', 'how ranges of activations are chosen').choices(methods).default('mse'),
    )
    .option('--no-bias-correction', 'leave biases as they are')
    .option('--amx', 'large kernels in the form that x86 processors with AMX run faster, and others slower')
    .option('--keep-fp32 <layers>', 'leave the worst so many layers, or those named, in floats')
    .option('--sensitivity', 'write sensitivity.json, .svg and .png: the error of each layer in int8 alone')
    .requiredOption('--out <directory>', 'model folder to write')
    .option('--name <name>', 'name of the model (default: the old one and -int8)')
    .option('--json', 'print the summary as JSON')
    .action(act(runQuantize));
}

async function runQuantize(directory: string, options: QuantizeArguments): Promise<void> {
  const { description, ...folder } = await readModelFolder(directory);
  const darknet = await readDarknetPair({ description, ...folder });
  const network = quantizable(description, darknet.cfg, darknet.weights);
  const wanted = keepList(options.keepFp32);
  if (typeof wanted !== 'number') checkNames(wanted, network);

  const calibration = await calibrated(network, options);
  const { method, biasCorrection: correctBias } = options;
  const forAmx = options.amx === true;
  const errors =
    options.sensitivity || typeof wanted === 'number'
      ? await measured(network, calibration, options)
      : undefined;
  const kept = typeof wanted === 'number' ? worstLayers(errors!, wanted) : wanted;
  const program = quantizeProgram(network.program, calibration, {
    method,
    correctBias,
    forAmx,
    keep: new Set(kept),
  });
  const name = options.name ?? `${description.name}-int8`;
  const { files: _, ...described } = description;
  const written = await writeModelFolder(
    options.out,
    {
      ...described,
      name,
      precision: 'int8',
      quantization: {
        method,
        data: options.data,
        ...(options.split !== undefined && { split: options.split }),
        pictures: calibration.pictures,
        biasCorrection: correctBias,
        ...(forAmx && { forAmx }),
        keptFp32: kept,
      },
    },
    encodeOnnx(program, name),
    darknet,
  );
  if (errors) await writeErrors(options.out, name, errors, kept);
  if (options.json) print(JSON.stringify(summary(written.description)));
  else print(`${options.out}: ${sentence(written.description)}`);
}

function quantizable({ name, input }: ModelDescription, cfg: string, weights: Uint8Array): Quantizable {
  const graph = readNetwork(cfg, `${name}.cfg`);
  const plain = composeOnnx(graph, readWeights(weights, graph, `${name}.weights`), { input: 'uint8' });
  return { name, input, program: integerForm(plain) };
}

/** A number of layers, or names. */
function keepList(text: string | undefined): number | string[] {
  if (text === undefined) return [];
  return /^\d+$/.test(text) ? Number(text) : text.split(',').map((name) => name.trim());
}

function checkNames(names: readonly string[], network: Quantizable): void {
  const known = candidates(network.program).map(({ output }) => output);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw expected(`nodes of the network, as sensitivity.json names them`, '--keep-fp32', unknown);
}

async function calibrated(network: Quantizable, options: QuantizeArguments): Promise<Calibration> {
  const progress = showProgress('calibration', options.pictures);
  async function* shown() {
    for await (const pixels of calibrationFrames(options, network.input)) {
      yield pixels;
      progress.advance();
    }
  }
  try {
    const calibration = await calibrateNetwork(network, shown());
    if (calibration.pictures === 0) throw expected('at least one frame', '--data', options.data);
    return calibration;
  } finally {
    progress.end();
  }
}

async function measured(
  network: Quantizable,
  calibration: Calibration,
  options: QuantizeArguments,
): Promise<LayerError[]> {
  const pictures: Uint8Array[] = [];
  const few = { ...options, pictures: SENSITIVITY_PICTURES };
  for await (const pixels of calibrationFrames(few, network.input)) pictures.push(pixels);
  const progress = showProgress('layers', layersOf(network).length);
  const errors: LayerError[] = [];
  try {
    const { method, biasCorrection: correctBias, amx } = options;
    const how = { method, correctBias, forAmx: amx === true };
    for await (const error of layerErrors(network, calibration, how, pictures)) {
      errors.push(error);
      progress.advance();
    }
  } finally {
    progress.end();
  }
  return errors;
}

async function writeErrors(
  directory: string,
  name: string,
  errors: readonly LayerError[],
  kept: readonly string[],
): Promise<void> {
  const table = errors.map((error) => ({ ...error, sqnrDb: Number(error.sqnrDb.toFixed(2)) }));
  try {
    await writeFile(join(directory, 'sensitivity.json'), `${JSON.stringify(table, undefined, 2)}\n`);
    const plot = plotErrors(name, errors, new Set(kept));
    for (const file of ['sensitivity.svg', 'sensitivity.png'])
      await writeDrawing(plot, join(directory, file));
  } catch (error) {
    throw new CspcamError(`expected to write into ${directory}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
