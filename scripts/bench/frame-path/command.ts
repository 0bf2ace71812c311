#!/usr/bin/env node
// Model folders and a clip -> what the way from a camera to a message costs beside the network itself.

import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { readFacts } from '../../dist/agent/device/facts.js';
import { readModelFolder } from '../../dist/models/folder/folder.js';
import { openDetector } from '../../dist/models/runtime/open.js';
import { threadTimes } from './frame-path/cpu.mjs';
import { bareInference, besideDecoding, endToEnd, sharing, staticScene } from './frame-path/measures.mjs';

const help = `usage: node scripts/bench/frame-path.mjs [FOLDER...] [options]

Measures, interleaved in rounds: the whole path, from a recording to messages at a broker, against the network
alone; processor time per frame beside decoding and inference; lag of timers on the main thread; processor time
in front of a still scene, with and without motion gating; and how one to eight cameras share a detector.
Needs mosquitto, and ffmpeg for the still scene.

  FOLDER           model folders, default dist/models/default
  --clip FILE      recording, default agent/demo/street.mp4
  --rounds N       turns of each measure, default 3
  --seconds S      of a turn, default 3
  --threads LIST   of the network, default all cores and one fewer
  --json FILE      write everything that was measured

Examples:
  node scripts/bench/frame-path.mjs
  node scripts/bench/frame-path.mjs dist/models/default my-int8-model --json frame-path.json
  node scripts/bench/frame-path.mjs --rounds 1 --seconds 1
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: 'boolean' },
    clip: { type: 'string', default: 'agent/demo/street.mp4' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '3' },
    threads: { type: 'string' },
    json: { type: 'string' },
  },
});
if (values.help) {
  process.stdout.write(help);
  process.exit();
}

/** Threads that were there before any network was. */
const own = new Set(threadTimes(process.pid).keys());
const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
const cores = cpus().length;
const threads = (values.threads ?? [...new Set([cores, Math.max(1, cores - 1)])].join())
  .split(',')
  .map(Number);
const folders = await Promise.all(
  (positionals.length ? positionals : ['dist/models/default']).map(readModelFolder),
);
const temporary = await mkdtemp(join(tmpdir(), 'cspcam-frame-path-'));
const { url, broker } = await startBroker();
const results = { paths: [], lasting: [], stillScenes: [], sharing: [] };

try {
  const rows = folders.flatMap((folder) => threads.map((count) => ({ folder, threads: count, turns: [] })));
  for (let round = 0; round < rounds; round++)
    for (const row of rows)
      await withDetector(row, async (detector) => {
        await bareInference(detector, 0.3);
        const bare = await bareInference(detector, seconds);
        const beside = await besideDecoding(detector, values.clip, seconds);
        const path = await endToEnd(detector, { clip: values.clip, url, seconds, own });
        row.turns.push({ bare, beside, path });
      });
  for (const { folder, threads: count, turns } of rows) {
    const of = (pick) => rounded(median(turns.map(pick)));
    results.paths.push({
      ...describe(folder),
      threads: count,
      bareMs: of(({ bare }) => bare.ms),
      pathMs: of(({ path }) => path.ms),
      ratio: of(({ bare, path }) => bare.ms / path.ms),
      besideDecodingMs: of(({ beside }) => beside.ms),
      ratioBesideDecoding: of(({ beside, path }) => beside.ms / path.ms),
      cpuMs: cpuMs(of),
      timerLagMs: { p50: of(({ path }) => path.lagMs.p50), p99: of(({ path }) => path.lagMs.p99) },
    });
  }

  // Compiled code and the heap have settled after so many frames, as in an agent that runs for days.
  for (const folder of folders)
    await withDetector({ folder, threads: 1 }, async (detector) => {
      const lasting = { clip: values.clip, url, seconds: 5 * seconds, own, warmUpMs: 6000 * seconds };
      const path = await endToEnd(detector, lasting);
      const lagMs = { p50: rounded(path.lagMs.p50), p99: rounded(path.lagMs.p99) };
      // The recording begins again meanwhile, in another capture process: what those took is not known.
      const cpu = {
        mainThread: rounded(path.cpu.mainThread),
        helperThreads: rounded(path.cpu.helperThreads),
      };
      results.lasting.push({ ...describe(folder), threads: 1, cpuMs: cpu, timerLagMs: lagMs });
    });

  const still = await stillClip();
  for (const folder of folders)
    await withDetector({ folder, threads: cores }, async (detector) => {
      const measure = (motion) => staticScene(detector, { clip: still, url, seconds: 3 * seconds, motion });
      const off = await measure(undefined);
      const on = await measure({ lookEveryMs: 1000, keepLookingMs: 2000 });
      results.stillScenes.push({
        ...describe(folder),
        cores: { withoutGate: rounded(off.cpuPerSecond), withGate: rounded(on.cpuPerSecond) },
        fps: { withoutGate: rounded(off.fps), withGate: rounded(on.fps) },
        ratio: rounded(on.cpuPerSecond / off.cpuPerSecond),
      });
    });

  // Each row offers 80 frames a second in all, so that only the number of cameras differs.
  const offers = [1, 2, 4, 8].map((count) => Array.from({ length: count }, () => 80 / count));
  offers.push([2, 26, 26, 26]);
  const measured = offers.map((fps) => ({ fps, turns: [] }));
  for (let round = 0; round < rounds; round++)
    for (const row of measured)
      await withDetector({ folder: folders[0], threads: cores }, async (detector) => {
        row.turns.push(await sharing(detector, { url, seconds: 2 * seconds, fps: row.fps }));
      });
  for (const { fps, turns } of measured) {
    const rates = fps.map((_, i) => rounded(median(turns.map((turn) => turn[i]))));
    const total = rounded(median(turns.map((turn) => turn.reduce((sum, rate) => sum + rate, 0))));
    results.sharing.push({ offeredFps: fps, total, rates });
  }
} finally {
  broker.kill();
  await rm(temporary, { recursive: true, force: true });
}

print(results);
if (values.json !== undefined) {
  const facts = await readFacts();
  const environment = {
    cpu: facts.cpuModel,
    cores,
    node: process.version,
    clip: values.clip,
    rounds,
    seconds,
  };
  await writeFile(values.json, `${JSON.stringify({ environment, ...results }, undefined, 2)}\n`);
}

async function withDetector({ folder, threads: count }, use) {
  const detector = await openDetector(folder, { provider: 'cpu', threads: count, minScore: 0.1 });
  try {
    await use(detector);
  } finally {
    await detector.close();
  }
}

function cpuMs(of) {
  const parts = ['mainThread', 'helperThreads', 'scaleAndSend', 'videoDecode'];
  return Object.fromEntries(parts.map((part) => [part, of(({ path }) => path.cpu[part])]));
}

function describe({ description: { name, precision = 'fp32', input } }) {
  return { model: name, precision, size: input.width };
}

/** In a process of its own: a broker is no part of the agent. */
async function startBroker() {
  const port = await new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port: free } = server.address();
      server.close(() => resolve(free));
    });
  });
  const broker = spawn('mosquitto', ['-p', String(port)], { stdio: 'ignore' });
  broker.on('error', () => {
    process.stderr.write('expected mosquitto in PATH\n');
    process.exit(1);
  });
  await wait(300);
  return { broker, url: `mqtt://127.0.0.1:${port}` };
}

