// Model folder + frames -> model folder that runs in int8 by the ranges of its values, and what each layer costs.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { readCpuFeatures } from '#common/cpu-features.js';
import { CspcamError, expected, UsageError } from '#common/errors.js';
import { encodeFloats } from '../../../models/darknet/model.js';
import type { ModelDescription } from '../../../models/folder/description.js';
import {
  hasDarknetFiles,
  hasRanges,
  RANGES_FILE,
  readDarknetPair,
  readNetworkFile,
  writeModelFolder,
} from '../../../models/folder/folder.js';
import type { Calibration } from '../../../models/quantize/calibrate.js';
import type { IntegerForm } from '../../../models/quantize/forms/form.js';
import { chooseForm } from '../../../models/quantize/forms/registry.js';
import { plotErrors } from '../../../models/quantize/plot.js';
import { quantizableOf } from '../../../models/quantize/quantizable.js';
import {
  calibratedRanges,
  candidates,
  type IntegerCover,
  integerCover,
} from '../../../models/quantize/quantize.js';
import { type Method, methods } from '../../../models/quantize/range.js';
import { encodeRanges, parseRanges } from '../../../models/quantize/ranges-file.js';
import { calibrateNetwork, type Pixels, type Quantizable } from '../../../models/quantize/run-program.js';
import { type LayerError, layerErrors, layersOf, worstLayers } from '../../../models/quantize/sensitivity.js';
import { choiceOf } from '../../../models/runtime/network.js';
import { lostPoints, MOST_LOST } from '../../../models/runtime/precision.js';
import { isPicture } from '../../../pipelines/file-kind.js';
import type { Frame } from '../../../pipelines/frame.js';
import { chosenModel } from '../../inference/bundled-models.js';
import { listOf } from '../bench/lists.js';
import { actInOrder, newCommand } from '../command.js';
import { writeDrawing } from '../drawing.js';
import { minutes, wholeNumber } from '../numbers.js';
import { showProgress } from '../progress.js';
import { calibrationFrames, spread } from './calibration-frames.js';
import { type CameraChoice, cameraFrames } from './camera-frames.js';
import { type ComparedNetwork, type Measured, measureInt8 } from './int8-accuracy.js';
import {
  annotatedPictures,
  annotationsOf,
  type MeasureChoice,
  measuredPictures,
} from './measured-pictures.js';
import { print, sentence, summary } from './text.js';

type QuantizeArguments = MeasureChoice & CameraChoice & QuantizeOptions;

interface QuantizeOptions {
  readonly pictures: number;
  readonly minutes: number;
  readonly method: Method;
  readonly biasCorrection: boolean;
  readonly keepFp32?: string;
  readonly sensitivity?: true;
  readonly out: string;
  readonly name?: string;
  readonly json?: true;
}

// Enough for an order of the layers: one run of the network for each of them and each picture.
const SENSITIVITY_PICTURES = 4;
/** Of the worst layers, where nobody says which stay in floats and too much is lost: until it is not. */
const KEPT_IN_TURN = [2, 4, 8] as const;

export function quantizeCommand(): Command {
  return newCommand('quantize', {
    summary: 'a copy of a model folder that runs in int8, calibrated on pictures or a clip',
    examples: [
      'cspcam models quantize models/yolo --data pictures/ --out models/yolo-int8',
      'cspcam models quantize models/yolo --data coco/annotations.json --split train --out models/yolo-int8',
      'cspcam models quantize models/yolo --data clip.mp4 --keep-fp32 5 --out models/yolo-int8',
      'cspcam models quantize models/yolo --camera all --config cspcam.yaml --minutes 10 --out models/yolo-int8',
    ],
  })
    .argument('<directory>', 'model folder, or default or small')
    .option(
      '--data <source>',
      'folder of pictures, COCO annotations (.json), or a video or camera; given several times, as many of each',
      (source: string, before: readonly string[] = []) => [...before, source],
    )
    .option('--camera <list>', 'cameras of --config to calibrate on, as front,yard, or all', listOf(String))
    .option('--config <file>', 'configuration with the cameras; an agent may be running with it')
    .option('--minutes <number>', 'how long the cameras are watched', minutes, 5)
    .option('--still', 'of cameras, also frames in which nothing moves')
    .option('--split <name>', 'only the pictures that the annotations give this split')
    .option('--pictures <count>', 'pictures or frames to calibrate on', wholeNumber, 64)
    .addOption(
      new Option('--method <name>', 'how ranges of activations are chosen').choices(methods).default('mse'),
    )
    .option('--no-bias-correction', 'leave biases as they are')
    .option(
      '--keep-fp32 <layers>',
      'leave the worst so many layers, or those named, in floats (default: as few as keep int8 within its limit)',
    )
    .option('--sensitivity', 'write sensitivity.json, .svg and .png: the error of each layer in int8 alone')
    .option('--eval <file>', 'COCO annotations to measure what int8 loses on (default: those of --data)')
    .option('--eval-split <name>', 'of those, only the pictures of this split')
    .requiredOption('--out <directory>', 'model folder to write')
    .option('--name <name>', 'name of the model (default: the old one, and -int8 where it ran in fp32)')
    .option('--json', 'print the summary as JSON')
    .action(actInOrder(runQuantize, { isPatient: true }));
}

