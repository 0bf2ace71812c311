// Name of a network, or model folder -> Darknet .cfg and .weights, or plain ONNX.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { expected, misused } from '#common/errors.js';
import { makeFolder } from '#common/make-folder.js';
import { writeWhole } from '#common/write-file.js';
import { readNetwork } from '../../../models/darknet/network.js';
import { readWeights } from '../../../models/darknet/weights.js';
import { requireDarknet } from '../../../models/darknet/write-cfg.js';
import {
  DESCRIPTION_FILE,
  hasDarknetFiles,
  networkFile,
  readDarknetPair,
} from '../../../models/folder/folder.js';
import { buildDarknet } from '../../../models/networks/build.js';
import { findNetwork, isSystem } from '../../../models/networks/catalogue.js';
import { writeOnnx } from '../../../models/onnx/write.js';
import type { DarknetPair } from '../../../models/weights.js';
import { chosenModel } from '../../inference/bundled-models.js';
import { act, newCommand } from '../command.js';
import { type NetworkArguments, networkOptions, weightsOf, withNetworkOptions } from './build.js';
import { print } from './text.js';

interface ExportArguments extends NetworkArguments {
  readonly format: 'darknet' | 'onnx';
  readonly out: string;
}

export function exportCommand(): Command {
  const command = newCommand('export', {
    summary: 'write a network for Darknet, OpenCV or TensorRT',
    examples: [
      'cspcam models export csppeleenet-efm-sam --classes 6 --new-coords --format darknet --out training',
      'cspcam models export models/yolo --format onnx --out exported',
    ],
  }).argument(
    '<name or directory>',
    'a network of `cspcam models list`, or a model folder, default or small',
  );
  return withNetworkOptions(command)
    .addOption(
      new Option('--format <format>', 'darknet: .cfg and .weights; onnx: one file, float input')
        .choices(['darknet', 'onnx'])
        .makeOptionMandatory(),
    )
    .option('--out <directory>', 'where to write', '.')
    .action(act(runExport));
}

interface Source extends DarknetPair {
  readonly name: string;
  /** Initial weights that nobody asked for are no file to hand on. */
  readonly hasWeights: boolean;
}

async function runExport(nameOrDirectory: string, options: ExportArguments): Promise<void> {
  // A folder comes before a network of the catalogue, and a model that comes along before both.
  const isFolder = existsSync(join(nameOrDirectory, DESCRIPTION_FILE)) || !isSystem(nameOrDirectory);
  const source = await (isFolder ? fromFolder : fromName)(nameOrDirectory, options);
  const graph = readNetwork(source.cfg, `${source.name}.cfg`);
  const files: [string, string | Uint8Array][] = [];
  if (options.format === 'darknet') {
    requireDarknet(graph);
    files.push([`${source.name}.cfg`, source.cfg]);
    if (source.hasWeights) files.push([`${source.name}.weights`, source.weights]);
  } else {
    const weights = readWeights(source.weights, graph, `${source.name}.weights`);
    files.push([`${source.name}.onnx`, writeOnnx(graph, weights, source.name, { input: 'float32' })]);
  }
  for (const [file, contents] of files) print(await write(options.out, file, contents));
}

async function fromName(name: string, options: ExportArguments): Promise<Source> {
  const built = buildDarknet(findNetwork(name), networkOptions(options), await weightsOf(options));
  return { ...built, name, hasWeights: options.seed !== undefined || options.weights !== undefined };
}

async function fromFolder(directory: string, options: ExportArguments): Promise<Source> {
  const { size, classes, activation, newCoords, seed, weights } = options;
  const ofNetworks = Object.entries({ size, classes, activation, 'new-coords': newCoords, seed, weights });
  const given = ofNetworks.filter(([, value]) => value !== undefined).map(([name]) => `--${name}`);
  if (given.length > 0)
    throw misused('no options but --format and --out', 'a model folder', given.join(', '));
  const folder = await chosenModel(directory);
  if (!hasDarknetFiles(folder))
    throw expected(
      'a model folder that was made of Darknet files',
      directory,
      `one that was imported from ONNX: its network is ${networkFile(folder)}`,
    );
  return { ...(await readDarknetPair(folder)), name: folder.description.name, hasWeights: true };
}

async function write(directory: string, name: string, contents: string | Uint8Array): Promise<string> {
  const file = join(directory, name);
  await makeFolder(directory).catch((error: NodeJS.ErrnoException) => {
    throw expected('a place that can be written', file, error.code ?? error.message, error);
  });
  await writeWhole(file, contents);
  return file;
}
