// Model folder + COCO annotations -> its average precision, printed.

import type { Command } from 'commander';
import { cacheDirectory } from '#common/folders.js';
import { chosenModel } from '../../inference/bundled-models.js';
import {
  EVALUATION_MIN_SCORE,
  evaluateFolder,
  expectCommonClass,
  readAnnotated,
} from '../../inference/evaluation.js';
import { act, newCommand } from '../command.js';
import { zeroToOne } from '../numbers.js';
import { type PrecisionChoice, precisionOption } from '../precision-option.js';
import { showProgress } from '../progress.js';
import { type ProviderChoice, providerOption } from '../provider-option.js';
import { evaluationText } from './evaluation-text.js';
import { print } from './text.js';

interface EvalOptions extends PrecisionChoice, ProviderChoice {
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
    .argument('<directory>', 'model folder, or default or small')
    .requiredOption('--data <file>', 'annotations in COCO format')
    .option('--images <directory>', 'pictures (default: images/ beside the annotations)')
    .option('--split <name>', 'only the pictures that the annotations give this split')
    .option(
      '--min-score <score>',
      'leave out detections below this score, 0 to 1',
      zeroToOne,
      EVALUATION_MIN_SCORE,
    )
    .addOption(precisionOption())
    .addOption(providerOption())
    .option('--json', 'print as JSON')
    .action(act(runEval));
}

async function runEval(directory: string, options: EvalOptions): Promise<void> {
  const { data, split, minScore, precision, provider } = options;
  const folder = await chosenModel(directory);
  const { name, labels, input } = folder.description;
  const annotated = await readAnnotated(options);
  expectCommonClass(annotated, labels);
  const progress = showProgress('pictures', annotated.pictures.length);
  try {
    const { evaluation, network } = await evaluateFolder(folder, annotated, {
      ...{ provider, minScore, precision, cache: cacheDirectory() },
      onStep: () => progress.advance(),
    });
    progress.end();
    const how = { model: name, data, split: split ?? null };
    const { reason, form, ...ran } = network;
    const scale = { resize: input.resize.kind, minScore, ...ran, ...(form !== undefined && { form }) };
    print(
      options.json
        ? JSON.stringify({ ...how, ...scale, ...evaluation })
        : [evaluationText(evaluation, folder.description), '', reason, ...(form ? [form] : [])].join('\n'),
    );
  } finally {
    progress.end();
  }
}
