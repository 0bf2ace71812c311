#!/usr/bin/env node
// Model folders -> what settings of ONNX Runtime's threads do to one session, idle and beside a busy neighbour.
// Straight on onnxruntime-node, as the agent itself has one setting only; interleaved in rounds.
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { env, InferenceSession, Tensor } from 'onnxruntime-node';
import { readCpuFeatures } from '../../dist/agent/common/cpu-features.js';
import { readModelFolder } from '../../dist/models/folder/folder.js';
import { chooseNetwork } from '../../dist/models/runtime/network.js';

const help = `usage: node scripts/bench/threads.mjs [FOLDER...] [--threads N] [--rounds N] [--seconds S]

  FOLDER     model folders, default dist/models/default
  --threads  of the session, default 2
  --rounds   how often every row has its turn, default 5
  --seconds  of a turn, default 0.5

Example:
  node scripts/bench/threads.mjs dist/models/default my-int8-model
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: 'boolean' },
    threads: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '0.5' },
  },
});
if (values.help) {
  process.stdout.write(help);
  process.exit();
}
env.logLevel = 'fatal';
const threads = Number(values.threads);
const spin = (us) => ({ intra_op: { allow_spinning: '1', spin_duration_us: `${us}` } });
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

const rows = [];
for (const directory of positionals.length ? positionals : ['dist/models/default']) {
  const folder = await readModelFolder(directory);
  const { description } = folder;
  const network = await chooseNetwork(folder, 'cpu', await readCpuFeatures()).bytes();
  const { name, width, height } = description.input;
  const feeds = {
    [name]: new Tensor('uint8', new Uint8Array(3 * width * height).fill(99), [1, 3, height, width]),
  };
  for (const [setting, session] of Object.entries(settings)) {
    const options = { intraOpNumThreads: threads, interOpNumThreads: 1, extra: { session } };
    const opened = await InferenceSession.create(network, options);
    rows.push({ model: description.name, setting, run: () => opened.run(feeds) });
  }
}

async function turn(run, seconds) {
  const times = [];
  const before = process.cpuUsage();
  for (const end = performance.now() + 1000 * seconds; performance.now() < end || times.length === 0; ) {
    const started = performance.now();
    await run();
    times.push(performance.now() - started);
  }
  const { user, system } = process.cpuUsage(before);
  return { times, cpuMs: (user + system) / 1000 / times.length };
}

/** @returns for each row: the quickest and the median frame, and the CPU time of one, milliseconds */
async function measure() {
  const seen = rows.map(() => ({ times: [], cpuMs: [] }));
  for (let round = 0; round < Number(values.rounds); round++)
    for (const [i, { run }] of rows.entries()) {
      const { times, cpuMs } = await turn(run, Number(values.seconds));
      seen[i].times.push(...times);
      seen[i].cpuMs.push(cpuMs);
    }
  return seen.map(({ times, cpuMs }) => [Math.min(...times), median(times), median(cpuMs)]);
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
}

for (const { run } of rows) await turn(run, 0.2);
const idle = await measure();
const neighbour = spawn('sh', ['-c', 'while :; do :; done']);
const busy = await measure().finally(() => neighbour.kill('SIGKILL'));
const of = 'min | p50 | CPU';
process.stdout.write(
  `| network | spinning | ${of}, idle | ${of}, beside a busy neighbour |\n|${' --- |'.repeat(8)}\n`,
);
for (const [i, { model, setting }] of rows.entries())
  process.stdout.write(
    `| ${[model, setting, ...[...idle[i], ...busy[i]].map((ms) => ms.toFixed(1))].join(' | ')} |\n`,
  );
