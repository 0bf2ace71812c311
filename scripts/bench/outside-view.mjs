#!/usr/bin/env node
// Our figures beside those of others on the same machine in the same minutes: `cspcam bench` beside a plain loop over
// onnxruntime-node, the bandwidth of `cspcam profiles measure` beside STREAM's copy kernel and mbw. In turns; medians.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { readCpuFeatures } from '../../dist/agent/common/cpu-features.js';
import { readModelFolder } from '../../dist/models/folder/folder.js';
import { chooseNetwork } from '../../dist/models/runtime/network.js';

const help = `usage: node scripts/bench/outside-view.mjs [--only throughput|bandwidth] [--model DIR] [--rounds N] [--seconds S]

  --only     one half of it
  --model    model folder, default dist/models/default
  --threads  of the network, default 1 and as many as cores
  --rounds   how often each has its turn, default 5
  --seconds  of a turn, default 4

STREAM's kernel comes from likwid-bench (apt-get install likwid), mbw from apt-get install mbw; either may be missing.

Examples:
  node scripts/bench/outside-view.mjs
  node scripts/bench/outside-view.mjs --only throughput --model my-int8-model --rounds 9
`;

const { values } = parseArgs({
  options: {
    help: { type: 'boolean' },
    only: { type: 'string' },
    model: { type: 'string', default: fileURLToPath(new URL('../../dist/models/default', import.meta.url)) },
    threads: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    plain: { type: 'boolean' },
  },
});
if (values.help) {
  process.stdout.write(help);
  process.exit();
}
const self = fileURLToPath(import.meta.url);
const cli = fileURLToPath(new URL('../../dist/agent/cli/main.js', import.meta.url));
const rounds = Number(values.rounds);
const state = await mkdtemp(join(tmpdir(), 'outside-view-'));

async function run(program, args) {
  const env = { ...process.env, XDG_STATE_HOME: state, STATE_DIRECTORY: '' };
  return (await promisify(execFile)(program, args, { env, maxBuffer: 1e8 })).stdout;
}

/** Nothing where the program is not installed. */
const runOrNot = (program, args) => run(program, args).catch(() => undefined);

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2;
}

function print(what, ours, theirs) {
  const [a, b] = [median(ours), median(theirs)];
  process.stdout.write(
    `${what.padEnd(52)} ${a.toFixed(2).padStart(8)} ${b.toFixed(2).padStart(8)} ${(a / b).toFixed(3).padStart(7)}\n`,
  );
}

/** What anybody would write: a session, a tensor, run after run on the main thread. Prints milliseconds of a frame. */
async function plainLoop() {
  const { InferenceSession, Tensor } = await import('onnxruntime-node');
  const folder = await readModelFolder(values.model);
  const { input } = folder.description;
  const network = await chooseNetwork(folder, 'cpu', await readCpuFeatures()).bytes();
  const session = await InferenceSession.create(network, {
    intraOpNumThreads: Number(values.threads),
  });
  const pixels = new Uint8Array(3 * input.width * input.height).fill(127);
  const once = () =>
    session.run({ [input.name]: new Tensor('uint8', pixels, [1, 3, input.height, input.width]) });
  const loop = async (seconds) => {
    const times = [];
    for (const end = performance.now() + 1000 * seconds; performance.now() < end; ) {
      const started = performance.now();
      await once();
      times.push(performance.now() - started);
    }
    const mean = times.reduce((sum, ms) => sum + ms, 0) / times.length;
    return { mean, median: median(times) };
  };
  await loop(1);
  process.stdout.write(JSON.stringify(await loop(Number(values.seconds))));
}

async function throughput(cores) {
  process.stdout.write(`${'frames per second'.padEnd(52)}     ours    plain   ratio\n`);
  for (const threads of values.threads ? [Number(values.threads)] : [...new Set([1, cores])]) {
    const shared = ['--model', values.model, '--threads', `${threads}`];
    const [network, single, offline, mean, middle] = [[], [], [], [], []];
    for (let round = 0; round < rounds; round++) {
      const plain = await run(process.execPath, [self, '--plain', '--seconds', values.seconds, ...shared]);
      mean.push(1000 / JSON.parse(plain).mean);
      middle.push(1000 / JSON.parse(plain).median);
      const args = ['bench', ...shared, '--sessions', '1', '--json', '--scenario'];
      const bench = async (scenario) => {
        const text = await run(process.execPath, [cli, ...args, scenario, '--duration', values.seconds]);
        return JSON.parse(text).results[0];
      };
      const { fps, networkMs } = await bench('single');
      single.push(fps);
      network.push(1000 / networkMs);
      offline.push((await bench('offline')).fps);
    }
    print(`the network alone, medians, ${threads} threads`, network, middle);
    print(`single stream with decoding, ${threads} threads`, single, mean);
    print(`offline in one session, ${threads} threads`, offline, mean);
  }
}

async function bandwidth(cores) {
  const kernel = process.arch === 'x64' ? 'copy_avx' : 'copy';
  const counts = [...new Set([1, cores])];
  const ours = new Map(counts.map((threads) => [threads, []]));
  const others = new Map();
  const add = (key, gigabytes) => others.set(key, [...(others.get(key) ?? []), gigabytes]);
  for (let round = 0; round < rounds; round++) {
    const measured = JSON.parse(await run(process.execPath, [cli, 'profiles', 'measure', '--json']));
    for (const { threads, bandwidthGBs } of measured.threads) ours.get(threads)?.push(bandwidthGBs);
    for (const threads of counts)
      for (const [test, name] of [
        [kernel, "STREAM's copy"],
        ['stream_avx', "STREAM's triad"],
      ]) {
        const text = await runOrNot('likwid-bench', ['-t', test, '-w', `S0:1GB:${threads}`, '-s', '1']);
        const megabytes = /MByte\/s:\s+([\d.]+)/.exec(text ?? '')?.[1];
        if (megabytes) add(`${name}, ${threads} threads (likwid-bench ${test})/${threads}`, megabytes / 1000);
      }
    const text = await runOrNot('mbw', ['-q', '-n', '4', '256']);
    // It counts what is copied once; it was read and written.
    for (const [, method, rate] of (text ?? '').matchAll(/^AVG\s+Method: (\w+).*Copy: ([\d.]+)/gm))
      add(`mbw ${method}, 1 thread/1`, (2 * rate * 2 ** 20) / 1e9);
  }
  process.stdout.write(`\n${'GB per second, read and written'.padEnd(52)}     ours   theirs   ratio\n`);
  for (const [key, found] of others) {
    const [name, threads] = key.split('/');
    print(name, ours.get(Number(threads)), found);
  }
  if (others.size === 0) process.stdout.write('neither likwid-bench nor mbw is installed\n');
}

try {
  if (values.plain) await plainLoop();
  else {
    const { chooseMachine } = await import('../../dist/agent/device/this-machine.js');
    const { cores } = (await chooseMachine({ here: true })).limits;
    if (values.only !== 'bandwidth') await throughput(cores);
    if (values.only !== 'throughput') await bandwidth(cores);
  }
} finally {
  await rm(state, { recursive: true, force: true });
}
