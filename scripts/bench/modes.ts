// Model folders -> what sessions x threads give: frames per second with all of them busy, and the wait for a frame.
// Interleaved in rounds, so that what disturbs the machine hits every row; medians over the rounds.

import { type Command, InvalidArgumentError } from 'commander';
import { writeWhole } from '#common/write-file.js';
import { type Burst, runBurst } from '../../agent/bench/burst.js';
import { median, rounded } from '../../agent/bench/figures.js';
import { listOf } from '../../agent/cli/bench/lists.js';
import { act, newCommand } from '../../agent/cli/command.js';
import { print } from '../../agent/cli/models/text.js';
import { positiveNumber, wholeNumber } from '../../agent/cli/numbers.js';
import { readFacts } from '../../agent/device/facts.js';
import { type ModelFolder, readModelFolder } from '../../models/folder/folder.js';
import { markdownTable } from '../../models/networks/figures.js';
import { openDetector } from '../../models/runtime/open.js';
import { BUNDLED } from './bundled.js';

interface Mode {
  readonly sessions: number;
  readonly threads: number;
}

interface Options {
  readonly modes?: readonly Mode[];
  readonly rounds: number;
  readonly seconds: number;
  readonly json?: string;
}

const WARM_UP_MS = 200;
const MIN_SCORE = 0.3;

export function modesCommand(): Command {
  return newCommand('modes', {
    summary: 'frames per second and wait of sessions x threads, all of them busy',
    examples: [
      'npm run bench -- modes',
      'npm run bench -- modes dist/models/default my-int8-model --json modes.json',
    ],
  })
    .argument('[folders...]', 'model folders', [BUNDLED])
    .option(
      '--modes <list>',
      'as 1x2,2x1: sessions x threads (default: all that fill the cores, and 1x1)',
      listOf(mode),
    )
    .option('--rounds <count>', 'turns of each row', wholeNumber, 5)
    .option('--seconds <seconds>', 'length of a turn', positiveNumber, 1)
    .option('--json <file>', 'write everything that was measured')
    .action(act(run));
}

async function run(directories: readonly string[], options: Options): Promise<void> {
  const { rounds, seconds, json } = options;
  const { cpuModel, cores: all } = await readFacts();
  const cores = all || 1;
  const { modes = filling(cores) } = options;
  const folders = await Promise.all(directories.map((directory) => readModelFolder(directory)));
  const rows = folders.flatMap((folder) => modes.map((one) => ({ folder, ...one, bursts: [] as Burst[] })));
  for (let round = 0; round < rounds; round++)
    for (const row of rows) row.bursts.push(await turn(row.folder, row, 1000 * seconds));
  const results = rows.map(({ folder: { description }, sessions, threads, bursts }) => {
    const fps = bursts.map(({ latenciesMs, durationMs }) => (1000 * latenciesMs.length) / durationMs);
    return {
      model: description.name,
      precision: description.precision ?? 'fp32',
      size: description.input.width,
      sessions,
      threads,
      fps: rounded(median(fps), 2),
      bestFps: rounded(Math.max(...fps), 2),
      latencyMs: rounded(median(bursts.map(({ latenciesMs }) => median(latenciesMs))), 2),
    };
  });
  const cells = results.map(({ model, size, sessions, threads, fps, bestFps, latencyMs }) => [
    ...[`${model} ${size}`, `${sessions} x ${threads}`],
    ...[fps, bestFps, latencyMs].map(String),
  ]);
  print(markdownTable([['network', 'sessions x threads', 'frames/s, median', 'best', 'wait, ms'], ...cells]));
  if (json !== undefined) {
    const environment = { cpu: cpuModel, cores, node: process.version };
    await writeWhole(json, `${JSON.stringify({ environment, results }, undefined, 2)}\n`);
  }
}

/** One frame in the hands of each session. */
async function turn(folder: ModelFolder, { sessions, threads }: Mode, durationMs: number): Promise<Burst> {
  const { width, height } = folder.description.input;
  const detector = await openDetector(folder, {
    provider: 'cpu',
    sessions,
    threads,
    minScore: MIN_SCORE,
  });
  const pictures = Array.from({ length: sessions }, () => new ArrayBuffer(3 * width * height));
  const { signal } = new AbortController();
  const nowMs = () => performance.now();
  await runBurst({ detector, pictures, durationMs: WARM_UP_MS, nowMs, signal });
  const burst = await runBurst({ detector, pictures, durationMs, nowMs, signal });
  await detector.close();
  return burst;
}

function filling(cores: number): Mode[] {
  const counts = Array.from({ length: cores }, (_, i) => i + 1).filter((count) => cores % count === 0);
  const modes = counts.map((sessions) => ({ sessions, threads: cores / sessions }));
  return cores === 1 ? modes : [{ sessions: 1, threads: 1 }, ...modes];
}

function mode(text: string): Mode {
  const [, sessions, threads] = /^(\d+)x(\d+)$/.exec(text) ?? [];
  if (sessions === undefined || threads === undefined)
    throw new InvalidArgumentError(`Expected sessions x threads, as 1x2, received ${text}.`);
  return { sessions: wholeNumber(sessions), threads: wholeNumber(threads) };
}
