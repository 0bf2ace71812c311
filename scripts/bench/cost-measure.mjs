// Networks of the catalogue with random weights -> how long ONNX Runtime takes for them, for cost-fit.mjs.

import { execFileSync } from 'node:child_process';
import { access, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readCpuFeatures } from '../../dist/agent/common/cpu-features.js';
import { readFacts } from '../../dist/agent/device/facts.js';
import { measureMachine } from '../../dist/agent/device/measure.js';
import { fingerprint } from '../../dist/agent/device/measured.js';
import { chooseMachine } from '../../dist/agent/device/this-machine.js';
import { describeInput } from '../../dist/models/darknet/model.js';
import { findSystem } from '../../dist/models/networks/catalogue.js';
import { initialWeights } from '../../dist/models/networks/initial-weights.js';
import { seededRandom } from '../../dist/models/networks/random.js';
import { buildNetwork } from '../../dist/models/networks/system.js';
import { encodeOnnx } from '../../dist/models/onnx/encode.js';
import { composeOnnx, INPUT_NAME } from '../../dist/models/onnx/write.js';
import { fastForm, integerForm } from '../../dist/models/passes/fast-form.js';
import { chooseForm } from '../../dist/models/quantize/forms/registry.js';
import { calibratedRanges, quantizeProgram } from '../../dist/models/quantize/quantize.js';
import { calibrateNetwork } from '../../dist/models/quantize/run-program.js';
import { openOnnxRuntime } from '../../dist/models/runtime/onnxruntime.js';
import { cases } from './cost-cases.mjs';

const HELP = `usage: node scripts/bench/cost-measure.mjs [options]

Times networks of the catalogue in fp32 and int8 with 1 and 2 threads, frame after frame, and what this machine's
convolutions and memory reach meanwhile. A figure that the file has already is replaced.

  --out FILE        default models/cost/measured.json
  --networks REGEX  those whose NAME-SIZE it matches; default all
  --rounds N        of all of a group after each other; default 3
  --burst MS        of one network in a round, two frames at least; default 120
  --models DIR      where their ONNX is kept; default cspcam-cost in the system's folder for temporary files
  --build           makes all ONNX anew, after a change of its form, and times nothing

Examples:
  node scripts/bench/cost-measure.mjs --build && node scripts/bench/cost-measure.mjs
  node scripts/bench/cost-measure.mjs --networks '^yolov' --rounds 1 --out /tmp/try.json
`;
const SEED = 7;
/** Of networks whose sessions are open at the same time. */
const GROUP = 8;
const THREADS = [1, 2];
const ROOF_MS = 6000;

