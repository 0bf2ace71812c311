// Bytes of a .weights file -> numbers per convolution, or one line that names the layer.

import { expect, test } from 'vitest';
import { importDarknet } from '../../../models/darknet/model.js';
import { readNetwork } from '../../../models/darknet/network.js';
import { readWeights } from '../../../models/darknet/weights.js';
import { CfgText } from '../../support/cfgs.js';
import { weightsFile } from '../../support/small-networks.js';

const net = new CfgText(32);
net.conv(2, 1);
net.maxpool(2, 2);
net.conv(3, 1, { batch_normalize: 0 });
const graph = readNetwork(net.text, 'net.cfg');
// Layer 0: biases, scales, means, variances of 2, kernel of 2 * 3; layer 2: biases of 3, kernel of 3 * 2.
const floats = Array.from({ length: 8 + 6 + 3 + 6 }, (_, i) => i + 1);

// Darknet counts pictures in eight bytes since version 0.2, and its own releases say 0.1 and 2.5 as well.
test.each([
  [[0, 1], 16],
  [[0, 2], 20],
  [[0, 5], 20],
  [[1, 0], 20],
] as const)('header of version %j is %d bytes', (version, headerBytes) => {
  const file = weightsFile(floats, version);
  expect(file.byteLength).toBe(headerBytes + 4 * floats.length);
  const weights = readWeights(file, graph, 'net.weights');
  expect([...weights.keys()]).toEqual([0, 2]);
  expect(weights.get(0)).toEqual({
    biases: Float32Array.of(1, 2),
    batchNorm: {
      scales: Float32Array.of(3, 4),
      means: Float32Array.of(5, 6),
      variances: Float32Array.of(7, 8),
    },
    kernel: Float32Array.of(9, 10, 11, 12, 13, 14),
  });
  expect(weights.get(2)).toEqual({
    biases: Float32Array.of(15, 16, 17),
    kernel: Float32Array.of(18, 19, 20, 21, 22, 23),
  });
});

const file = weightsFile(floats);
const with_ = (index: number, value: number) =>
  weightsFile(floats.map((old, i) => (i === index ? value : old)));

test.each([
  ['empty', new Uint8Array(), /a header of 16 bytes or more in net\.weights, received 0 bytes/],
  ['a text', new TextEncoder().encode('<!DOCTYPE html><html>'), /a Darknet weight file at net\.weights/],
  [
    'cut in its header',
    file.subarray(0, 18),
    /layer 0 convolutional, biases, received 0: net\.weights is too short/,
  ],
  [
    'cut in the first layer',
    file.subarray(0, 20 + 4 * 5),
    /2 floats for layer 0 convolutional, batch norm means, received 1/,
  ],
  [
    'cut in the last layer',
    file.subarray(0, file.length - 4),
    /6 floats for layer 2 convolutional, kernel, received 5/,
  ],
  [
    'cut within a number',
    file.subarray(0, file.length - 1),
    /6 floats for layer 2 convolutional, kernel, received 5/,
  ],
  [
    'too long',
    weightsFile([...floats, 1, 2]),
    /the end of net\.weights after layer 2 convolutional, received 8 more bytes/,
  ],
  ['too long by a byte', Uint8Array.of(...file, 0), /received 1 more bytes/],
  ['not a number', with_(8, Number.NaN), /finite numbers for layer 0 convolutional, kernel, received NaN/],
  ['infinite', with_(14, Number.POSITIVE_INFINITY), /finite numbers for layer 2 convolutional, biases/],
  ['a negative variance', with_(6, -1), /variances of 0 or more for layer 0 convolutional, received -1/],
])('%s', (_, bytes, message) => {
  expect(() => readWeights(bytes, graph, 'net.weights')).toThrow(message);
});

test('names must be as many as classes', () => {
  const head = new CfgText(32);
  head.conv(8, 3, { stride: 2 });
  head.add('convolutional', { filters: 14, size: 1, activation: 'linear' });
  head.add('yolo', { anchors: '1,2, 3,4', num: 2, classes: 2 });
  const count = 8 * 27 + 4 * 8 + 8 * 14 + 14;
  const importWith = (names: string) =>
    importDarknet(
      {
        cfg: { text: head.text, file: 'head.cfg' },
        weights: { bytes: weightsFile(new Array(count).fill(0.1)), file: 'head.weights' },
        names: { text: names, file: 'two.names' },
      },
      { name: 'head', provenance: {} },
    );
  expect(() => importWith('person\n')).toThrow('expected 2 class names for two.names, received 1');
  expect(importWith('person\r\n car \n\n').description).toMatchObject({
    task: 'detection',
    labels: ['person', 'car'],
    parameters: count,
    decoder: {
      kind: 'yolo',
      heads: [
        {
          output: 'yolo_2',
          grid: { width: 16, height: 16 },
          anchors: [
            [1, 2],
            [3, 4],
          ],
          scaleXY: 1,
          newCoords: false,
        },
      ],
    },
  });
});
