// Networks x threads -> tables, and with --save JSON, tables and charts below results/.

import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import sharp from 'sharp';
import { packageFile } from '#common/package.js';
import { CLIP } from '../../../agent/bench/picture.js';
import { listOf } from '../../../agent/cli/bench/lists.js';
import { act, newCommand } from '../../../agent/cli/command.js';
import { positiveNumber, wholeNumber } from '../../../agent/cli/numbers.js';
import { readFacts } from '../../../agent/device/facts.js';
import { installedEngines } from '../../../models/runtime/engines/registry.js';
import { BUNDLED } from '../bundled.js';
import { pattern } from '../pattern.js';
import { resultsChart } from './chart.js';
import { engineRows } from './engines.js';
import { type Environment, machineFolder, readEnvironment, readTicks, stolenShare } from './environment.js';
import { measure } from './measure.js';
import { forget, type Prepared, prepare } from './prepared.js';
import { findPythons } from './pythons.js';
import { type Result, resultOf } from './result.js';
import { resultMarkdown, resultText } from './table.js';

interface Options {
  readonly threads: readonly number[];
  readonly rounds: number;
  readonly seconds: number;
  readonly python: readonly string[];
  readonly data: string;
  readonly int8?: string;
  readonly files: string;
  readonly build?: true;
  readonly only?: RegExp;
  readonly json?: true;
  readonly markdown?: true;
  readonly save?: true;
}

interface Kept {
  readonly environment: Environment;
  readonly results: readonly Result[];
}

export function peersCommand(): Command {
  return newCommand('peers', {
    summary:
      'time this project against OpenCV, OpenVINO, ncnn and plain ONNX Runtime, interleaved in one run',
    examples: [
      'npm run bench -- peers',
      'npm run bench -- peers yolov3-tiny --threads 2 --rounds 20 --seconds 0.5',
      'npm run bench -- peers --python python3 --python ~/peers/bin/python --save',
      'npm run bench -- peers --int8 models/own-int8 --only "cspcam|OpenCV"',
    ],
  })
    .argument('[networks...]', 'model folders, or names of `cspcam models list` (default: the bundled one)')
    .option('--threads <list>', 'a run for each of these numbers of threads', listOf(wholeNumber), [1, 2])
    .option('--rounds <count>', 'turns of each engine', wholeNumber, 10)
    .option('--seconds <seconds>', 'length of a turn', positiveNumber, 0.3)
    .option('--python <path...>', 'interpreters that may have peers', ['python3'])
    .option('--data <source>', 'frames for int8, and under the clock', CLIP)
    .option('--int8 <directory>', 'model folder in int8, in place of one made by `models quantize`')
    .option('--files <directory>', 'where the networks are kept', join(tmpdir(), 'cspcam-peers'))
    .option('--build', 'make the networks anew, and time nothing')
    .option('--only <pattern>', 'engines whose name matches', pattern)
    .option('--json', 'print as JSON')
    .option('--markdown', 'print tables as the documentation has them')
    .option('--save', 'write JSON, tables and charts to scripts/bench/results/<machine>')
    .action(act(run));
}

async function run(given: readonly string[], options: Options): Promise<void> {
  const networks = given.length > 0 ? given : [BUNDLED];
  const pythons = await findPythons(options.python);
  const prepared: Prepared[] = [];
  const engines = (await installedEngines()).map(({ name }) => name);
  const { flags } = await readFacts();
  const forAmx = flags.has('amx_int8');
  for (const network of networks) {
    const folder = join(options.files, machineFolder(network === BUNDLED ? 'bundled' : network));
    if (options.build) await forget(folder);
    prepared.push(await prepare(network, { ...options, forAmx, folder, pythons, onStep: note }));
  }
  if (options.build) return;
  const environment = await readEnvironment(pythons);
  const results: Result[] = [];
  for (const one of prepared)
    for (const threads of options.threads) {
      const result = await compare(engineRows(one, pythons, engines, threads, flags), one, threads, options);
      results.push(result);
      if (!options.json)
        process.stdout.write(`${(options.markdown ? resultMarkdown : resultText)(result)}\n`);
    }
  const kept: Kept = { environment, results };
  if (options.json) process.stdout.write(`${JSON.stringify(kept, undefined, 2)}\n`);
  if (options.save) note(`written: ${await save(kept)}`);
}

async function compare(
  { rows, absent }: ReturnType<typeof engineRows>,
  { description }: Prepared,
  threads: number,
  { rounds, seconds, only, files: folder }: Options,
): Promise<Result> {
  const chosen = rows.filter(({ title }) => !only || only.test(title));
  const [measuredAt, loadBefore, before] = [new Date().toISOString(), loadavg()[0]!, await readTicks()];
  const measured = await measure(chosen, { threads, rounds, seconds, folder, onStep: note });
  const stolen = Number(stolenShare(before, await readTicks()).toFixed(3));
  return resultOf(
    description,
    { ...measured, absent: [...measured.absent, ...absent] },
    { threads, measuredAt, rounds, secondsPerTurn: seconds, load: [loadBefore, loadavg()[0]!], stolen },
  );
}

/** Results of other networks and threads on this machine stay. */
async function save({ environment, results }: Kept): Promise<string> {
  const folder = packageFile(`scripts/bench/results/${machineFolder(environment.machine)}`);
  const file = join(folder, 'peers.json');
  const older = existsSync(file) ? (JSON.parse(await readFile(file, 'utf8')) as Kept).results : [];
  const key = ({ network, size, threads }: Result) => `${network} ${size} ${threads}`;
  const all = [...new Map([...older, ...results].map((result) => [key(result), result])).values()];
  const chart = resultsChart(all, environment.machine);
  await mkdir(folder, { recursive: true });
  await writeFile(file, `${JSON.stringify({ environment, results: all }, undefined, 2)}\n`);
  await writeFile(
    join(folder, 'peers.md'),
    `# ${environment.machine}\n\n${all.map(resultMarkdown).join('\n')}`,
  );
  await writeFile(join(folder, 'peers.svg'), chart);
  await sharp(Buffer.from(chart)).png().toFile(join(folder, 'peers.png'));
  return folder;
}

function note(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}
