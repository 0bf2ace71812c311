// The same pixels through our export and through OpenCV's Darknet reader -> the same raw outputs and boxes.
// To renew: UPDATE_FIXTURES=1 PYTHON=/usr/bin/python3 npx vitest run --project unit test/unit/models/opencv

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { iou } from '../../../models/decode/boxes.js';
import type { Box } from '../../../models/detection.js';
import { infer } from '../../../models/runtime/infer.js';
import { openOnnxRuntime } from '../../../models/runtime/onnxruntime.js';
import { readImage } from '../../../pipelines/images.js';
import { CfgText } from '../../support/cfgs.js';
import { oracle } from '../../support/oracle.js';
import { sharedPath } from '../../support/shared.js';
import { run, smallNetwork } from '../../support/small-networks.js';
import { importYoloFastest, yoloFastestFiles } from '../../support/yolo-fastest.js';

interface OpenCvResult {
  readonly results: readonly {
    readonly outputs: readonly (readonly number[])[];
    readonly boxes?: readonly { classIndex: number; score: number; box: Box }[];
  }[];
}

const SCRIPT = 'opencv-darknet.py';

/** Relative above 1, absolute below: the tolerance of 1e-3 is about the size of a logit. */
function worstDifference(values: readonly number[], reference: readonly number[]): number {
  expect(values.length).toBe(reference.length);
  return Math.max(
    ...values.map((value, i) => Math.abs(value - reference[i]!) / Math.max(1, Math.abs(reference[i]!))),
  );
}

const files = yoloFastestFiles();
const images = sharedPath('data/detection/coco256/images');
const absent = files === undefined || images === undefined;

// Crowded pictures of the test split.
const pictures = ['val_000000009590.jpg', 'val_000000002299.jpg', 'val_000000000632.jpg'];
const sample = 197;
const minScore = 0.2; // OpenCV drops scores below
const iouThreshold = 0.45;

describe.skipIf(absent)(`Yolo-Fastest${absent ? ' (skipped: ../shared is absent)' : ''}`, async () => {
  if (files === undefined || images === undefined) return;
  const { description, network } = importYoloFastest(files);
  const model = { ...description, files: {} };
  const session = await openOnnxRuntime(network, model, { provider: 'cpu', threads: 1 });
  const frames = await Promise.all(pictures.map((name) => readImage(join(images, name), model.input)));
  const pixels = frames.map((frame) => new Uint8Array(frame.pixels));
  const { results } = oracle<OpenCvResult>('opencv-yolo-fastest.json', pixels, SCRIPT, (folder) => ({
    ...files,
    size: [model.input.width, model.input.height],
    pixels: pixels.map((bytes, i) => written(join(folder, `${i}`), bytes)),
    outputs: [120, 129], // the convolutions before [yolo]
    sample,
    boxes: { minScore, iouThreshold },
  }));

  test.each(pictures)('%s: raw outputs', async (name) => {
    const i = pictures.indexOf(name);
    const outputs = [...(await session.run(pixels[i]!)).values()];
    outputs.forEach((values, head) => {
      const sampled = [...values.filter((_, at) => at % sample === 0)];
      expect(worstDifference(sampled, results[i]!.outputs[head]!)).toBeLessThan(1e-4);
    });
  });

  test.each(pictures)('%s: boxes', async (name) => {
    const i = pictures.indexOf(name);
    const { inputBoxes } = await infer(session, model, pixels[i]!, { minScore });
    const theirs = results[i]!.boxes!;
    expect(inputBoxes.length).toBe(theirs.length);
    expect(inputBoxes.length).toBeGreaterThan(5);
    inputBoxes.forEach((found, at) => {
      expect(found.classIndex).toBe(theirs[at]!.classIndex);
      expect(Math.abs(found.score - theirs[at]!.score)).toBeLessThan(0.005);
      expect(iou(found.box, theirs[at]!.box)).toBeGreaterThan(0.99);
    });
  });
});

const linear = { activation: 'linear' };

const small: Readonly<Record<string, (net: CfgText) => void>> = {
  'groups and depthwise': (net) => {
    net.conv(8, 3, { stride: 2 });
    net.conv(12, 3, { groups: 4 });
    net.conv(12, 5, { groups: 12 });
    net.conv(4, 3, linear);
  },
  'max pools as of SPP': (net) => {
    const map = net.conv(4, 1);
    net.maxpool(5, 1);
    net.route(map);
    net.maxpool(9, 1);
    net.route(-1, -3, map);
    net.maxpool(2, 2);
    net.maxpool(2, 1);
    net.conv(3, 1, linear);
  },
  'cross stage partial': (net) => {
    const whole = net.conv(8, 3);
    net.add('route', { layers: -1, groups: 2, group_id: 1 });
    net.conv(4, 3, { activation: 'mish' });
    net.route(-1, whole);
    net.conv(6, 1, { activation: 'swish' });
    net.shortcut(whole);
    net.upsample();
    net.conv(2, 1, linear);
  },
  'squeeze and excitation, spatial attention': (net) => {
    const map = net.conv(8, 3, { activation: 'swish' });
    net.add('avgpool');
    net.conv(2, 1, { activation: 'relu' });
    net.conv(8, 1, { activation: 'logistic' });
    const scaled = net.add('scale_channels', { from: map });
    net.add('dropout', { probability: 0.2 });
    net.conv(8, 1, { activation: 'logistic' });
    net.add('sam', { from: scaled });
  },
};

test.each(Object.entries(small))('%s', async (name, build) => {
  const net = new CfgText(16, 12);
  build(net);
  const network = smallNetwork(net.text);
  const file = `opencv-${name.replaceAll(/\W+/g, '-')}.json`;
  const { results } = oracle<OpenCvResult>(
    file,
    [net.text, network.weights, network.pixels],
    SCRIPT,
    (folder) => ({
      cfg: written(join(folder, 'cfg'), net.text),
      weights: written(join(folder, 'weights'), network.weights),
      size: [16, 12],
      pixels: [written(join(folder, 'pixels'), network.pixels)],
      outputs: [network.graph.layers.length - 1],
      sample: 1,
    }),
  );
  const reference = results[0]!.outputs[0]!;
  const values = [...(await run(network))];
  expect(values.length).toBe(reference.length);
  // Random weights let values grow to thousands: those near zero are sums that cancel.
  const largest = Math.max(...reference.map(Math.abs));
  const worst = Math.max(...values.map((value, at) => Math.abs(value - reference[at]!)));
  expect(worst / largest).toBeLessThan(1e-5);
});

function written(file: string, contents: string | Uint8Array): string {
  writeFileSync(file, contents);
  return file;
}
