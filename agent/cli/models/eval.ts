// Model folder + COCO annotations -> average precision of the whole path: scaling, network, decode, NMS.

import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { expected } from '#common/errors.js';
import type { Detection } from '../../../models/detection.js';
import { type CocoAnnotations, evaluate, parseAnnotations } from '../../../models/evaluate/coco.js';
import { readModelFolder } from '../../../models/folder/folder.js';
import type { Detector } from '../../../models/runtime/detector.js';
import { openDetector } from '../../../models/runtime/open.js';
import type { Frame, InputSize } from '../../../pipelines/frame.js';
import { FramePool } from '../../../pipelines/frame-pool.js';
import { readImage } from '../../../pipelines/images.js';
import { followFrames } from '../../inference/frame-path.js';
import { act, newCommand } from '../command.js';
import { zeroToOne } from '../numbers.js';
import { type PrecisionChoice, precisionOption } from '../precision-option.js';
import { showProgress } from '../progress.js';
import { evaluationText } from './evaluation-text.js';
import { print } from './text.js';

interface EvalOptions extends PrecisionChoice {
  readonly data: string;
  readonly images?: string;
  readonly split?: string;
  readonly minScore: number;
  readonly json?: true;
}

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
    .option('--min-score <score>', 'leave out detections below this score, 0 to 1', zeroToOne, MIN_SCORE)
    .addOption(precisionOption())
    .option('--json', 'print as JSON')
    .action(act(runEval));
}

async function runEval(directory: string, options: EvalOptions): Promise<void> {
  const { data, split, minScore, precision } = options;
  const folder = await readModelFolder(directory);
  const text = await readFile(options.data, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw expected('a readable file', options.data, error.code ?? error.message, error);
  });
  const coco = parseAnnotations(text, options.data);
  const { labels } = folder.description;
  const inCommon = evaluate(coco, new Map(), labels);
  if (Object.keys(inCommon.perClass).length === 0 && inCommon.vehicles === null) {
    const annotated = coco.categories.map(({ name }) => name).join(', ');
    throw expected(`one of the annotated classes (${annotated})`, 'labels of the model', labels.join(', '));
  }
  const pictures = choose(coco, options);
  const { minScore, precision } = options;
  const detector = await openDetector(folder, { provider: 'cpu', threads: 0, minScore, precision });
  try {
    const sourceBoxes = await detectAll(detector, pictures);
    const evaluation = evaluate(coco, sourceBoxes, labels);
    const how = { model: folder.description.name, data: options.data, split: options.split ?? null };
    const { reason, form, ...ran } = detector.network;
    const scale = { resize: 'letterbox', minScore, ...ran, ...(form !== undefined && { form }) };
    print(
      options.json
        ? JSON.stringify({ ...how, ...scale, ...evaluation })
        : [evaluationText(evaluation, folder.description.name), '', reason, ...(form ? [form] : [])].join(
            '\n',
          ),
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
  if (coco.images.length === 0) throw expected('pictures', data, '0');
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
): Promise<Map<number, readonly Detection[]>> {
  const pool = new FramePool();
  const found = new Map<number, readonly Detection[]>();
  const progress = showProgress('pictures', pictures.length);
  try {
    await followFrames(readAhead(pictures, detector.model.input, pool), {
      detector,
      ahead: 1,
      release: (pixels) => pool.release(pixels),
      onResult: ({ sourceDetections }) => {
        // Frames come in the order of the pictures.
        found.set(pictures[found.size]!.id, sourceDetections);
        progress.advance();
      },
      onFailure: (_frame, error) => {
        throw error;
      },
    });
    progress.end();
    const how = { model: name, data, split: split ?? null };
    const scale = { resize: 'letterbox', minScore, ...(form !== undefined && { form }) };
    print(
      options.json ? JSON.stringify({ ...how, ...scale, ...evaluation }) : evaluationText(evaluation, name),
    );
  } finally {
    progress.end();
  }
  return found;
}

/** Each picture is decoded while the network runs on the one before. */
async function* readAhead(
  pictures: readonly Picture[],
  inputSize: InputSize,
  pool: FramePool,
): AsyncIterable<Frame> {
  const read = (at: number) => {
    const frame = pictures[at] && readImage(pictures[at].file, inputSize, pool);
    // Whoever takes the frame gets the error.
    frame?.catch(() => {});
    return frame;
  };
  let next = read(0);
  for (let at = 1; next !== undefined; at++) {
    const frame = await next;
    next = read(at);
    yield frame;
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
