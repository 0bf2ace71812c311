// Model folders -> what settings of ONNX Runtime's threads do to one session, idle and beside a busy neighbour.
// Straight on onnxruntime-node, as the agent itself has one setting only; interleaved in rounds.

import { spawn } from 'node:child_process';
import type { Command } from 'commander';
import { env, InferenceSession, Tensor } from 'onnxruntime-node';
import { readCpuFeatures } from '#common/cpu-features.js';
import { median } from '../../agent/bench/figures.js';
import { act, newCommand } from '../../agent/cli/command.js';
import { print } from '../../agent/cli/models/text.js';
import { positiveNumber, wholeNumber } from '../../agent/cli/numbers.js';
import { readModelFolder } from '../../models/folder/folder.js';
import { markdownTable } from '../../models/networks/figures.js';
import { chooseNetwork } from '../../models/runtime/network.js';
import { BUNDLED } from './bundled.js';
import { timeRuns } from './timed-runs.js';

interface Options {
  readonly threads: number;
  readonly rounds: number;
  readonly seconds: number;
}

interface Row {
  readonly model: string;
  readonly setting: string;
  readonly run: () => Promise<unknown>;
}

const WARM_UP_MS = 200;
const GREY = 99;

export function threadsCommand(): Command {
  return newCommand('threads', {
    summary: "what ONNX Runtime's thread settings do to one session, idle and beside a busy neighbour",
    examples: ['npm run bench -- threads dist/models/default my-int8-model'],
  })
    .argument('[folders...]', 'model folders', [BUNDLED])
    .option('--threads <count>', 'of the session', wholeNumber, 2)
    .option('--rounds <count>', 'turns of each row', wholeNumber, 5)
    .option('--seconds <seconds>', 'length of a turn', positiveNumber, 0.5)
    .action(act(run));
}

async function run(directories: readonly string[], options: Options): Promise<void> {
  env.logLevel = 'fatal';
  const rows: Row[] = [];
  for (const directory of directories) rows.push(...(await open(directory, options.threads)));
  for (const row of rows) await timeRuns(row.run, { durationMs: WARM_UP_MS });
  const idle = await measure(rows, options);
  const neighbour = spawn('sh', ['-c', 'while :; do :; done']);
  const busy = await measure(rows, options).finally(() => neighbour.kill('SIGKILL'));
  const figures = ['min', 'p50', 'CPU'];
  const header = ['network', 'spinning', ...figures, ...figures.map((name) => `${name}, busy neighbour`)];
  const cells = rows.map(({ model, setting }, i) => [
    ...[model, setting],
    ...[...idle[i]!, ...busy[i]!].map((ms) => ms.toFixed(1)),
  ]);
  print(markdownTable([header, ...cells]));
}

/** A session for each setting. */
async function open(directory: string, threads: number): Promise<Row[]> {
  const spin = (us: number) => ({ intra_op: { allow_spinning: '1', spin_duration_us: `${us}` } });
  // One entry for each thread but the one that calls, from 1.
  const affinities = Array.from({ length: threads - 1 }, (_, i) => i + 2).join(';');
  const settings = {
    'no spinning': { intra_op: { allow_spinning: '0' } },
    'no spinning, pinned': { intra_op: { allow_spinning: '0' }, intra_op_thread_affinities: affinities },
    '20 us': spin(20),
    '50 us, as the agent': spin(50),
    '200 us': spin(200),
    "the runtime's own": { intra_op: { allow_spinning: '1' } },
  };
  const folder = await readModelFolder(directory);
  const { name, width, height } = folder.description.input;
  const network = await chooseNetwork(folder, 'cpu', await readCpuFeatures()).bytes();
  const pixels = new Uint8Array(3 * width * height).fill(GREY);
  const feeds = { [name]: new Tensor('uint8', pixels, [1, 3, height, width]) };
  return Promise.all(
    Object.entries(settings).map(async ([setting, session]) => {
      const options = { intraOpNumThreads: threads, interOpNumThreads: 1, extra: { session } };
      const opened = await InferenceSession.create(network, options);
      return { model: folder.description.name, setting, run: () => opened.run(feeds) };
    }),
  );
}

/** @returns for each row: the quickest and the median frame, and the CPU time of one, milliseconds */
async function measure(rows: readonly Row[], { rounds, seconds }: Options): Promise<number[][]> {
  const seen = rows.map(() => ({ times: [] as number[], cpuMs: [] as number[] }));
  for (let round = 0; round < rounds; round++)
    for (const [i, row] of rows.entries()) {
      const before = process.cpuUsage();
      const times = await timeRuns(row.run, { durationMs: 1000 * seconds });
      const { user, system } = process.cpuUsage(before);
      seen[i]!.times.push(...times);
      seen[i]!.cpuMs.push((user + system) / 1000 / times.length);
    }
  return seen.map(({ times, cpuMs }) => [Math.min(...times), median(times), median(cpuMs)]);
}
