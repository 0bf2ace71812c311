// Model folder + COCO annotations -> average precision of the whole path: letterbox, network, decode, NMS.

import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { toSource } from '../../models/decode/geometry.js';
import type { Detection } from '../../models/detection.js';
import {
  type CocoAnnotations,
  type Evaluation,
  evaluate,
  parseAnnotations,
} from '../../models/evaluate/coco.js';
import { readModelFolder } from '../../models/folder/folder.js';
import type { Detector } from '../../models/runtime/detector.js';
import { openDetector } from '../../models/runtime/open.js';
import { FramePool } from '../../pipelines/frame-pool.js';
import { readImage } from '../../pipelines/images.js';
import { expected } from '../errors.js';
import { act, newCommand } from './command.js';
import { showProgress } from './progress.js';

interface EvalOptions {
  readonly data: string;
  readonly images?: string;
  readonly split?: string;
  readonly minScore: number;
  readonly json?: true;
}

// Far below what anyone would show: precision is averaged over the whole recall curve.
const MIN_SCORE = 0.001;

export function evalCommand(): Command {
  return newCommand('eval', {
    summary: 'average precision (COCO) of a model folder on annotated pictures',
    examples: [
      'cspcam models eval models/yolo --data coco/annotations.json',
      'cspcam models eval models/yolo --data coco/annotations.json --split val --json',
    ],
  })
    .argument('<directory>', 'model folder')
    .requiredOption('--data <file>', 'annotations in COCO format')
    .option('--images <directory>', 'pictures (default: images/ beside the annotations)')
    .option('--split <name>', 'only the pictures that the annotations give this split')
    .option('--min-score <score>', 'ignore detections below', score, MIN_SCORE)
    .option('--json', 'print as JSON')
    .action(act(runEval));
}

async function runEval(directory: string, options: EvalOptions): Promise<void> {
  const folder = await readModelFolder(directory);
  const text = await readFile(options.data, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw expected('a readable file', options.data, error.code ?? error.message, error);
  });
  const coco = parseAnnotations(text, options.data);
  const pictures = choose(coco, options);
  const detector = await openDetector(folder, { provider: 'cpu', threads: 0, minScore: options.minScore });
  try {
    const sourceBoxes = await detectAll(detector, pictures);
    const evaluation = evaluate(coco, sourceBoxes, folder.description.labels);
    const how = { model: folder.description.name, data: options.data, split: options.split ?? null };
    const scale = { resize: 'letterbox', minScore: options.minScore };
    print(
      options.json
        ? JSON.stringify({ ...how, ...scale, ...evaluation })
        : report(evaluation, folder.description.name),
    );
  } finally {
    await detector.close();
  }
}

interface Picture {
  readonly id: number;
  readonly file: string;
}

function choose(coco: CocoAnnotations, { data, images, split }: EvalOptions): Picture[] {
  const folder = images ?? join(dirname(data), 'images');
  const chosen = coco.images.filter((image) => split === undefined || image.split === split);
  if (chosen.length === 0) {
    const splits = [...new Set(coco.images.map((image) => image.split ?? 'none'))];
    throw expected(`a split that is in ${data} (${splits.join(', ')})`, '--split', split);
  }
  return chosen.map(({ id, file_name }) => ({ id, file: join(folder, file_name) }));
}

/** @returns boxes in source pixels by picture */
async function detectAll(
  detector: Detector,
  pictures: readonly Picture[],
): Promise<Map<number, Detection[]>> {
  const pool = new FramePool();
  const found = new Map<number, Detection[]>();
  const progress = showProgress('pictures', pictures.length);
  const detectIn = async ({ id, file }: Picture) => {
    const frame = await readImage(file, detector.model.input, pool);
    const { inputBoxes, pixels } = await detector.detect(frame.pixels);
    pool.release(pixels);
    found.set(
      id,
      inputBoxes.map((detection) => ({ ...detection, box: toSource(detection.box, frame) })),
    );
    progress.advance();
  };
  try {
    // Two at a time: while the network runs on one, the next is decoded.
    const queue = pictures.values();
    const work = async () => {
      for (const picture of queue) await detectIn(picture);
    };
    await Promise.all([work(), work()]);
  } finally {
    progress.end();
  }
  return found;
}

function report(evaluation: Evaluation, model: string): string {
  const rows = Object.entries(evaluation.perClass)
    .sort(([, a], [, b]) => b.truths - a.truths)
    .map(([name, { truths, ap, ap50, ap75 }]) => [name, `${truths}`, ...[ap, ap50, ap75].map(figure)]);
  const { vehicles } = evaluation;
  if (vehicles)
    rows.push(['vehicles, pooled', '', ...[vehicles.ap, vehicles.ap50, vehicles.ap75].map(figure)]);
  rows.push(['all', '', ...[evaluation.ap, evaluation.ap50, evaluation.ap75].map(figure)]);
  const table = [['class', 'boxes', 'AP', 'AP50', 'AP75'], ...rows];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  const lines = table.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join('  '));
  const sizes = [evaluation.apSmall, evaluation.apMedium, evaluation.apLarge].map(figure);
  return [
    `${model} on ${evaluation.images} pictures, letterboxed`,
    '',
    ...lines.map((line) => line.trimEnd()),
    '',
    `AP by size: small ${sizes[0]}, medium ${sizes[1]}, large ${sizes[2]}`,
  ].join('\n');
}

function figure(value: number | null): string {
  return value === null ? '-' : value.toFixed(3);
}

function score(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value > 0 && value < 1))
    throw new InvalidArgumentError(`expected a number between 0 and 1, received ${text}`);
  return value;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
