// A model folder with ranges -> the error of each integer form against fp32, and its time, on this processor.
// Straight on onnxruntime-node, as `session.x64quantprecision` is none of the agent's settings; interleaved in rounds.
// The time is of the processor, with one thread: what others do on the machine hardly matters.

import type { Command } from 'commander';
import { env, InferenceSession, Tensor } from 'onnxruntime-node';
import { readCpuFeatures } from '#common/cpu-features.js';
import { median } from '../../agent/bench/figures.js';
import { act, newCommand } from '../../agent/cli/command.js';
import { calibrationFrames } from '../../agent/cli/models/calibration-frames.js';
import { print } from '../../agent/cli/models/text.js';
import { wholeNumber } from '../../agent/cli/numbers.js';
import { readModelFolder, readNetworkFile } from '../../models/folder/folder.js';
import { markdownTable } from '../../models/networks/figures.js';
import { amx } from '../../models/quantize/forms/amx.js';
import { boundedPairs } from '../../models/quantize/forms/bounded-pairs.js';
import { eightBits } from '../../models/quantize/forms/eight-bits.js';
import { chooseForm, formText } from '../../models/quantize/forms/registry.js';
import { integerNetwork } from '../../models/quantize/integer-network.js';

interface Options {
  readonly data: string;
  readonly split?: string;
  readonly pictures: number;
  readonly rounds: number;
}

interface Row {
  readonly title: string;
  readonly run: (pixels: Uint8Array) => Promise<readonly Float32Array[]>;
  readonly processorMs: number[];
}

export function integerFormsCommand(): Command {
  return newCommand('integer-forms', {
    summary: 'how far each integer form is from fp32, and how fast, on this processor',
    examples: [
      'npm run bench -- integer-forms my-int8 --data annotations.json --split val',
      'npm run bench -- without-vnni npm run bench -- integer-forms my-int8 --data pictures/',
    ],
  })
    .argument('<folder>', 'model folder that `cspcam models quantize` wrote')
    .requiredOption('--data <source>', 'pictures, COCO annotations or a clip, as quantize takes them')
    .option('--split <name>', 'only the pictures that the annotations give this split')
    .option('--pictures <count>', 'to compare outputs on', wholeNumber, 8)
    .option('--rounds <count>', 'how often every form is timed', wholeNumber, 20)
    .action(act(run));
}

async function run(directory: string, options: Options): Promise<void> {
  env.logLevel = 'fatal';
  const folder = await readModelFolder(directory);
  const { input } = folder.description;
  const pictures: Uint8Array[] = [];
  const choice = { ...options, data: [options.data] };
  for await (const { pixels } of calibrationFrames(choice, input)) pictures.push(new Uint8Array(pixels));

  const open = async (title: string, network: Uint8Array, session = {}): Promise<Row> => {
    const opened = await InferenceSession.create(network, {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      extra: { session: { set_denormal_as_zero: '1', ...session } },
    });
    const once = async (pixels: Uint8Array) => {
      const tensor = new Tensor('uint8', pixels, [1, 3, input.height, input.width]);
      const outputs = await opened.run({ [input.name]: tensor });
      return Object.values(outputs).map(({ data }) => data as Float32Array);
    };
    return { title, run: once, processorMs: [] };
  };
  const plain = await integerNetwork(folder, eightBits);
  const fp32 = await open('fp32', await readNetworkFile(folder));
  const rows = [
    fp32,
    await open(eightBits.name, plain),
    await open(boundedPairs.name, await integerNetwork(folder, boundedPairs)),
    await open(amx.name, await integerNetwork(folder, amx)),
    await open(`${eightBits.name}, x64quantprecision`, plain, { x64quantprecision: '1' }),
  ];

  const errors: number[] = [];
  for (const row of rows) errors.push(await relativeRms(fp32, row, pictures));
  for (let round = 0; round < options.rounds; round++)
    for (const row of rows) {
      const before = process.cpuUsage();
      await row.run(pictures[round % pictures.length]!);
      const { user, system } = process.cpuUsage(before);
      row.processorMs.push((user + system) / 1000);
    }

  const cpu = await readCpuFeatures();
  print(`${cpu.model}, one thread\n${formText(chooseForm('cpu', cpu))}\n`);
  const header = ['form', 'off fp32 (rms)', 'processor ms, minimum', 'median'];
  const cells = rows.map(({ title, processorMs }, i) => [
    title,
    `${(100 * errors[i]!).toFixed(2)}%`,
    Math.min(...processorMs).toFixed(1),
    median(processorMs).toFixed(1),
  ]);
  print(markdownTable([header, ...cells]));
}

/** Of all outputs and pictures together, as a share of the signal. */
async function relativeRms(fp32: Row, row: Row, pictures: readonly Uint8Array[]): Promise<number> {
  let [signal, noise] = [0, 0];
  for (const pixels of pictures) {
    const [floats, found] = [await fp32.run(pixels), await row.run(pixels)];
    floats.forEach((output, i) => {
      output.forEach((value, j) => {
        signal += value ** 2;
        noise += (value - found[i]![j]!) ** 2;
      });
    });
  }
  return Math.sqrt(noise / signal);
}
