// The trainer's network and its .weights -> the same numbers from our import of cfg and weights in ONNX Runtime.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { describeInput } from '../../../models/darknet/model.js';
import { readNetwork } from '../../../models/darknet/network.js';
import { readWeights } from '../../../models/darknet/weights.js';
import { buildDarknet } from '../../../models/networks/build.js';
import { findNetwork } from '../../../models/networks/catalogue.js';
import { writeOnnx } from '../../../models/onnx/write.js';
import { openOnnxRuntime } from '../../../models/runtime/onnxruntime.js';
import { random } from '../../support/small-networks.js';
import { noTrainer, runPython, TRAINER } from '../../support/trainer.js';

const SIZE = 64;
const folder = mkdtempSync(join(tmpdir(), 'cspcam-trainer-'));
afterAll(() => rmSync(folder, { recursive: true }));

test.skipIf(noTrainer)(
  `trained weights mean the same here${noTrainer ? ` (${noTrainer})` : ''}`,
  async () => {
    const system = findNetwork('csppeleenet-efm-sam');
    const { cfg } = buildDarknet(system, { size: SIZE, classes: 6, activation: 'relu', newCoords: true }, 1);
    const files = { cfg: 'net.cfg', weights: 'net.weights', pixels: 'pixels.bin' };
    const paths = Object.fromEntries(Object.entries(files).map(([key, file]) => [key, join(folder, file)]));
    const next = random(3);
    const pixels = Uint8Array.from({ length: 3 * SIZE * SIZE }, () => 256 * next());
    writeFileSync(join(folder, files.cfg), cfg);
    writeFileSync(join(folder, files.pixels), pixels);

    const script = join(import.meta.dirname, '../../support/trainer-network.py');
    const job = JSON.stringify({ trainer: TRAINER, size: SIZE, ...paths });
    const { status, stdout, stderr } = runPython([script], job);
    expect(status, stderr).toBe(0);
    const theirs = JSON.parse(stdout) as number[][];

    const graph = readNetwork(cfg, files.cfg);
    const weights = readWeights(readFileSync(join(folder, files.weights)), graph, files.weights);
    const network = writeOnnx(graph, weights, 'trained', { input: 'uint8' });
    const model = { name: 'trained', input: describeInput(graph) };
    const session = await openOnnxRuntime(network, model, { provider: 'cpu', threads: 1 });
    const ours = [...(await session.run(pixels)).values()];
    await session.close();

    expect(ours.map((values) => values.length)).toEqual(theirs.map((values) => values.length));
    const differences = ours.map((values, head) =>
      Math.max(...values.map((value, i) => Math.abs(value - theirs[head]![i]!))),
    );
    for (const difference of differences) expect(difference).toBeLessThan(1e-4);
    // Else the test could not tell the heads or their values apart.
    for (const values of theirs) expect(Math.max(...values) - Math.min(...values)).toBeGreaterThan(0.1);
  },
);
