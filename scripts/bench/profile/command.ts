// Model folders -> a table of where the time of each goes, and what thin layers cost.

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { readCpuFeatures } from '#common/cpu-features.js';
import { act, newCommand } from '../../../agent/cli/command.js';
import { wholeNumber } from '../../../agent/cli/numbers.js';
import { convolutionProbe } from '../../../models/cost/probes.js';
import { type ModelFolder, readModelFolder } from '../../../models/folder/folder.js';
import { decodeModel } from '../../../models/onnx/protobuf.js';
import { INPUT_NAME } from '../../../models/onnx/write.js';
import { chooseNetwork } from '../../../models/runtime/network.js';
import { GRAPH_OPTIONS, openOnnxRuntime } from '../../../models/runtime/onnxruntime.js';
import type { Session } from '../../../models/runtime/session.js';
import { BUNDLED } from '../bundled.js';
import { summarize } from '../peers/statistics.js';
import { type Event, kernelsOf, rowsOf } from './kernels.js';
import { profileText } from './table.js';

interface Options {
  readonly threads: number;
  readonly frames: number;
  readonly markdown?: true;
}

export function profileCommand(): Command {
  return newCommand('profile', {
    summary: 'where the time of a network goes: convolutions by size and width, other kernels by operator',
    examples: [
      'npm run bench -- profile',
      'npm run bench -- profile models/own models/own-int8 --threads 2 --frames 200 --markdown',
    ],
  })
    .argument('[directories...]', 'model folders', [BUNDLED])
    .option('--threads <count>', 'of a run', wholeNumber, 1)
    .option('--frames <count>', 'runs under the profiler', wholeNumber, 60)
    .option('--markdown', 'print tables as the documentation has them')
    .action(act(run));
}

async function run(directories: readonly string[], { threads, frames, markdown }: Options): Promise<void> {
  for (const directory of directories) {
    const folder = await readModelFolder(directory);
    const { name, input, precision = 'fp32' } = folder.description;
    const roofGops = await measureRoof(precision, threads);
    const { events, weights } = await profile(folder, threads, frames);
    const rows = rowsOf(kernelsOf(events, weights), roofGops);
    const title = `${name} ${input.width}, ${precision}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
    process.stdout.write(`${profileText(title, rows, roofGops, markdown ?? false)}\n`);
  }
}

/** As the product opens it, but with the profiler on. */
async function profile(
  folder: ModelFolder,
  threads: number,
  frames: number,
): Promise<{ events: Event[]; weights: Map<string, number[]> }> {
  const { width, height } = folder.description.input;
  const scratch = await mkdtemp(join(tmpdir(), 'cspcam-profile-'));
  try {
    const optimized = join(scratch, 'optimized.onnx');
    const network = chooseNetwork(folder, 'cpu', await readCpuFeatures());
    const session = await InferenceSession.create(await network.bytes(), {
      ...GRAPH_OPTIONS,
      intraOpNumThreads: threads,
      optimizedModelFilePath: optimized,
      enableProfiling: true,
      profileFilePrefix: join(scratch, 'events'),
    });
    const pixels = new Uint8Array(3 * width * height).map((_, i) => (i * 7919) % 256);
    for (let i = 0; i < frames; i++)
      await session.run({ [INPUT_NAME]: new Tensor('uint8', pixels, [1, 3, height, width]) });
    session.endProfiling();
    await session.release();
    const [file] = (await readdir(scratch)).filter((name) => name.startsWith('events'));
    const events = JSON.parse(await readFile(join(scratch, file!), 'utf8')) as Event[];
    return { events, weights: convolutionWeights(await readFile(optimized)) };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

interface Model {
  readonly graph: {
    readonly node: readonly {
      readonly name: string;
      readonly opType: string;
      readonly input: readonly string[];
    }[];
    readonly initializer: readonly { readonly name: string; readonly dims: readonly number[] }[];
  };
}

/** By node: the profiler does not tell the shapes of weights, which are packed by then. */
function convolutionWeights(optimized: Uint8Array): Map<string, number[]> {
  const { graph } = decodeModel(optimized) as Model;
  const dims = new Map(graph.initializer.map((tensor) => [tensor.name, tensor.dims]));
  return new Map(
    graph.node.flatMap(({ name, opType, input }) => {
      const at = { QLinearConv: 3, Conv: 1 }[opType];
      const weights = at === undefined ? undefined : dims.get(input[at]!);
      return weights ? [[name, [...weights]]] : [];
    }),
  );
}

const ROOF_ROUNDS = 8;

/** Billions of operations per second, by medians, as the times of the kernels are. */
async function measureRoof(precision: 'fp32' | 'int8', threads: number): Promise<number> {
  const pair = [1, 5].map((count) => convolutionProbe(precision, count));
  const runs: { session: Session; ms: number[] }[] = [];
  for (const { onnx, size } of pair) {
    const input = { name: INPUT_NAME, width: size, height: size };
    const session = await openOnnxRuntime(onnx, { name: 'the probe', input }, { provider: 'cpu', threads });
    runs.push({ session, ms: [] });
  }
  const pixels = new Uint8Array(3 * pair[0]!.size ** 2).fill(1);
  for (let round = 0; round <= ROOF_ROUNDS; round++)
    for (const { session, ms } of runs) {
      const started = performance.now();
      await session.run(pixels);
      // The first round warms up.
      if (round > 0) ms.push(performance.now() - started);
    }
  for (const { session } of runs) await session.close();
  const [short, long] = runs.map(({ ms }) => summarize(ms).medianMs);
  return (pair[1]!.billions - pair[0]!.billions) / ((long! - short!) / 1000);
}
