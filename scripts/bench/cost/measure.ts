// Networks of the catalogue with random weights -> how long ONNX Runtime takes for them, for the fit beside this file.

import { execFileSync } from 'node:child_process';
import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { readCpuFeatures } from '#common/cpu-features.js';
import { packageFile } from '#common/package.js';
import { writeWhole } from '#common/write-file.js';
import { median, rounded } from '../../../agent/bench/figures.js';
import { act, newCommand } from '../../../agent/cli/command.js';
import { positiveNumber, wholeNumber } from '../../../agent/cli/numbers.js';
import { readFacts } from '../../../agent/device/facts.js';
import { measureRoofs } from '../../../agent/device/measure.js';
import { fingerprint } from '../../../agent/device/measured.js';
import { chooseMachine } from '../../../agent/device/this-machine.js';
import type { Measurements, Roofs, Run } from '../../../models/cost/measurements.js';
import { INPUT_NAME } from '../../../models/onnx/write.js';
import type { IntegerForm } from '../../../models/quantize/forms/form.js';
import { chooseForm } from '../../../models/quantize/forms/registry.js';
import { noisePixels, untrainedNetwork } from '../../../models/quantize/untrained.js';
import { openOnnxRuntime } from '../../../models/runtime/onnxruntime.js';
import { pattern } from '../pattern.js';
import { timeRuns } from '../timed-runs.js';
import { COST_CASES, type CostCase } from './cases.js';

interface Options {
  readonly out: string;
  readonly networks?: RegExp;
  readonly rounds: number;
  readonly burst: number;
  readonly models: string;
  readonly build?: true;
}

/** Of networks whose sessions are open at the same time. */
const GROUP = 8;
const THREADS = [1, 2] as const;
const PRECISIONS = ['fp32', 'int8'] as const;
const ROOF_MS = 6000;
const FEWEST_FRAMES = 2;

export function costMeasureCommand(): Command {
  return newCommand('cost-measure', {
    summary: 'time networks of the catalogue, and what convolutions and memory reach meanwhile',
    examples: [
      'npm run bench -- cost-measure --build && npm run bench -- cost-measure',
      "npm run bench -- cost-measure --networks '^yolov' --rounds 1 --out /tmp/try.json",
    ],
  })
    .option(
      '--out <file>',
      'a figure that it has is replaced',
      packageFile('models/cost/measured/this-machine.json'),
    )
    .option('--networks <pattern>', 'those whose NAME-SIZE it matches (default: all)', pattern)
    .option('--rounds <count>', 'of all of a group after each other', wholeNumber, 3)
    .option('--burst <ms>', 'of one network in a round, two frames at least', positiveNumber, 120)
    .option('--models <folder>', 'where their ONNX is kept', join(tmpdir(), 'cspcam-cost'))
    .option('--build', 'make all ONNX anew, after a change of its form, and time nothing')
    .action(act(measureCosts));
}

async function measureCosts(options: Options): Promise<void> {
  const { networks, models, build, out } = options;
  const wanted = COST_CASES.filter(({ network, size }) => networks?.test(`${network}-${size}`) ?? true);
  await mkdir(models, { recursive: true });
  for (const one of wanted) await buildCase(one, options);
  if (build) return;
  const { limits } = await chooseMachine();
  const cacheBytes = limits.profile.cpu.cacheMB.value * 1e6;
  let results = await readResults(out, cacheBytes);
  for (let i = 0; i < wanted.length; i += GROUP) {
    const roofs = bestOf(results.roofs, await roofsNow(cacheBytes));
    const runs = replaced(results.runs, await timeGroup(wanted.slice(i, i + GROUP), options));
    results = { ...results, roofs, runs };
    await writeWhole(out, documentText(results));
  }
}

function fileOf({ network, size }: CostCase, precision: Run['precision'], folder: string): string {
  return join(folder, `${network}-${size}-${precision}.onnx`);
}

async function formHere(): Promise<IntegerForm> {
  return chooseForm('cpu', await readCpuFeatures()).form;
}