/** The first picture of the clip for a minute, at 1280 x 720 and 25 frames a second, with a sensor's noise. */
async function stillClip() {
  const file = join(temporary, 'still.mp4');
  const filter = 'loop=-1:1:0,scale=1280:720,setpts=N/25/TB,noise=alls=8:allf=t';
  const encode = ['-t', '60', '-r', '25', '-c:v', 'libx264', '-preset', 'veryfast', '-crf', '26'];
  const ffmpeg = spawn('ffmpeg', ['-v', 'error', '-i', values.clip, '-vf', filter, ...encode, file], {
    stdio: 'inherit',
  });
  const code = await new Promise((resolve) => ffmpeg.on('close', resolve));
  if (code !== 0) throw new Error('expected ffmpeg with libx264');
  return file;
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
}

function rounded(value) {
  return Number(value.toPrecision(4));
}

function print({ paths, lasting, stillScenes, sharing: shared }) {
  const line = (...cells) => process.stdout.write(`| ${cells.join(' | ')} |\n`);
  const head = (...cells) => {
    line(...cells);
    line(...cells.map(() => '---'));
  };
  head('network', 'threads', 'alone, ms', 'beside decoding', 'whole path', 'of alone', 'of beside decoding');
  for (const { model, precision, threads: count, bareMs, pathMs, ratio, ...row } of paths)
    line(
      `${model} ${precision}`,
      count,
      bareMs,
      row.besideDecodingMs,
      pathMs,
      ratio,
      row.ratioBesideDecoding,
    );
  process.stdout.write('\n');
  head(
    'CPU, ms a frame',
    'threads',
    'main thread',
    "Node's helpers",
    'scale, send',
    'decode',
    'timer lag p50, p99',
  );
  const cpu = (name, { precision, threads: count, cpuMs: ms, timerLagMs: lag }) =>
    line(
      `${precision} ${name}`,
      count,
      ms.mainThread,
      ms.helperThreads,
      ms.scaleAndSend ?? '',
      ms.videoDecode ?? '',
      `${lag.p50}, ${lag.p99}`,
    );
  for (const row of paths) cpu('at first', row);
  for (const row of lasting) cpu('lasting', row);
  process.stdout.write('\n');
  head('still scene', 'cores without gate', 'with gate', 'ratio', 'frames/s without, with');
  for (const { model, precision, cores: used, ratio, fps } of stillScenes)
    line(
      `${model} ${precision}`,
      used.withoutGate,
      used.withGate,
      ratio,
      `${fps.withoutGate}, ${fps.withGate}`,
    );
  process.stdout.write('\n');
  head('cameras offer, frames/s', 'looked at in all', 'of each');
  for (const { offeredFps, total, rates } of shared) line(offeredFps.join(', '), total, rates.join(', '));
}
