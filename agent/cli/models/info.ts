// Name of a network, or model folder -> its parameters, operations and layers, and a chart of them.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { type CspcamError, UsageError } from '#common/errors.js';
import type { Precision } from '../../../models/cost/work.js';
import { describeInput } from '../../../models/darknet/model.js';
import type { LayerDescription } from '../../../models/folder/description.js';
import { DESCRIPTION_FILE, type ModelFolder } from '../../../models/folder/folder.js';
import { describeLayers, totalCost } from '../../../models/graph/cost.js';
import { findNetwork, isSystem } from '../../../models/networks/catalogue.js';
import { type Figures, figuresOf } from '../../../models/networks/figures.js';
import { buildNetwork } from '../../../models/networks/network-spec.js';
import { choiceOf, type NetworkChoice } from '../../../models/runtime/network.js';
import { predictFolder } from '../../bench/predict.js';
import { threadsOf } from '../../device/limits.js';
import { chooseMachine } from '../../device/this-machine.js';
import { chosenModel } from '../../inference/bundled-models.js';
import { act, newCommand } from '../command.js';
import { writeDrawing } from '../drawing.js';
import { inputSize } from '../numbers.js';
import { print, type Summarised, sentence, summary, table } from './text.js';

interface InfoOptions {
  readonly size?: number;
  readonly json?: true;
  readonly plot?: string;
  readonly against?: string;
}

interface Subject extends Summarised {
  readonly layers: readonly LayerDescription[];
  /** Of a network of the catalogue. */
  readonly figures?: Figures;
  /** Of a folder: what runs on this machine, and why, or why it does not. */
  readonly runs?: NetworkChoice | { readonly reason: string; readonly form?: string };
  /** Of a folder on this machine's CPU, where its layers are known. */
  readonly predicted?: PredictedHere;
}

interface PredictedHere {
  readonly latencyMs: number;
  readonly precision: Precision;
  readonly threads: number;
  /** By what `profiles measure` found, not by the profile alone. */
  readonly measured: boolean;
}

export function infoCommand(): Command {
  return newCommand('info', {
    summary: 'parameters, operations and layers of a network or a model folder',
    examples: [
      'cspcam models info models/yolo --json',
      'cspcam models info csppeleenet-efm --plot costs.svg --against peleenet-prn',
    ],
  })
    .argument('<name or directory>', 'a model folder, default or small, or a network of `cspcam models list`')
    .option('--size <pixels>', 'of a network, in place of the published input size', inputSize)
    .option('--json', 'print as JSON')
    .option('--plot <file>', 'draw BFLOPs and traffic of every layer, .svg or .png')
    .option('--against <name or directory>', 'a second one in the same drawing')
    .action(act(runInfo));
}

async function runInfo(nameOrDirectory: string, options: InfoOptions): Promise<void> {
  if (options.against !== undefined && options.plot === undefined)
    throw new UsageError('expected --plot beside --against, received --against alone');
  const subject = await find(nameOrDirectory, options.size);
  if (options.plot !== undefined) {
    const other = options.against === undefined ? [] : [await find(options.against, options.size)];
    await draw([subject, ...other], options.plot);
  }
  const { figures, runs, predicted, layers } = subject;
  const { form, reason } = { form: undefined, reason: undefined, ...runs };
  if (options.json)
    return print(
      JSON.stringify({
        ...summary(subject),
        ...published(figures),
        ...(runs && { runs }),
        ...(predicted && { predicted }),
        layers,
      }),
    );
  const head = [
    sentence(subject),
    ...(reason ? [reason] : []),
    ...(form ? [form] : []),
    ...(predicted ? [predictionText(predicted)] : []),
    ...(figures ? [remarks(figures)] : []),
  ];
  print(`${head.join('\n')}\n\n${layerTable(layers)}`);
}

/** A folder comes before a network of the catalogue, and a model that comes along before both. */
async function find(nameOrDirectory: string, size: number | undefined): Promise<Subject> {
  if (existsSync(join(nameOrDirectory, DESCRIPTION_FILE)) || !isSystem(nameOrDirectory)) {
    if (size !== undefined)
      throw new UsageError(`expected --size with the name of a network, received ${nameOrDirectory}`);
    const folder = await chosenModel(nameOrDirectory);
    const runs = await choiceOf(folder, 'cpu').catch(({ message }: CspcamError) => ({ reason: message }));
    const predicted = await predictHere(folder, 'precision' in runs ? runs.precision : undefined);
    return { ...folder.description, runs, ...(predicted && { predicted }) };
  }
  const system = findNetwork(nameOrDirectory);
  const graph = buildNetwork(system, size === undefined ? {} : { size });
  const layers = describeLayers(graph);
  const classes = system.task === 'detection' ? 80 : 1000;
  const figures = figuresOf(system).find((one) => one.size === graph.input.width);
  return {
    name: system.name,
    task: system.task,
    input: describeInput(graph),
    labels: Array.from({ length: classes }, (_, i) => `class ${i}`),
    ...totalCost(layers),
    layers,
    ...(figures && { figures }),
  };
}

async function predictHere(
  folder: ModelFolder,
  precision: Precision = 'fp32',
): Promise<PredictedHere | undefined> {
  const machine = await chooseMachine();
  const threads = threadsOf(machine.limits);
  const predicted = await predictFolder(folder, precision, 'cpu', threads, machine);
  if (predicted === undefined) return undefined;
  const latencyMs = Number(predicted.latencyMs.toFixed(2));
  return { latencyMs, precision, threads, measured: machine.measured !== undefined };
}

function predictionText({ latencyMs, precision, threads, measured }: PredictedHere): string {
  const by = measured ? 'by what profiles measure found' : 'by the profile; profiles measure makes it surer';
  return `predicted here: ${latencyMs.toFixed(1)} ms in ${precision}, CPU, ${threads} ${threads === 1 ? 'thread' : 'threads'} (${by})`;
}

async function draw(subjects: readonly Subject[], file: string): Promise<void> {
  // Only drawings need the libraries that draw; every start would pay for them.
  const { plotCosts } = await import('../../../models/networks/plot.js');
  const svg = plotCosts(
    subjects.map(({ name, layers, input }) => ({
      name,
      layers,
      pictureValues: 3 * input.width * input.height,
    })),
  );
  await writeDrawing(svg, file);
}

function published(figures: Figures | undefined): Partial<Figures> {
  if (!figures) return {};
  const { cio, published, deviation, inferred, inferredFrom, weights } = figures;
  return {
    cio,
    published,
    deviation,
    inferred,
    ...(inferredFrom && { inferredFrom }),
    ...(weights && { weights }),
  };
}

function remarks({ published, cio, inferredFrom }: Figures): string {
  const { source, parameters, bflops } = published;
  const figures = [
    parameters === undefined ? '' : `, ${parameters} M parameters`,
    bflops === undefined ? '' : `, ${bflops} BFLOPs`,
  ].join('');
  const lines = [`published: ${source}${figures}`, `CIO: ${cio.toFixed(2)} M`];
  if (inferredFrom) lines.push(`inferred from ${inferredFrom}`);
  return lines.join('\n');
}

function layerTable(layers: readonly LayerDescription[]): string {
  const rows = layers.map(({ index, type, inputs, output, parameters, bflops }) => [
    `${index}`,
    type,
    inputs.join(','),
    output.join('x'),
    `${parameters}`,
    bflops.toFixed(4),
  ]);
  return table([['layer', 'type', 'from', 'output', 'parameters', 'BFLOPs'], ...rows]);
}
