// Every kind of layer, exported and run by ONNX Runtime -> the values of plain loops over Darknet's definitions.

import { expect, test } from 'vitest';
import { ACTIVATIONS } from '../../../models/layers/activation.js';
import { SECTION_NAMES } from '../../../models/layers/registry.js';
import { CfgText } from '../../support/cfgs.js';
import { run, smallNetwork } from '../../support/small-networks.js';

const linear = { activation: 'linear' };

/** Squeeze and excitation of the map `from`. */
function squeeze(net: CfgText, from: number, channels: number): number {
  net.add('avgpool');
  net.conv(Math.max(1, channels >> 2), 1, { activation: 'swish', batch_normalize: 0 });
  net.conv(channels, 1, { activation: 'logistic', batch_normalize: 0 });
  return net.add('scale_channels', { from, activation: 'linear' });
}

const cases: Readonly<Record<string, (net: CfgText) => void>> = {
  'convolution of an odd size': (net) => net.conv(4, 3, { ...linear, stride: 2 }),
  'convolution without batch norm': (net) => net.conv(4, 5, { ...linear, batch_normalize: 0 }),
  'convolution without padding': (net) => net.conv(4, 3, { ...linear, pad: 0 }),
  'convolution with padding of its own': (net) => net.conv(4, 3, { ...linear, pad: 0, padding: 2 }),
  'dilated convolution': (net) => net.conv(4, 3, { ...linear, dilation: 2 }),
  'grouped convolution': (net) => {
    net.conv(8, 1);
    net.conv(12, 3, { ...linear, groups: 4 });
  },
  'depthwise convolution, stride 2': (net) => {
    net.conv(6, 1);
    net.conv(6, 3, { ...linear, groups: 6, stride: 2 });
  },
  'maxpool of the picture': (net) => net.maxpool(2, 2),
  'maxpool, stride 1, even window': (net) => net.maxpool(2, 1),
  'maxpool, stride 1, odd window': (net) => net.maxpool(5, 1),
  'maxpool 3 by 2': (net) => net.maxpool(3, 2),
  'maxpool without padding': (net) => net.add('maxpool', { size: 3, stride: 2, padding: 0 }),
  maxout: (net) => {
    net.conv(12, 1);
    net.add('maxpool', { maxpool_depth: 1, out_channels: 4, size: 1, stride: 1 });
  },
  avgpool: (net) => net.add('avgpool'),
  'local_avgpool 2 by 2': (net) => net.add('local_avgpool', { size: 2, stride: 2 }),
  'local_avgpool 3 by 1': (net) => net.add('local_avgpool', { size: 3, stride: 1 }),
  upsample: (net) => net.upsample(),
  'upsample by 3': (net) => net.add('upsample', { stride: 3 }),
  'route to one layer': (net) => {
    net.conv(4, 3);
    net.conv(2, 1);
    net.route(-2);
  },
  'route to several layers': (net) => {
    net.conv(4, 3);
    net.conv(2, 1);
    net.conv(3, 1);
    net.route(-1, 0, -2);
  },
  'route to a group of channels': (net) => {
    net.conv(8, 3);
    net.conv(4, 1);
    net.add('route', { layers: '0,-1', groups: 2, group_id: 1 });
  },
  shortcut: (net) => {
    net.conv(4, 1);
    net.conv(4, 3);
    net.shortcut(-2);
  },
  'shortcut to a wider map': (net) => {
    net.conv(6, 1);
    net.conv(4, 3);
    net.shortcut(0);
  },
  'shortcut to a narrower map': (net) => {
    net.conv(4, 1);
    net.conv(6, 3);
    net.shortcut(0);
  },
  'shortcut to several maps': (net) => {
    net.conv(4, 1);
    net.conv(6, 1);
    net.conv(4, 3);
    net.add('shortcut', { from: '-2,-3', activation: 'linear' });
  },
  'shortcut to a map four times as large': (net) => {
    net.conv(6, 1);
    net.conv(4, 3, { stride: 2 });
    net.conv(4, 3, { stride: 2 });
    net.shortcut(0);
  },
  batchnorm: (net) => {
    net.conv(4, 3);
    net.add('batchnorm');
  },
  activation: (net) => {
    net.conv(4, 3, linear);
    net.add('activation', { activation: 'leaky' });
  },
  'bilinear_upsample by 2': (net) => net.add('bilinear_upsample', { stride: 2 }),
  'bilinear_upsample by 3': (net) => net.add('bilinear_upsample', { stride: 3 }),
  sam: (net) => {
    const map = net.conv(4, 3);
    net.conv(4, 1, { activation: 'logistic' });
    net.add('sam', { from: map });
  },
  'scale_channels by channel': (net) => {
    squeeze(net, net.conv(8, 3), 8);
  },
  'scale_channels by cell': (net) => {
    const map = net.conv(4, 3);
    net.conv(1, 1, { activation: 'logistic' });
    net.add('scale_channels', { from: map, scale_wh: 1, activation: 'leaky' });
  },
  softmax: (net) => {
    net.conv(10, 1);
    net.add('avgpool');
    net.add('softmax', { groups: 1 });
  },
  'dropout and cost': (net) => {
    net.conv(4, 1);
    net.add('dropout', { probability: 0.5 });
    net.add('cost', { type: 'sse' });
  },
  'blocks as of MobileNet': (net) => {
    net.conv(8, 3, { stride: 2, activation: 'relu6' });
    net.conv(16, 1, { activation: 'relu6' });
    net.conv(16, 3, { groups: 16, activation: 'relu6' });
    net.conv(8, 1, linear);
    net.add('dropout', { probability: 0.15 });
    net.shortcut(0, 'linear');
  },
  'blocks as of EfficientNet, with SAM and Maxout': (net) => {
    const stem = net.conv(8, 3, { activation: 'swish' });
    net.conv(16, 1, { activation: 'swish' });
    squeeze(net, net.conv(16, 5, { groups: 16, activation: 'swish' }), 16);
    net.conv(8, 1, linear);
    net.add('dropout', { probability: 0.2 });
    const sum = net.shortcut(stem, 'linear');
    net.add('maxpool', { maxpool_depth: 1, out_channels: 4, size: 1, stride: 1 });
    const wide = net.route(-1, sum);
    net.conv(12, 1, { activation: 'logistic' });
    net.add('sam', { from: wide });
  },
};

