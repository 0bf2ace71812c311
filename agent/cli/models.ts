// cspcam models import | info | eval

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { importDarknet } from '../../models/darknet/model.js';
import type { ModelDescription } from '../../models/folder/description.js';
import { readModelFolder, writeModelFolder } from '../../models/folder/folder.js';
import { expected } from '../errors.js';
import { act, newCommand } from './command.js';
import { evalCommand } from './eval.js';

interface ImportOptions {
  readonly cfg: string;
  readonly weights: string;
  readonly names: string;
  readonly out: string;
  readonly name?: string;
  readonly size?: number;
  readonly json?: true;
}

export function modelsCommand(): Command {
  const models = newCommand('models', {
    summary: 'import, look at and evaluate detector networks',
    examples: ['cspcam models info models/yolo-fastest'],
  });
  models.addCommand(importCommand());
  models.addCommand(infoCommand());
  models.addCommand(evalCommand());
  return models;
}

function importCommand(): Command {
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
      provenance: {
        format: 'darknet',
        cfg: { file: file(options.cfg), sha256: sha256(cfg!) },
        weights: { file: file(options.weights), sha256: sha256(weights!) },
      },
    },
  );
  const { description } = await writeModelFolder(options.out, model.description, model.network);
  if (options.json) print(JSON.stringify(summary(description)));
  else print(`${options.out}: ${sentence(description)}`);
}

function infoCommand(): Command {
  return newCommand('info', {
    summary: 'parameters, operations and layers of a model folder',
    examples: ['cspcam models info models/yolo', 'cspcam models info models/yolo --json'],
  })
    .argument('<directory>', 'model folder')
    .option('--json', 'print as JSON')
    .action(
      act(async (directory: string, { json }: { json?: true }) => {
        const { description } = await readModelFolder(directory);
        if (json) print(JSON.stringify({ ...summary(description), layers: description.layers }));
        else print(`${sentence(description)}\n\n${layerTable(description)}`);
      }),
    );
}

function summary({ name, task, input, labels, parameters, bflops }: ModelDescription) {
  return { name, task, input, labels, parameters, bflops };
}

function sentence({ name, task, input, labels, parameters, bflops }: ModelDescription): string {
  const size = `${input.width}x${input.height}`;
  return `${name}, ${task}, ${size}, ${labels.length} classes, ${(parameters / 1e6).toFixed(2)} M parameters, ${bflops.toFixed(3)} BFLOPs`;
}

function layerTable({ layers }: ModelDescription): string {
  const rows = layers.map(({ index, type, inputs, output, parameters, bflops }) => [
    `${index}`,
    type,
    inputs.join(','),
    output.join('x'),
    `${parameters}`,
    bflops.toFixed(4),
  ]);
  const table = [['layer', 'type', 'from', 'output', 'parameters', 'BFLOPs'], ...rows];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  return table
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function inputSize(text: string): number {
  const size = Number(text);
  if (!Number.isInteger(size) || size < 32 || size > 4096 || size % 32 !== 0)
    throw new InvalidArgumentError(`expected a multiple of 32 from 32 to 4096, received ${text}`);
  return size;
}

async function read(path: string): Promise<Buffer> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw expected('a readable file', path, error.code ?? error.message, error);
  });
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