async function buildCase(one: CostCase, { models, build }: Options): Promise<void> {
  const { network, size } = one;
  const [fp32File, int8File] = [fileOf(one, 'fp32', models), fileOf(one, 'int8', models)];
  const isThere = await access(int8File).then(
    () => true,
    () => false,
  );
  if (isThere && !build) return;
  const { fp32, int8 } = await untrainedNetwork(network, size, await formHere());
  await writeFile(fp32File, fp32);
  await writeFile(int8File, int8);
  process.stderr.write(`built ${network} ${size}\n`);
}

/** Round after round, so that a disturbance hits a little of all instead of all of a few. */
async function timeGroup(group: readonly CostCase[], { rounds, burst, models }: Options): Promise<Run[]> {
  const opened = [];
  for (const one of group)
    for (const precision of PRECISIONS) {
      const onnx = await readFile(fileOf(one, precision, models));
      for (const threads of THREADS)
        opened.push({
          ...one,
          precision,
          threads,
          times: [] as number[],
          ...(await open(onnx, one, threads)),
        });
    }
  for (let round = 0; round < rounds; round++)
    for (const { run, times } of opened) {
      // The first frame of a burst finds the caches full of others' values.
      await run();
      times.push(...(await timeRuns(run, { durationMs: burst, fewest: FEWEST_FRAMES })));
    }
  for (const { session } of opened) await session.close();
  return opened.map(({ network, size, precision, threads, times }) => ({
    ...{ network, size, precision, threads, frames: times.length },
    ...{ minMs: rounded(Math.min(...times)), medianMs: rounded(median(times)) },
  }));
}

async function open(onnx: Uint8Array, { network, size }: CostCase, threads: number) {
  const input = { name: INPUT_NAME, width: size, height: size };
  const session = await openOnnxRuntime(onnx, { name: network, input }, { provider: 'cpu', threads });
  const pixels = noisePixels(size);
  return { session, run: () => session.run(pixels) };
}

async function roofsNow(cacheBytes: number): Promise<readonly Roofs[]> {
  return measureRoofs({
    upTo: Math.max(...THREADS),
    form: await formHere(),
    cacheBytes,
    memoryBytes: totalmem(),
    signal: new AbortController().signal,
    onStep: () => {},
    budgetMs: ROOF_MS,
  });
}

/** A neighbour can only make a roof lower. */
function bestOf(before: readonly Roofs[], now: readonly Roofs[]): Roofs[] {
  return now.map((roof) => {
    const old = before.find(({ threads }) => threads === roof.threads);
    const best = (of: (one: Roofs) => number) => rounded(Math.max(of(roof), old ? of(old) : 0), 1);
    return {
      threads: roof.threads,
      fp32Gops: best(({ fp32Gops }) => fp32Gops),
      int8Gops: best(({ int8Gops }) => int8Gops),
      bandwidthGBs: best(({ bandwidthGBs }) => bandwidthGBs),
    };
  });
}

/** Each in the place of the older one of the same case, else at the end. */
function replaced(before: readonly Run[], now: readonly Run[]): Run[] {
  const key = ({ network, size, precision, threads }: Run) => [network, size, precision, threads].join();
  return [...new Map([...before, ...now].map((run) => [key(run), run])).values()];
}

async function readResults(file: string, cacheBytes: number): Promise<Measurements> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text !== undefined) return JSON.parse(text) as Measurements;
  const facts = await readFacts();
  const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string };
  const git = execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
  });
  return {
    machine: fingerprint(facts),
    flags: [...facts.flags].filter((flag) => /^(avx|amx|fma|asimd)/.test(flag)),
    onnxruntime: version,
    int8Form: (await formHere()).name,
    commit: git.trim(),
    measuredAt: new Date().toISOString().slice(0, 10),
    cacheBytes,
    roofs: [],
    runs: [],
  };
}

/** A run to a line. */
function documentText({ roofs, runs, ...head }: Measurements): string {
  const lines = (items: readonly object[]) => items.map((item) => `    ${JSON.stringify(item)}`).join(',\n');
  const text = JSON.stringify({ ...head, roofs: [], runs: [] }, undefined, 2)
    .replace('"roofs": []', () => `"roofs": [\n${lines(roofs)}\n  ]`)
    .replace('"runs": []', () => `"runs": [\n${lines(runs)}\n  ]`);
  return `${text}\n`;
}
