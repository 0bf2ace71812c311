// Name or directory, size and precision -> a model folder that is just that; made in a temporary folder where it is not there.

import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { expected } from '#common/errors.js';
import type { Precision } from '../../../models/cost/work.js';
import { type DarknetModel, importDarknet } from '../../../models/darknet/model.js';
import type { ModelDescription } from '../../../models/folder/description.js';
import {
  DESCRIPTION_FILE,
  hasRanges,
  type ModelFolder,
  readDarknetPair,
  writeModelFolder,
} from '../../../models/folder/folder.js';
import { buildDarknet } from '../../../models/networks/build.js';
import { findNetwork, isSystem } from '../../../models/networks/catalogue.js';
import { calibratedRanges, quantizableProgram } from '../../../models/quantize/quantize.js';
import type { Method } from '../../../models/quantize/range.js';
import { encodeRanges } from '../../../models/quantize/ranges-file.js';
import { calibrateNetwork, pixelsOf } from '../../../models/quantize/run-program.js';
import { choiceOf } from '../../../models/runtime/network.js';
import type { Frame, InputSize } from '../../../pipelines/frame.js';
import { expectGoingOn } from '../../bench/interrupted.js';
import { CLIP } from '../../bench/picture.js';
import { weightsOf } from '../../bench/task.js';
import { chosenModel } from '../../inference/bundled-models.js';
import { calibrationFrames } from '../models/calibration-frames.js';

/** What int8 is calibrated on, where it is made here: time hardly depends on it. */
export interface CalibrationData {
  /** For model.json. */
  readonly data: string;
  /** Pixels are planar RGB bytes, (3, H, W). */
  readonly frames: (input: Required<InputSize>) => AsyncIterable<Pick<Frame, 'pixels'>>;
}

export interface Wanted {
  /** Of `models list`, or a model folder; nothing for the one that comes with the package. */
  readonly model?: string;
  /** Pixels; nothing for its own. */
  readonly size?: number;
  /** Nothing for what the agent would run. */
  readonly precision?: Precision;
  readonly provider: string;
  /** Default frames of the street clip. */
  readonly calibration?: CalibrationData;
}

export interface Found {
  readonly folder: ModelFolder;
  readonly precision: Precision;
  /** Where none was asked for; a line. */
  readonly precisionReason?: string;
  readonly weights: 'trained' | 'random';
}

/** Ranges of activations decide about accuracy; the time of a network hardly depends on them. */
const CALIBRATION_PICTURES = 8;
const METHOD: Method = 'mse';
const STREET: CalibrationData = {
  data: CLIP,
  frames: (input) => calibrationFrames({ data: [CLIP], pictures: CALIBRATION_PICTURES }, input),
};

/** @param temporary a folder for what has to be made */
export async function findFolder(wanted: Wanted, temporary: string, signal: AbortSignal): Promise<Found> {
  const { model } = wanted;
  const isFolder = model === undefined || existsSync(join(model, DESCRIPTION_FILE)) || !isSystem(model);
  return isFolder ? ofFolder(wanted, temporary, signal) : ofCatalogue(model, wanted, temporary, signal);
}

async function ofFolder(
  { model, size, precision, provider, calibration }: Wanted,
  temporary: string,
  signal: AbortSignal,
): Promise<Found> {
  const folder = await chosenModel(model);
  const { description } = folder;
  expectDetector(description);
  const own = precision === undefined ? await choiceOf(folder, provider) : undefined;
  const weights = weightsOf(description);
  const chosen = precision ?? own!.precision;
  const why = own && { precisionReason: own.reason };
  const sameSize = (size ?? description.input.width) === description.input.width;
  if (sameSize && (chosen === 'fp32' || (chosen === 'int8' && hasRanges(folder))))
    return { folder, precision: chosen, ...why, weights };
  if (description.files['network.cfg'] === undefined)
    throw expected(
      `${sameSize ? 'a precision' : 'the size'} that ${description.name} has, as only Darknet networks are made anew,`,
      sameSize ? '--precision' : '--size',
      sameSize ? chosen : size,
    );
  const { cfg, weights: bytes } = await readDarknetPair(folder);
  const { name, provenance, labels } = description;
  const made = importDarknet(
    {
      cfg: { text: cfg, file: `${name}.cfg` },
      weights: { bytes, file: `${name}.weights` },
      names: { text: labels.join('\n'), file: `${name}.names` },
    },
    { name, provenance, ...(size !== undefined && { size }) },
  );
  return { ...(await write(made, chosen, { temporary, signal, calibration })), ...why, weights };
}

async function ofCatalogue(
  name: string,
  { size, precision = 'fp32', calibration }: Wanted,
  temporary: string,
  signal: AbortSignal,
): Promise<Found> {
  const system = findNetwork(name);
  if (system.task !== 'detection') throw expected('a detector', '--model', `${name}, a classifier`);
  const seed = 0;
  const { cfg, weights, graph } = buildDarknet(system, size === undefined ? {} : { size }, seed);
  const classes = graph.layers.flatMap(({ layer }) => (layer.kind === 'yolo' ? layer.classes : []))[0] ?? 0;
  const made = importDarknet(
    {
      cfg: { text: cfg, file: `${name}.cfg` },
      weights: { bytes: weights, file: `${name}.weights` },
      names: {
        text: Array.from({ length: classes }, (_, i) => `class ${i}`).join('\n'),
        file: `${name}.names`,
      },
    },
    { name, provenance: { format: 'catalogue', network: name, weights: { seed } } },
  );
  return { ...(await write(made, precision, { temporary, signal, calibration })), weights: 'random' };
}

interface WriteOptions {
  readonly temporary: string;
  readonly signal: AbortSignal;
  readonly calibration: CalibrationData | undefined;
}

async function write(
  { description, network, darknet }: DarknetModel,
  precision: Precision,
  { temporary, signal, calibration = STREET }: WriteOptions,
): Promise<Pick<Found, 'folder' | 'precision'>> {
  const { name, input } = description;
  if (precision === 'fp16') throw expected('fp32 or int8', '--precision', precision);
  // Another network may have the same name.
  const directory = await mkdtemp(join(temporary, `${name}-${input.width}-${precision}-`));
  if (precision === 'fp32')
    return { folder: await writeModelFolder(directory, description, network, darknet), precision };
  const { pictures, ranges } = await calibrated(description, darknet, calibration, signal);
  const quantization = {
    method: METHOD,
    data: calibration.data,
    pictures,
    biasCorrection: true,
    keptFp32: [],
  };
  const folder = { ...description, precision, quantization };
  return { folder: await writeModelFolder(directory, folder, network, darknet, ranges), precision };
}

async function calibrated(
  { name, input }: DarknetModel['description'],
  darknet: DarknetModel['darknet'],
  { frames }: CalibrationData,
  signal: AbortSignal,
): Promise<{ pictures: number; ranges: Uint8Array }> {
  const program = quantizableProgram(darknet, name);
  const seen = await calibrateNetwork(
    { name, input, program },
    pixelsOf(untilAborted(frames(input), signal)),
  );
  const ranges = calibratedRanges(program, seen, { method: METHOD, correctBias: true });
  return { pictures: seen.pictures, ranges: encodeRanges(ranges) };
}

async function* untilAborted<T>(items: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  for await (const item of items) {
    expectGoingOn(signal);
    yield item;
  }
}

function expectDetector({ name, decoder }: ModelDescription): void {
  if (decoder.kind === 'softmax') throw expected('a detector', '--model', `${name}, a classifier`);
}