const activationCases = ACTIVATIONS.map(
  (activation) => [activation, (net: CfgText) => net.conv(4, 3, { activation })] as const,
);

const table = [...Object.entries(cases), ...activationCases];

test.each(table)('%s', async (name, build) => {
  // Odd sizes, but where maps are a whole number of times each other's size.
  const net = name.includes('times') ? new CfgText(16, 8) : new CfgText(9, 7);
  build(net);
  const small = smallNetwork(net.text);
  const { channels, height, width } = small.graph.layers.at(-1)!.output;
  expect([channels, height, width]).toEqual(small.reference.shape);
  const values = await run(small);
  expect(values.length).toBe(small.reference.values.length);
  const worst = values.reduce(
    (most, value, i) => Math.max(most, difference(value, small.reference.values[i]!)),
    0,
  );
  expect(worst).toBeLessThan(1e-4);
});

/** Relative above 1, absolute below. */
function difference(value: number, reference: number): number {
  return Math.abs(value - reference) / Math.max(1, Math.abs(reference));
}

test('no kind of layer is without a case', () => {
  const net = new CfgText(64);
  for (const [, build] of table) build(net);
  const tested = new Set([...net.text.matchAll(/^\[(\w+)\]$/gm)].map(([, section]) => section));
  // [yolo] computes nothing within the graph.
  expect(SECTION_NAMES.filter((section) => !tested.has(section))).toEqual(['yolo']);
});
