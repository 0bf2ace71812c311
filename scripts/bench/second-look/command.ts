// Labelled pictures -> how many more small people a second look finds, and what it costs.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import sharp from 'sharp';
import { act, newCommand } from '../../../agent/cli/command.js';
import { print } from '../../../agent/cli/models/text.js';
import { integer, wholeNumber } from '../../../agent/cli/numbers.js';
import { readAnnotated } from '../../../agent/inference/evaluation.js';
import { mergeLooks } from '../../../agent/inference/second-look/merge.js';
import type { WindowBoxes } from '../../../agent/inference/second-look/window-objects.js';
import { gridOf } from '../../../agent/inference/second-look/windows.js';
import { toSource } from '../../../models/decode/boxes.js';
import type { Detection } from '../../../models/detection.js';
import { readModelFolder } from '../../../models/folder/folder.js';
import { markdownTable } from '../../../models/networks/figures.js';
import type { Detector } from '../../../models/runtime/detector.js';
import { openDetector } from '../../../models/runtime/open.js';
import type { Rect } from '../../../pipelines/frame.js';
import { readImage } from '../../../pipelines/images.js';
import { BUNDLED } from '../bundled.js';
import { doublesIn, judge, type Looked, recallAt } from './recall.js';
import { composeScenes, HEIGHTS, labelledPeople, SCENE, type Scene } from './scenes.js';

interface Options {
  readonly data: string;
  readonly split?: string;
  readonly sizes: number;
  readonly seed: number;
  readonly scales: string;
  readonly keep?: string;
}

/** Far down, so that recall can be read at any precision. */
const MIN_SCORE = 0.05;
const PRECISIONS = [0.7, 0.8, 0.9];
/** From which the agent reports. */
const REPORTED = 0.3;

export function secondLookCommand(): Command {
  return newCommand('second-look', {
    summary: 'how many more small people a second look finds, on scenes of 1080p made of labelled pictures',
    examples: ['npm run bench -- second-look --data annotations.json --split val'],
  })
    .argument('[folder]', 'model folder', BUNDLED)
    .requiredOption('--data <file>', 'annotations in COCO form, with pictures in images/ beside them')
    .option('--split <name>', 'only the pictures that the annotations give this split')
    .option('--sizes <count>', 'how often each picture comes, each time smaller or larger', wholeNumber, 6)
    .option('--seed <number>', 'of the order of the pictures', integer(0, 2 ** 31), 1)
    .option('--scales <list>', 'source pixels of a window for each pixel of the input', '1,1.5,2')
    .option('--keep <folder>', 'keep the scenes and their annotations here')
    .action(act(run));
}

async function run(directory: string, options: Options): Promise<void> {
  const folder = options.keep ?? (await mkdtemp(join(tmpdir(), 'cspcam-scenes-')));
  const model = await readModelFolder(directory);
  const detector = await openDetector(model, {
    provider: 'cpu',
    threads: 0,
    minScore: MIN_SCORE,
    precision: 'auto',
  });
  try {
    const labelled = labelledPeople(await readAnnotated(options));
    const scenes = await composeScenes(labelled, { folder, sizes: options.sizes, seed: options.seed });
    await measure(detector, scenes, options.scales.split(',').map(Number));
  } finally {
    await detector.close();
    if (options.keep === undefined) await rm(folder, { recursive: true, force: true });
  }
}

interface Row {
  readonly name: string;
  readonly looked: Looked[];
  inferenceMs: number;
}

/** Windows that are scaled down show more of the picture, and what is in them smaller. */
interface WindowRow extends Row {
  readonly windows: readonly Rect[];
}

async function measure(
  detector: Detector,
  scenes: readonly Scene[],
  scales: readonly number[],
): Promise<void> {
  const { input } = detector.model;
  const single: Row = { name: `whole picture at ${input.width}`, looked: [], inferenceMs: 0 };
  const rows = scales.map((scale): WindowRow => {
    const most = { width: Math.round(input.width * scale), height: Math.round(input.height * scale) };
    const size = { width: Math.min(SCENE.width, most.width), height: Math.min(SCENE.height, most.height) };
    const windows = gridOf(SCENE, size);
    const name = `and ${windows.length} windows of ${size.width} x ${size.height}`;
    return { name, windows, looked: [], inferenceMs: 0 };
  });
  for (const { file, people } of scenes) {
    const { found: whole, inferenceMs } = await look(detector, file);
    single.looked.push({ people, found: whole });
    single.inferenceMs += inferenceMs;
    for (const row of rows) {
      const windows: WindowBoxes[] = [];
      row.inferenceMs += inferenceMs;
      for (const window of row.windows) {
        const seen = await look(detector, await part(file, window));
        windows.push({ window, sourceDetections: seen.found.map((one) => moved(one, window)) });
        row.inferenceMs += seen.inferenceMs;
      }
      row.looked.push({ people, found: mergeLooks(whole, windows, SCENE) });
    }
  }
  print(table([single, ...rows], scenes));
}

async function look(detector: Detector, image: string | Buffer) {
  const frame = await readImage(image, detector.model.input);
  const { inputBoxes, inferenceMs } = await detector.detect(frame.pixels);
  return {
    found: inputBoxes.map((one): Detection => ({ ...one, box: toSource(one.box, frame) })),
    inferenceMs,
  };
}

function part(file: string, { x: left, y: top, width, height }: Rect): Promise<Buffer> {
  return sharp(file).extract({ left, top, width, height }).png({ compressionLevel: 0 }).toBuffer();
}

function moved(detection: Detection, { x, y }: Rect): Detection {
  const [x1, y1, x2, y2] = detection.box;
  return { ...detection, box: [x1 + x, y1 + y, x2 + x, y2 + y] };
}

function table(rows: readonly Row[], scenes: readonly Scene[]): string {
  const bounds = HEIGHTS;
  const header = [
    'looks',
    ...PRECISIONS.map((precision) => `recall at precision ${precision}`),
    `doubles from ${REPORTED} up`,
    'found from there up',
    'ms a scene',
  ];
  const cells = rows.map(({ name, looked, inferenceMs }) => {
    const judged = judge(looked, bounds);
    const found = looked
      .flatMap((one) => one.found)
      .filter(({ label, score }) => label === 'person' && score >= REPORTED);
    return [
      name,
      ...PRECISIONS.map((precision) => {
        const { recall, score } = recallAt(precision, judged);
        return `${recall.toFixed(3)} (from ${score.toFixed(2)})`;
      }),
      `${doublesIn(looked, REPORTED)}`,
      `${found.length}`,
      (inferenceMs / scenes.length).toFixed(0),
    ];
  });
  const { total } = judge(rows[0]!.looked, bounds);
  return `${scenes.length} scenes of ${SCENE.width} x ${SCENE.height}, ${total} people of ${bounds.least} to ${bounds.most} pixels\n\n${markdownTable([header, ...cells])}`;
}
