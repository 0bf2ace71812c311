// Name of a network -> model folder, with initial weights or trained ones.

import { basename } from 'node:path';
import { type Command, Option } from 'commander';
import { misused } from '#common/errors.js';
import { importDarknet } from '../../../models/darknet/model.js';
import { writeModelFolder } from '../../../models/folder/folder.js';
import type { Activation } from '../../../models/layers/activation.js';
import { buildDarknet, type TrainedWeights } from '../../../models/networks/build.js';
import { findNetwork } from '../../../models/networks/catalogue.js';
import type { NetworkOptions } from '../../../models/networks/network-spec.js';
import { act, newCommand } from '../command.js';
import { inputSize, integer } from '../numbers.js';
import { read, readNames, sha256 } from './files.js';
import { print, sentence, summary } from './text.js';

/** Options that say which network of a name is meant. */
export interface NetworkArguments {
  readonly size?: number;
  readonly classes?: number;
  readonly activation?: Activation;
  readonly newCoords?: true;
  readonly seed?: number;
  readonly weights?: string;
}

interface BuildArguments extends NetworkArguments {
  readonly names?: string;
  readonly out: string;
  readonly plain?: true;
  readonly json?: true;
}

export function buildCommand(): Command {
  const command = newCommand('build', {
    summary: 'make a model folder of a network of the paper',
    examples: [
      'cspcam models build csppeleenet-efm-sam --size 320 --seed 7 --out models/untrained',
      'cspcam models build yolov3-tiny --weights yolov3-tiny.weights --names coco.names --out models/tiny',
    ],
  });
  return withNetworkOptions(command.argument('<name>', 'as `cspcam models list` names it'))
    .option('--names <file>', 'class names, one per line (default: class 0, class 1...)')
    .requiredOption('--out <directory>', 'model folder to write')
    .option('--plain', 'leave the ONNX as the layers say it, slower, for comparison')
    .option('--json', 'print the summary as JSON')
    .action(act(runBuild));
}

/** Adds the options of `NetworkArguments`. */
export function withNetworkOptions(command: Command): Command {
  const activations = ['leaky', 'relu', 'swish', 'mish'];
  return command
    .option('--size <pixels>', 'input width and height (default: the published one)', inputSize)
    .option('--classes <number>', 'default: 80, of classifiers 1000', integer(1, 10_000))
    .addOption(new Option('--activation <name>', 'default: the published one').choices(activations))
    .option('--new-coords', 'heads that decode as YOLOv4-CSP’s do, for new trainings')
    .option('--seed <number>', 'of initial weights', integer(0, 2 ** 32 - 1))
    .option('--weights <file>', 'trained Darknet weights in place of initial ones');
}

/** @throws UsageError where --seed and --weights are both given */
export async function weightsOf({ seed, weights }: NetworkArguments): Promise<TrainedWeights | number> {
  if (weights === undefined) return seed ?? 0;
  if (seed !== undefined) throw misused('one of --seed and --weights', 'the network', 'both');
  return { bytes: await read(weights), file: basename(weights) };
}

export function networkOptions({ size, classes, activation, newCoords }: NetworkArguments): NetworkOptions {
  return {
    ...(size !== undefined && { size }),
    ...(classes !== undefined && { classes }),
    ...(activation !== undefined && { activation }),
    ...(newCoords && { newCoords }),
  };
}

async function runBuild(name: string, options: BuildArguments): Promise<void> {
  const system = findNetwork(name);
  const names = options.names === undefined ? undefined : await readNames(options.names);
  const classes = options.classes ?? names?.split(/\r?\n/).filter((line) => line.trim() !== '').length;
  const weights = await weightsOf(options);
  const network = networkOptions({ ...options, ...(classes !== undefined && { classes }) });
  const built = buildDarknet(system, network, weights);
  const outputs = classes ?? (system.task === 'detection' ? 80 : 1000);
  const model = importDarknet(
    {
      cfg: { text: built.cfg, file: `${name}.cfg` },
      weights: { bytes: built.weights, file: options.weights ?? `${name}.weights` },
      names: {
        text: names ?? Array.from({ length: outputs }, (_, i) => `class ${i}`).join('\n'),
        file: options.names ?? '--classes',
      },
    },
    {
      name,
      plain: options.plain ?? false,
      provenance: {
        format: 'catalogue',
        network: name,
        weights:
          typeof weights === 'number'
            ? { seed: weights }
            : { file: weights.file, sha256: sha256(weights.bytes) },
      },
    },
  );
  const { description } = await writeModelFolder(
    options.out,
    model.description,
    model.network,
    model.darknet,
  );
  const untrained = typeof weights === 'number' ? ', untrained' : '';
  if (options.json) print(JSON.stringify(summary(description)));
  else print(`${options.out}: ${sentence(description)}${untrained}`);
}
