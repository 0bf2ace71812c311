// The same seeded weights and pixels through our ONNX and through an independent reader of the exported Darknet files.
// To renew: UPDATE_FIXTURES=1 PYTHON=/usr/bin/python3 npx vitest run --project e2e-models test/e2e/models/numerics

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeInput } from '../../../models/darknet/model.js';
import { DETECTORS } from '../../../models/networks/detectors.js';
import type { NetworkOptions } from '../../../models/networks/network-spec.js';
import { outputLayers, outputName, writeOnnx } from '../../../models/onnx/write.js';
import { openOnnxRuntime } from '../../../models/runtime/onnxruntime.js';
import { oracle } from '../../support/oracle.js';
import { type SeededNetwork, seededNetwork } from '../../support/seeded-network.js';

const SIZE = 160;
const TOLERANCE = 1e-3;

interface Oracle {
  readonly oracle: string;
  readonly results: readonly [{ readonly outputs: readonly (readonly number[])[] }];
}

/** OpenCV's reader takes a pool over depth for one over space. */
const hasMaxout = ({ graph }: SeededNetwork) =>
  graph.layers.some(({ layer }) => layer.kind === 'maxpool' && layer.outChannels > 0);

const cases = [
  ...DETECTORS.map((system) => ({ title: system.name, system, options: {} as NetworkOptions })),
  ...DETECTORS.filter(({ name }) => ['csppeleenet-efm-sam', 'yolov4-tiny'].includes(name)).flatMap((system) =>
    (['relu', 'swish', 'mish'] as const).map((activation) => ({
      title: `${system.name}-${activation}-new-coords`,
      system,
      options: { activation, newCoords: true, classes: 6 },
    })),
  ),
];

test.each(cases)('$title', async ({ title, system, options }) => {
  const network = seededNetwork(system, { ...options, size: SIZE }, 5);
  const heads = outputLayers(network.graph);
  const sample = 41;
  const byOpenCv = !hasMaxout(network);
  const { results } = oracle<Oracle>(
    `networks/${title}.json`,
    [network.cfg, network.weightsFile, network.pixels],
    byOpenCv ? 'opencv-darknet.py' : 'numpy-darknet.py',
    (folder) => ({
      cfg: written(join(folder, 'cfg'), network.cfg),
      weights: written(join(folder, 'weights'), network.weightsFile),
      size: [SIZE, SIZE],
      pixels: [written(join(folder, 'pixels'), network.pixels)],
      outputs: heads.map((head) => head.index - 1),
      sample,
    }),
  );

  const onnx = writeOnnx(network.graph, network.weights, title, { input: 'uint8' });
  const model = { name: title, input: describeInput(network.graph) };
  const session = await openOnnxRuntime(onnx, model, { provider: 'cpu', threads: 1 });
  const outputs = await session.run(network.pixels);
  await session.close();
  expect(heads.length).toBe(results[0].outputs.length);
  heads.forEach((head, i) => {
    // What OpenCV calls conv_29 is the convolution before its activation.
    const raw = results[0].outputs[i]!;
    const reference = byOpenCv && options.newCoords ? raw.map(sigmoid) : raw;
    const values = outputs.get(outputName(head))!.filter((_, at) => at % sample === 0);
    expect(values.length).toBe(reference.length);
    // Relative to the value, or to the usual size of the head's values where that is larger.
    const usual = Math.sqrt(reference.reduce((sum, value) => sum + value * value, 0) / reference.length);
    const worst = Math.max(
      ...reference.map((value, at) => Math.abs(values[at]! - value) / Math.max(usual, Math.abs(value))),
    );
    expect(usual).toBeGreaterThan(1e-3);
    expect(worst).toBeLessThan(TOLERANCE);
  });
});

function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value));
}

function written(file: string, contents: string | Uint8Array): string {
  writeFileSync(file, contents);
  return file;
}
