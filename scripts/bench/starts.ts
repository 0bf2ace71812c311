// Model folders -> how long a detector takes to be ready: without a cache, making one, and finding one.
// Interleaved in rounds, so that what disturbs the machine hits every row; medians over the rounds.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { median } from '../../agent/bench/figures.js';
import { act, newCommand } from '../../agent/cli/command.js';
import { print } from '../../agent/cli/models/text.js';
import { wholeNumber } from '../../agent/cli/numbers.js';
import { type ModelFolder, readModelFolder } from '../../models/folder/folder.js';
import { markdownTable } from '../../models/networks/figures.js';
import { openDetector } from '../../models/runtime/open.js';
import { BUNDLED } from './bundled.js';

interface Options {
  readonly threads: number;
  readonly rounds: number;
}

const MIN_SCORE = 0.3;

export function startsCommand(): Command {
  return newCommand('starts', {
    summary: 'how long a detector takes to be ready, without, making and finding its optimized network',
    examples: ['npm run bench -- starts dist/models/default my-int8-model'],
  })
    .argument('[folders...]', 'model folders', [BUNDLED])
    .option('--threads <count>', 'of the session', wholeNumber, 1)
    .option('--rounds <count>', 'turns of each row', wholeNumber, 7)
    .action(act(run));
}

async function run(directories: readonly string[], { threads, rounds }: Options): Promise<void> {
  const folders = await Promise.all(directories.map((directory) => readModelFolder(directory)));
  const rows = folders.map((folder) => ({ folder, startsMs: [] as number[][] }));
  for (let round = 0; round < rounds; round++)
    for (const { folder, startsMs } of rows) {
      const cache = await mkdtemp(join(tmpdir(), 'cspcam-starts-'));
      startsMs.push([
        await start(folder, threads),
        await start(folder, threads, cache),
        await start(folder, threads, cache),
      ]);
      await rm(cache, { recursive: true });
    }
  const cells = rows.map(({ folder: { description }, startsMs }) => [
    `${description.name} ${description.input.width}`,
    ...[0, 1, 2].map((i) => median(startsMs.map((row) => row[i]!)).toFixed(0)),
  ]);
  print(markdownTable([['network', 'without, ms', 'making it, ms', 'finding it, ms'], ...cells]));
}

/** From the folder to a detector in its worker thread, milliseconds. */
async function start(folder: ModelFolder, threads: number, cache?: string): Promise<number> {
  const started = performance.now();
  const options = { provider: 'cpu', threads, minScore: MIN_SCORE } as const;
  const detector = await openDetector(folder, { ...options, ...(cache !== undefined && { cache }) });
  const took = performance.now() - started;
  await detector.close();
  return took;
}
