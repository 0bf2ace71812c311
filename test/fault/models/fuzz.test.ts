// Ten thousand spoilt cfg, weight and ONNX files -> each loads or ends in one clear line; memory stays bounded.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CspcamError } from '#common/errors.js';
import { describeInput, importDarknet } from '../../../models/darknet/model.js';
import { readNetwork } from '../../../models/darknet/network.js';
import { readWeights, writeWeights } from '../../../models/darknet/weights.js';
import { writeCfg } from '../../../models/darknet/write-cfg.js';
import { readModelFolder, readNetworkFile, writeModelFolder } from '../../../models/folder/folder.js';
import { findNetwork } from '../../../models/networks/catalogue.js';
import { initialWeights } from '../../../models/networks/initial-weights.js';
import { buildNetwork } from '../../../models/networks/network-spec.js';
import { seededRandom } from '../../../models/networks/random.js';
import { writeOnnx } from '../../../models/onnx/write.js';
import { openOnnxRuntime } from '../../../models/runtime/onnxruntime.js';
import { randomNetwork } from '../../support/random-network.js';
import { spoilBytes, spoilText } from '../../support/spoil.js';

const MEBIBYTE = 2 ** 20;

interface Tally {
  loaded: number;
  refused: number;
}

/** Runs `load`; only a CspcamError of one line that says where is an acceptable failure. */
async function attempt(tally: Tally, where: RegExp, load: () => unknown, what: string): Promise<void> {
  try {
    await load();
    tally.loaded++;
  } catch (error) {
    expect(error, `${what}: ${(error as Error).stack}`).toBeInstanceOf(CspcamError);
    const { message } = error as CspcamError;
    expect(message, what).toMatch(where);
    expect(message.split('\n').length, what).toBe(1);
    expect(message.length, what).toBeLessThan(600);
    tally.refused++;
  }
}

/** Resident memory that running `work` adds, MiB. */
async function memoryOf(work: () => Promise<void>): Promise<number> {
  const before = process.memoryUsage.rss();
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 20);
  await work();
  clearInterval(timer);
  return (Math.max(most, process.memoryUsage.rss()) - before) / MEBIBYTE;
}

test('7000 cfg files', async () => {
  const texts = [
    ...['yolov4-tiny', 'csppeleenet-efm-sam', 'csppeleenet-cem', 'secsppeleenet-swish', 'resnet-10'].map(
      (name) => writeCfg(buildNetwork(findNetwork(name), { size: 96, classes: 3 }), name),
    ),
    ...Array.from({ length: 15 }, (_, seed) => writeCfg(randomNetwork(seed), `random ${seed}`)),
  ];
  const weights = { bytes: new Uint8Array(20), file: 'none.weights' };
  const names = { text: 'a\nb\nc\n', file: 'three.names' };
  const tally: Tally = { loaded: 0, refused: 0 };
  const added = await memoryOf(async () => {
    for (let seed = 0; seed < 7000; seed++) {
      const text = spoilText(texts[seed % texts.length]!, seededRandom(seed));
      await attempt(tally, /bad\.cfg|layer \d+/, () => readNetwork(text, 'bad.cfg'), `cfg ${seed}`);
      // Without its weights a network is refused at its first convolution at the latest, whatever its size.
      await attempt(
        { loaded: 0, refused: 0 },
        /bad\.cfg|layer \d+|none\.weights|three\.names/,
        () =>
          importDarknet({ cfg: { text, file: 'bad.cfg' }, weights, names }, { name: 'bad', provenance: {} }),
        `cfg ${seed}`,
      );
    }
  });
  expect(tally.loaded).toBeGreaterThan(500);
  expect(tally.refused).toBeGreaterThan(1500);
  expect(added).toBeLessThan(700);
});

test('2000 weight files', async () => {
  const networks = Array.from({ length: 20 }, (_, seed) => {
    const graph = randomNetwork(seed);
    return { graph, bytes: writeWeights(graph, initialWeights(graph, seed)) };
  });
  const tally: Tally = { loaded: 0, refused: 0 };
  const added = await memoryOf(async () => {
    for (let seed = 0; seed < 2000; seed++) {
      const { graph, bytes } = networks[seed % networks.length]!;
      const spoilt = spoilBytes(bytes, seededRandom(seed));
      const load = () => readWeights(spoilt, graph, 'bad.weights');
      await attempt(tally, /bad\.weights|layer \d+/, load, `weights ${seed}`);
    }
  });
  expect(tally.loaded).toBeGreaterThan(200);
  expect(tally.refused).toBeGreaterThan(400);
  expect(added).toBeLessThan(300);
});

const onnxOf = (seed: number) => {
  const graph = randomNetwork(seed);
  return { graph, bytes: writeOnnx(graph, initialWeights(graph, seed), 'small', { input: 'uint8' }) };
};

test('700 ONNX files in a model folder are known by their sum', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cspcam-fuzz-'));
  const graph = buildNetwork(findNetwork('yolov4-tiny'), { size: 32, classes: 1 });
  const cfg = writeCfg(graph, 'tiny');
  const weights = writeWeights(graph, initialWeights(graph, 0));
  const model = importDarknet(
    {
      cfg: { text: cfg, file: 'tiny.cfg' },
      weights: { bytes: weights, file: 'tiny.weights' },
      names: { text: 'a', file: 'a.names' },
    },
    { name: 'tiny', provenance: {} },
  );
  const { bytes } = onnxOf(1);
  await writeModelFolder(folder, model.description, bytes);
  const tally: Tally = { loaded: 0, refused: 0 };
  for (let seed = 0; seed < 700; seed++) {
    const spoilt = spoilBytes(bytes, seededRandom(seed));
    await writeFile(join(folder, 'model.onnx'), spoilt);
    const load = async () => readNetworkFile(await readModelFolder(folder));
    await attempt(tally, /sha256 .*model\.onnx/, load, `onnx ${seed}`);
    if (Buffer.compare(spoilt, bytes) !== 0) expect(tally.refused + tally.loaded).toBe(seed + 1);
  }
  await rm(folder, { recursive: true });
  expect(tally.refused).toBeGreaterThan(690);
});

test('300 ONNX files whose sum nobody checks', async () => {
  const models = [0, 1, 2, 3].map(onnxOf);
  const tally: Tally = { loaded: 0, refused: 0 };
  const added = await memoryOf(async () => {
    for (let seed = 0; seed < 300; seed++) {
      const { graph, bytes } = models[seed % models.length]!;
      const spoilt = spoilBytes(bytes, seededRandom(seed));
      const load = async () => {
        const options = { provider: 'cpu', threads: 1 } as const;
        const session = await openOnnxRuntime(spoilt, { name: 'bad', input: describeInput(graph) }, options);
        await session.close();
      };
      await attempt(tally, /bad to load on provider cpu/, load, `onnx ${seed}`);
    }
  });
  expect(tally.loaded).toBeGreaterThan(20);
  expect(tally.refused).toBeGreaterThan(20);
  expect(added).toBeLessThan(700);
});