/** @throws UsageError for options that contradict each other */
function checked(given: Partial<QuantizeArguments> & QuantizeOptions): QuantizeArguments {
  const { data = [], camera = [], config = '' } = given;
  if ((data.length === 0) === (camera.length === 0))
    throw new UsageError('expected --data or --camera, one of them');
  if ((camera.length === 0) !== (config === ''))
    throw new UsageError('expected --camera and --config together');
  const options = { ...given, data, camera, config };
  if (options.evalSplit !== undefined && annotationsOf(options) === undefined)
    throw new UsageError('expected annotations (.json), by --eval or --data, beside --eval-split');
  return options;
}

function titleOf({ data, camera }: Pick<QuantizeArguments, 'data' | 'camera'>): string {
  return camera.length > 0 ? `cameras: ${camera.join(', ')}` : data.join(', ');
}

/** Calibrated on pictures as its input takes them. */
interface Subject extends Quantizable {
  readonly input: ModelDescription['input'];
}

async function runQuantize(
  directory: string,
  given: Partial<QuantizeArguments> & QuantizeOptions,
  signal: AbortSignal,
): Promise<void> {
  const options = checked(given);
  const folder = await chosenModel(directory);
  const { description } = folder;
  const darknet = hasDarknetFiles(folder) ? await readDarknetPair(folder) : undefined;
  // The network of an int8 folder of earlier versions is in integers.
  const isInFloats = description.precision !== 'int8' || hasRanges(folder);
  const floats = isInFloats ? await readNetworkFile(folder) : encodeFloats(darknet!, description.name);
  const { input } = description;
  const network: Subject = {
    name: description.name,
    input,
    program: await quantizableOf(folder),
  };
  const wanted = keepList(options.keepFp32);
  if (typeof wanted !== 'number') checkNames(wanted, network);

  // Before minutes of calibration.
  await annotatedPictures(options);
  const { calibration, kept: frames } = await calibrated(network, options, signal);
  const { method, biasCorrection: correctBias } = options;
  let errors =
    options.sensitivity || typeof wanted === 'number'
      ? await measured(network, calibration, frames, options)
      : undefined;
  let kept = typeof wanted === 'number' ? worstLayers(errors!, wanted) : wanted;
  const encoded = encodeRanges(calibratedRanges(network.program, calibration, { method, correctBias }));
  // With the digits that are kept: one bias that is rounded otherwise may move a box.
  const ranges = parseRanges(Buffer.from(encoded).toString('utf8'), network.program, RANGES_FILE);
  const name =
    options.name ?? (description.precision === 'int8' ? description.name : `${description.name}-int8`);
  const { files: _, ...described } = description;
  const { form } = chooseForm('cpu', await readCpuFeatures());
  const found = (keep: readonly string[]) =>
    compare({ description, floats, network, ranges, keep: new Set(keep) }, frames, options);
  let { accuracy, speed } = await found(kept);
  if (options.keepFp32 === undefined && losesTooMuch(accuracy, form)) {
    errors ??= await measured(network, calibration, frames, options);
    for (const count of KEPT_IN_TURN) {
      signal.throwIfAborted();
      const worst = worstLayers(errors, count);
      const tried = await found(worst);
      if (lostPoints(tried.accuracy!, form.name) < lostPoints(accuracy!, form.name)) {
        kept = worst;
        ({ accuracy, speed } = tried);
      }
      if (!losesTooMuch(accuracy, form)) break;
    }
  }
  const written = await writeModelFolder(
    options.out,
    {
      ...described,
      name,
      precision: 'int8',
      quantization: {
        method,
        data: titleOf(options),
        ...(options.split !== undefined && { split: options.split }),
        pictures: calibration.pictures,
        biasCorrection: correctBias,
        keptFp32: kept,
        ...(accuracy && { accuracy }),
        ...(speed && { speed }),
      },
    },
    floats,
    darknet,
    encoded,
  );
  if (options.sensitivity || typeof wanted === 'number') await writeErrors(options.out, name, errors!, kept);
  const integers = integerCover(network.program, ranges, { keep: new Set(kept), form });
  if (options.json) return print(JSON.stringify({ ...summary(written.description), integers }));
  const { reason } = await choiceOf(written, 'cpu');
  print([`${options.out}: ${sentence(written.description)}`, coverText(integers), reason].join('\n'));
}