const { values: options } = parseArgs({
  options: {
    out: {
      type: 'string',
      default: fileURLToPath(new URL('../../models/cost/measured.json', import.meta.url)),
    },
    networks: { type: 'string', default: '' },
    rounds: { type: 'string', default: '3' },
    burst: { type: 'string', default: '120' },
    models: { type: 'string', default: join(tmpdir(), 'cspcam-cost') },
    build: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (options.help) process.stdout.write(HELP);
else await main();

async function main() {
  const wanted = cases.filter(({ network, size }) => new RegExp(options.networks).test(`${network}-${size}`));
  await mkdir(options.models, { recursive: true });
  for (const one of wanted) await build(one);
  if (options.build) return;
  const { limits } = await chooseMachine();
  const cacheBytes = limits.profile.cpu.cacheMB.value * 1e6;
  const results = await readResults(cacheBytes);
  for (let i = 0; i < wanted.length; i += GROUP) {
    keepBest(results, await measureRoofs(cacheBytes));
    for (const run of await timeGroup(wanted.slice(i, i + GROUP))) replace(results.runs, run);
    await writeResults(results);
  }
}

function fileOf({ network, size, precision }) {
  return join(options.models, `${network}-${size}-${precision}.onnx`);
}

function pixelsOf(size) {
  const random = seededRandom(SEED);
  return Uint8Array.from({ length: 3 * size * size }, () => 256 * random());
}

async function build({ network, size }) {
  const [fp32File, int8File] = ['fp32', 'int8'].map((precision) => fileOf({ network, size, precision }));
  const isThere = await access(int8File).then(
    () => true,
    () => false,
  );
  if (isThere && !options.build) return;
  const graph = buildNetwork(findSystem(network), { size });
  const plain = composeOnnx(graph, initialWeights(graph, SEED), { input: 'uint8' });
  await writeFile(fp32File, encodeOnnx(fastForm(plain), network));
  const quantizable = { name: network, input: describeInput(graph), program: integerForm(plain) };
  const calibration = await calibrateNetwork(quantizable, [pixelsOf(size)]);
  const ranges = calibratedRanges(quantizable.program, calibration, { method: 'minmax', correctBias: false });
  const { form } = chooseForm('cpu', await readCpuFeatures());
  const int8 = quantizeProgram(quantizable.program, ranges, { keep: new Set(), form });
  await writeFile(int8File, encodeOnnx(int8, network));
  process.stderr.write(`built ${network} ${size}\n`);
}

/** Round after round, so that a disturbance hits a little of all instead of all of a few. */
async function timeGroup(group) {
  const open = [];
  for (const { network, size } of group) {
    const input = {
      name: INPUT_NAME,
      width: size,
      height: size,
      layout: 'NCHW',
      type: 'uint8',
      colour: 'RGB',
    };
    for (const precision of ['fp32', 'int8']) {
      const onnx = await readFile(fileOf({ network, size, precision }));
      for (const threads of THREADS) {
        const session = await openOnnxRuntime(onnx, { name: network, input }, { provider: 'cpu', threads });
        open.push({ network, size, precision, threads, session, pixels: pixelsOf(size), times: [] });
      }
    }
  }
  for (let round = 0; round < Number(options.rounds); round++) for (const one of open) await burst(one);
  for (const { session } of open) await session.close();
  return open.map(({ network, size, precision, threads, times }) => {
    const sorted = times.toSorted((a, b) => a - b);
    const rounded = (value) => Number(value.toFixed(3));
    return {
      ...{ network, size, precision, threads, frames: times.length },
      ...{ minMs: rounded(sorted[0]), medianMs: rounded(sorted[Math.floor(sorted.length / 2)]) },
    };
  });
}

/** The first frame of a burst finds the caches full of others' values. */
async function burst({ session, pixels, times }) {
  await session.run(pixels);
  const end = performance.now() + Number(options.burst);
  for (let frames = 0; frames < 2 || performance.now() < end; frames++) {
    const started = performance.now();
    await session.run(pixels);
    times.push(performance.now() - started);
  }
}

async function measureRoofs(cacheBytes) {
  return measureMachine({
    upTo: Math.max(...THREADS),
    cacheBytes,
    memoryBytes: totalmem(),
    signal: new AbortController().signal,
    onStep: () => {},
    budgetMs: ROOF_MS,
  });
}

/** A neighbour can only make a roof lower. */
function keepBest(results, roofs) {
  results.roofs = roofs.map((roof) => {
    const before = results.roofs.find(({ threads }) => threads === roof.threads) ?? {};
    return Object.fromEntries(
      Object.entries(roof).map(([key, value]) => [key, Number(Math.max(value, before[key] ?? 0).toFixed(1))]),
    );
  });
}

function replace(runs, run) {
  const isSame = (other) =>
    ['network', 'size', 'precision', 'threads'].every((key) => other[key] === run[key]);
  const at = runs.findIndex(isSame);
  if (at < 0) runs.push(run);
  else runs[at] = run;
}

async function readResults(cacheBytes) {
  const text = await readFile(options.out, 'utf8').catch(() => undefined);
  if (text !== undefined) return JSON.parse(text);
  const facts = await readFacts();
  const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json');
  return {
    machine: fingerprint(facts),
    flags: [...facts.flags].filter((flag) => /^(avx|amx|fma|asimd)/.test(flag)),
    onnxruntime: version,
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
      cwd: dirname(fileURLToPath(import.meta.url)),
      encoding: 'utf8',
    }).trim(),
    measuredAt: new Date().toISOString().slice(0, 10),
    cacheBytes,
    roofs: [],
    runs: [],
  };
}

/** A run to a line. */
async function writeResults(results) {
  const { roofs, runs, ...head } = results;
  const lines = (items) => items.map((item) => `    ${JSON.stringify(item)}`).join(',\n');
  const text = JSON.stringify({ ...head, roofs: [], runs: [] }, undefined, 2)
    .replace('"roofs": []', () => `"roofs": [\n${lines(roofs)}\n  ]`)
    .replace('"runs": []', () => `"runs": [\n${lines(runs)}\n  ]`);
  await writeFile(`${options.out}.new`, `${text}\n`);
  await rename(`${options.out}.new`, options.out);
}
