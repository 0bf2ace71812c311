// Our figures beside those of others on the same machine in the same minutes: `cspcam bench` beside a plain loop over
// onnxruntime-node, the bandwidth of `cspcam profiles measure` beside STREAM's copy kernel and mbw. In turns; medians.

import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Command, Option } from 'commander';
import { packageFile } from '#common/package.js';
import { median } from '../../../agent/bench/figures.js';
import type { BenchDocument } from '../../../agent/bench/result.js';
import { act, newCommand } from '../../../agent/cli/command.js';
import { print } from '../../../agent/cli/models/text.js';
import { positiveNumber, wholeNumber } from '../../../agent/cli/numbers.js';
import type { Measured } from '../../../agent/device/measured.js';
import { chooseMachine } from '../../../agent/device/this-machine.js';
import { markdownTable } from '../../../models/networks/figures.js';
import { BUNDLED } from '../bundled.js';
import type { PlainTimes } from './plain-loop.js';

interface Options {
  readonly only?: 'throughput' | 'bandwidth';
  readonly model: string;
  readonly threads?: number;
  readonly rounds: number;
  readonly seconds: number;
}

/** Runs a program, with measurements of the machine kept apart from the user's. @returns its output */
type Run = (program: string, args: readonly string[]) => Promise<string>;

const CLI = packageFile('dist/agent/cli/main.js');
const PLAIN_LOOP = fileURLToPath(new URL('plain-loop.js', import.meta.url));

export function outsideViewCommand(): Command {
  return newCommand('outside-view', {
    summary: 'our figures beside a plain loop, STREAM (apt: likwid) and mbw (apt: mbw)',
    examples: [
      'npm run bench -- outside-view',
      'npm run bench -- outside-view --only throughput --model my-int8-model --rounds 9',
    ],
  })
    .addOption(new Option('--only <half>', 'one half of it').choices(['throughput', 'bandwidth']))
    .option('--model <folder>', 'model folder', BUNDLED)
    .option('--threads <count>', 'of the network (default: 1, and as many as cores)', wholeNumber)
    .option('--rounds <count>', 'turns of each', wholeNumber, 5)
    .option('--seconds <seconds>', 'length of a turn', positiveNumber, 4)
    .action(act(outsideView));
}

async function outsideView(options: Options): Promise<void> {
  const { cores } = (await chooseMachine({ here: true })).limits;
  const state = await mkdtemp(join(tmpdir(), 'outside-view-'));
  const env = { ...process.env, XDG_STATE_HOME: state, STATE_DIRECTORY: '' };
  const run: Run = async (program, args) =>
    (await promisify(execFile)(program, args, { env, maxBuffer: 1e8 })).stdout;
  try {
    if (options.only !== 'bandwidth') await throughput(run, cores, options);
    if (options.only !== 'throughput') await bandwidth(run, cores, options);
  } finally {
    await rm(state, { recursive: true, force: true });
  }
}

async function throughput(run: Run, cores: number, options: Options): Promise<void> {
  const { model, rounds, seconds } = options;
  const rows: string[][] = [];
  for (const threads of options.threads ? [options.threads] : new Set([1, cores])) {
    const bench = async (scenario: string) => {
      const args = ['bench', '--model', model, '--threads', `${threads}`, '--sessions', '1', '--json'];
      const timing = ['--scenario', scenario, '--duration', `${seconds}`];
      const { results } = JSON.parse(await run(process.execPath, [CLI, ...args, ...timing])) as BenchDocument;
      return results[0]!;
    };
    const [network, single, offline]: number[][] = [[], [], []];
    const [mean, middle]: number[][] = [[], []];
    for (let round = 0; round < rounds; round++) {
      const text = await run(process.execPath, [PLAIN_LOOP, model, `${threads}`, `${seconds}`]);
      const plain = JSON.parse(text) as PlainTimes;
      mean!.push(1000 / plain.mean);
      middle!.push(1000 / plain.median);
      const { fps, networkMs } = await bench('single');
      single!.push(fps);
      network!.push(1000 / networkMs);
      offline!.push((await bench('offline')).fps);
    }
    rows.push(
      row(`the network alone, medians, ${threads} threads`, network!, middle!),
      row(`single stream with decoding, ${threads} threads`, single!, mean!),
      row(`offline in one session, ${threads} threads`, offline!, mean!),
    );
  }
  print(markdownTable([['frames per second', 'ours', 'plain', 'ratio'], ...rows]));
}

interface Rate {
  readonly name: string;
  readonly threads: number;
  readonly gigabytes: number;
}

async function bandwidth(run: Run, cores: number, { rounds }: Options): Promise<void> {
  const counts = [...new Set([1, cores])];
  const ours: Rate[] = [];
  const others: Rate[] = [];
  for (let round = 0; round < rounds; round++) {
    const text = await run(process.execPath, [CLI, 'profiles', 'measure', '--json']);
    for (const { threads, bandwidthGBs } of (JSON.parse(text) as Pick<Measured, 'threads'>).threads)
      ours.push({ name: 'ours', threads, gigabytes: bandwidthGBs });
    for (const threads of counts) others.push(...(await streamRates(run, threads)));
    others.push(...(await mbwRates(run)));
  }
  if (others.length === 0) return print('neither likwid-bench nor mbw is installed');
  const kinds = new Map(others.map((rate) => [`${rate.name}, ${rate.threads} threads`, rate]));
  const rows = [...kinds].map(([what, kind]) =>
    row(
      what,
      gigabytesOf(ours.filter(({ threads }) => threads === kind.threads)),
      gigabytesOf(others.filter(({ name, threads }) => name === kind.name && threads === kind.threads)),
    ),
  );
  print(markdownTable([['GB per second, read and written', 'ours', 'theirs', 'ratio'], ...rows]));
}

async function streamRates(run: Run, threads: number): Promise<Rate[]> {
  const kernels = [
    [process.arch === 'x64' ? 'copy_avx' : 'copy', "STREAM's copy"],
    [process.arch === 'x64' ? 'stream_avx' : 'stream', "STREAM's triad"],
  ] as const;
  const rates: Rate[] = [];
  for (const [kernel, name] of kernels) {
    const args = ['-t', kernel, '-w', `S0:1GB:${threads}`, '-s', '1'];
    const text = await outputOrNothing(run, 'likwid-bench', args);
    const megabytes = Number(/MByte\/s:\s+([\d.]+)/.exec(text)?.[1]);
    if (megabytes > 0)
      rates.push({ name: `${name} (likwid-bench ${kernel})`, threads, gigabytes: megabytes / 1000 });
  }
  return rates;
}

/** It counts what is copied once; it was read and written. */
async function mbwRates(run: Run): Promise<Rate[]> {
  const text = await outputOrNothing(run, 'mbw', ['-q', '-n', '4', '256']);
  return [...text.matchAll(/^AVG\s+Method: (\w+).*Copy: ([\d.]+)/gm)].map(([, method, rate]) => ({
    name: `mbw ${method}`,
    threads: 1,
    gigabytes: (2 * Number(rate) * 2 ** 20) / 1e9,
  }));
}

/** Nothing where the program is not installed. */
function outputOrNothing(run: Run, program: string, args: readonly string[]): Promise<string> {
  return run(program, args).catch(() => '');
}

function gigabytesOf(rates: readonly Rate[]): number[] {
  return rates.map(({ gigabytes }) => gigabytes);
}

function row(what: string, ours: readonly number[], theirs: readonly number[]): string[] {
  const [a, b] = [median(ours), median(theirs)];
  return [what, a.toFixed(2), b.toFixed(2), (a / b).toFixed(3)];
}
