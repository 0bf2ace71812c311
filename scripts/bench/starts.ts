#!/usr/bin/env node
// Model folders -> how long a detector takes to be ready: without a cache, making one, and finding one.
// Interleaved in rounds, so that what disturbs the machine hits every row; medians over the rounds.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readModelFolder } from '../../dist/models/folder/folder.js';
import { openDetector } from '../../dist/models/runtime/open.js';

const help = `usage: node scripts/bench/starts.mjs [FOLDER...] [--threads N] [--rounds N]

  FOLDER     model folders, default dist/models/default
  --threads  of the session, default 1
  --rounds   how often every row has its turn, default 7

Example:
  node scripts/bench/starts.mjs dist/models/default my-int8-model
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: 'boolean' },
    threads: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '7' },
  },
});
if (values.help) {
  process.stdout.write(help);
  process.exit();
}

const folders = await Promise.all(
  (positionals.length ? positionals : ['dist/models/default']).map(readModelFolder),
);
const rows = folders.map((folder) => ({ folder, none: [], making: [], finding: [] }));
const options = { provider: 'cpu', threads: Number(values.threads), minScore: 0.3 };

/** From the folder to a detector in its worker thread, milliseconds. */
async function start(folder, cache) {
  const started = performance.now();
  const detector = await openDetector(folder, { ...options, ...(cache && { cache }) });
  const took = performance.now() - started;
  await detector.close();
  return took;
}

for (let round = 0; round < Number(values.rounds); round++)
  for (const { folder, none, making, finding } of rows) {
    const cache = await mkdtemp(join(tmpdir(), 'cspcam-starts-'));
    none.push(await start(folder));
    making.push(await start(folder, cache));
    finding.push(await start(folder, cache));
    await rm(cache, { recursive: true });
  }

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1].toFixed(0);
process.stdout.write(
  '| network | without, ms | making it, ms | finding it, ms |\n| --- | --- | --- | --- |\n',
);
for (const { folder, ...times } of rows) {
  const { name, input } = folder.description;
  const [none, making, finding] = [times.none, times.making, times.finding].map(median);
  process.stdout.write(`| ${name} ${input.width} | ${none} | ${making} | ${finding} |\n`);
}
