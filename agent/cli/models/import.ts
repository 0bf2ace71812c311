// Darknet .cfg, .weights and class names -> model folder.

import { basename, extname } from 'node:path';
import type { Command } from 'commander';
import { importDarknet } from '../../../models/darknet/model.js';
import { writeModelFolder } from '../../../models/folder/folder.js';
import { act, newCommand } from '../command.js';
import { inputSize } from '../numbers.js';
import { read, sha256 } from './files.js';
import { print, sentence, summary } from './text.js';

interface ImportOptions {
  readonly cfg: string;
  readonly weights: string;
  readonly names: string;
  readonly out: string;
  readonly name?: string;
  readonly size?: number;
  readonly plain?: true;
  readonly json?: true;
}

export function importCommand(): Command {
  return newCommand('import', {
    summary: 'turn a Darknet .cfg and .weights into a model folder',
    examples: [
      'cspcam models import --cfg yolo.cfg --weights yolo.weights --names coco.names --out models/yolo',
    ],
  })
    .requiredOption('--cfg <file>', 'network description')
    .requiredOption('--weights <file>', 'trained weights')
    .requiredOption('--names <file>', 'class names, one per line')
    .requiredOption('--out <directory>', 'model folder to write')
    .option('--name <name>', 'name of the model (default: of the cfg)')
    .option('--size <pixels>', 'input width and height in place of the cfg’s', inputSize)
    .option('--plain', 'leave the ONNX as the layers say it, slower, for comparison')
    .option('--json', 'print the summary as JSON')
    .action(act(runImport));
}

async function runImport(options: ImportOptions): Promise<void> {
  const [cfg, weights, names] = await Promise.all([options.cfg, options.weights, options.names].map(read));
  const file = (path: string) => basename(path);
  const model = importDarknet(
    {
      cfg: { text: cfg!.toString('utf8'), file: file(options.cfg) },
      weights: { bytes: weights!, file: file(options.weights) },
      names: { text: names!.toString('utf8'), file: file(options.names) },
    },
    {
      name: options.name ?? basename(options.cfg, extname(options.cfg)),
      ...(options.size === undefined ? {} : { size: options.size }),
      plain: options.plain ?? false,
      provenance: {
        format: 'darknet',
        cfg: { file: file(options.cfg), sha256: sha256(cfg!) },
        weights: { file: file(options.weights), sha256: sha256(weights!) },
      },
    },
  );
  const { description } = await writeModelFolder(
    options.out,
    model.description,
    model.network,
    model.darknet,
  );
  if (options.json) print(JSON.stringify(summary(description)));
  else print(`${options.out}: ${sentence(description)}`);
}