function losesTooMuch(accuracy: Measured['accuracy'], form: IntegerForm): boolean {
  return accuracy !== undefined && lostPoints(accuracy, form.name) > MOST_LOST[accuracy.of];
}

function coverText({ convolutions, inIntegers, inFloats }: IntegerCover): string {
  const others = Object.entries(inFloats)
    .toSorted(([, a], [, b]) => b - a)
    .map(([operator, count]) => `${operator} ${count}`);
  const head = `${inIntegers} of ${convolutions} convolutions in integers`;
  return others.length === 0 ? head : `${head}; in floats: ${others.join(', ')}`;
}

/** A number of layers, or names. */
function keepList(text: string | undefined): number | string[] {
  if (text === undefined) return [];
  return /^\d+$/.test(text) ? Number(text) : text.split(',').map((name) => name.trim());
}

function checkNames(names: readonly string[], network: Subject): void {
  const known = candidates(network.program).map(({ output }) => output);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw expected(`nodes of the network, as sensitivity.json names them`, '--keep-fp32', unknown);
}

/** What was calibrated on is kept where it cannot be read again. */
async function calibrated(
  network: Subject,
  options: QuantizeArguments,
  signal: AbortSignal,
): Promise<{ readonly calibration: Calibration; readonly kept: readonly Frame[] }> {
  const progress = showProgress('calibration', options.pictures);
  const kept: Frame[] = [];
  async function* shown() {
    const frames =
      options.camera.length > 0
        ? cameraFrames(options, network.input, (line) => process.stderr.write(`${line}\n`), signal)
        : calibrationFrames(options, network.input);
    for await (const frame of frames) {
      signal.throwIfAborted();
      if (!isPicture(frame.source)) kept.push(frame);
      yield new Uint8Array(frame.pixels);
      progress.advance();
    }
  }
  try {
    const calibration = await calibrateNetwork(network, shown());
    if (calibration.pictures === 0)
      throw expected('at least one frame', 'the calibration', `none of ${titleOf(options)}`);
    return { calibration, kept };
  } finally {
    progress.end();
  }
}

async function compare(
  network: ComparedNetwork,
  frames: readonly Frame[],
  options: QuantizeArguments,
): Promise<Measured> {
  const measured = await measuredPictures(options, frames, network.description.input);
  const pictures = { ...measured, data: measured.data || titleOf(options) };
  const progress = showProgress('what int8 loses', pictures.count);
  try {
    return await measureInt8(network, pictures, await readCpuFeatures(), () => progress.advance());
  } finally {
    progress.end();
  }
}

async function measured(
  network: Subject,
  calibration: Calibration,
  frames: readonly Frame[],
  options: QuantizeArguments,
): Promise<LayerError[]> {
  const pictures: Pixels[] = [];
  const few = { ...options, pictures: SENSITIVITY_PICTURES };
  const seen =
    options.camera.length > 0 ? spread(frames, few.pictures) : calibrationFrames(few, network.input);
  for await (const { pixels } of seen) pictures.push(new Uint8Array(pixels));
  const progress = showProgress('layers', layersOf(network).length);
  const errors: LayerError[] = [];
  try {
    const { method, biasCorrection: correctBias } = options;
    const { form } = chooseForm('cpu', await readCpuFeatures());
    for await (const error of layerErrors(network, calibration, { method, correctBias, form }, pictures)) {
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
