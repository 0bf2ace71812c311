#!/usr/bin/env node
// Model folders -> what sessions x threads give: frames per second with all of them busy, and the wait for a frame.
// Interleaved in rounds, so that what disturbs the machine hits every row; medians over the rounds.
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { readFacts } from '../../dist/agent/device/facts.js';
import { readModelFolder } from '../../dist/models/folder/folder.js';
import { openDetector } from '../../dist/models/runtime/open.js';

const help = `usage: node scripts/bench/modes.mjs [FOLDER...] [--modes 1x2,2x1] [--rounds N] [--seconds S] [--json FILE]

  FOLDER     model folders, default dist/models/default
  --modes    sessions x threads, default all that fill the physical cores, and one session with one thread
  --rounds   how often every row has its turn, default 5
  --seconds  of a turn, default 1

Examples:
  node scripts/bench/modes.mjs
  node scripts/bench/modes.mjs dist/models/default my-int8-model --json modes.json
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: 'boolean' },
    modes: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '1' },
    json: { type: 'string' },
  },
});
if (values.help) {
  process.stdout.write(help);
  process.exit();
}

const facts = await readFacts();
const cores = facts.cores || 1;
const filling = Array.from({ length: cores }, (_, i) => i + 1).filter((sessions) => cores % sessions === 0);
const modes =
  values.modes ?? [...new Set(['1x1', ...filling.map((count) => `${count}x${cores / count}`)])].join();
const folders = await Promise.all(
  (positionals.length ? positionals : ['dist/models/default']).map(readModelFolder),
);
const rows = folders.flatMap((folder) =>
  modes.split(',').map((mode) => {
    const [sessions, threads] = mode.split('x').map(Number);
    return { folder, sessions, threads, fps: [], latencyMs: [] };
  }),
);

/** One frame in the hands of each session, for `seconds`. */
async function turn({ folder, sessions, threads }, seconds) {
  const { width, height } = folder.description.input;
  const detector = await openDetector(folder, { provider: 'cpu', sessions, threads, minScore: 0.3 });
  const waits = [];
  const keepBusy = async (until) => {
    let pixels = new ArrayBuffer(3 * width * height);
    while (performance.now() < until) {
      const asked = performance.now();
      ({ pixels } = await detector.detect(pixels));
      waits.push(performance.now() - asked);
    }
  };
  const all = (until) => Promise.all(Array.from({ length: sessions }, () => keepBusy(until)));
  await all(performance.now() + 200);
  waits.length = 0;
  const started = performance.now();
  await all(started + 1000 * seconds);
  const fps = (1000 * waits.length) / (performance.now() - started);
  await detector.close();
  return { fps, latencyMs: median(waits) };
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
}

for (let round = 0; round < Number(values.rounds); round++)
  for (const row of rows) {
    const { fps, latencyMs } = await turn(row, Number(values.seconds));
    row.fps.push(fps);
    row.latencyMs.push(latencyMs);
  }

const results = rows.map(({ folder, sessions, threads, fps, latencyMs }) => ({
  model: folder.description.name,
  precision: folder.description.precision ?? 'fp32',
  size: folder.description.input.width,
  sessions,
  threads,
  fps: Number(median(fps).toFixed(2)),
  bestFps: Number(Math.max(...fps).toFixed(2)),
  latencyMs: Number(median(latencyMs).toFixed(2)),
}));
process.stdout.write(
  '| network | sessions x threads | frames/s, median | best | wait, ms |\n| --- | --- | --- | --- | --- |\n',
);
for (const { model, size, sessions, threads, fps, bestFps, latencyMs } of results)
  process.stdout.write(
    `| ${model} ${size} | ${sessions} x ${threads} | ${fps} | ${bestFps} | ${latencyMs} |\n`,
  );
if (values.json !== undefined) {
  const { version } = JSON.parse(await readFile('node_modules/onnxruntime-node/package.json', 'utf8'));
  const environment = { cpu: facts.cpuModel, cores, node: process.version, onnxruntime: version };
  await writeFile(values.json, `${JSON.stringify({ environment, results }, undefined, 2)}\n`);
}
