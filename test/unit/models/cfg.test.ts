// Text of a .cfg -> a graph, or one line that names file, line and layer.

import { expect, test } from 'vitest';
import { readNetwork } from '../../../models/darknet/network.js';
import { resizeCfg } from '../../../models/darknet/resize-cfg.js';
import { CfgText } from '../../support/cfgs.js';

const NET = '[net]\nwidth=64\nheight=64\nchannels=3\n';
const CONV = ['filters=8', 'size=3', 'pad=1', 'activation=leaky'];
const conv = (options = '') => {
  const others = CONV.filter((option) => !options.includes(`${option.split('=')[0]}=`));
  return `[convolutional]\n${others.join('\n')}\n${options}`;
};

// Line numbers count [net] in: its section takes four lines.
test.each([
  [
    'an unknown layer',
    `${NET}${conv()}[reorg3d]\n`,
    /of .*avgpool, .*layer 1 \(bad\.cfg:10\), received \[reorg3d\]/,
  ],
  ['nothing', '', /\[net\] as the first section for bad\.cfg, received nothing/],
  ['no [net]', conv(), /\[net\] as the first section for bad\.cfg, received \[convolutional\]/],
  ['no layers', NET, /at least one layer for bad\.cfg/],
  [
    'a line that is no option',
    `${NET}width 64\n`,
    /\[section\] or key=value at bad\.cfg:5, received width 64/,
  ],
  ['an option before any section', 'width=64\n', /bad\.cfg:1, received width=64/],
  [
    'grey pictures',
    NET.replace('channels=3', 'channels=1'),
    /3 for \[net\] channels \(bad\.cfg:4\), received 1/,
  ],
  [
    'text for a number',
    `${NET}${conv('stride=two\n')}`,
    /a number for \[convolutional\] stride \(bad\.cfg:10\), received two/,
  ],
  ['an empty number', `${NET}${conv('stride=\n')}`, /a number for \[convolutional\] stride/],
  ['a hexadecimal number', `${NET}${conv('stride=0x2\n')}`, /a number for \[convolutional\] stride/],
  ['a fraction', `${NET}${conv('stride=1.5\n')}`, /an integer for \[convolutional\] stride/],
  ['a stride of 0', `${NET}${conv('stride=0\n')}`, /1 to 65536 for \[convolutional\] stride/],
  ['an enormous layer', `${NET}${conv('filters=99999999\n')}`, /1 to 65536 for \[convolutional\] filters/],
  [
    'an enormous map',
    `${NET}${conv('filters=60000\n')}[upsample]\nstride=32\n`,
    /layer 1 \[upsample\] .*at most 268435456 values/,
  ],
  [
    'an unknown activation',
    `${NET}${conv('activation=gelu\n')}`,
    /one of linear, .* \(bad\.cfg:9\), received gelu/,
  ],
  ['groups that do not divide', `${NET}${conv('groups=3\n')}`, /filters that groups=3 divides .* received 8/],
  [
    'groups that do not divide the input',
    `${NET}${conv('groups=2\n')}`,
    /layer 0 \[convolutional\] .*input channels that groups=2 divides/,
  ],
  ['binary weights', `${NET}${conv('xnor=1\n')}`, /0 or absent for \[convolutional\] xnor/],
  ['uneven strides', `${NET}${conv('stride_x=2\n')}`, /0 or absent for \[convolutional\] stride_x/],
  ...['maxpool', 'local_avgpool'].map((pool): [string, string, RegExp] => [
    `uneven strides of [${pool}]`,
    `${NET}[${pool}]\nsize=2\nstride=2\nstride_y=1\n`,
    new RegExp(`2, the stride, or absent for \\[${pool}\\] stride_y \\(bad\\.cfg:8\\), received 1`),
  ]),
  ...['cornersnms', 'diounsm'].map((kind): [string, string, RegExp] => [
    `${kind}, a suppression that is not there`,
    `${NET}${conv('filters=6\n')}[yolo]\nanchors=1,1\nclasses=1\nnms_kind=${kind}\n`,
    new RegExp(`one of default, greedynms, diounms for \\[yolo\\] nms_kind .*, received ${kind}`),
  ]),
  [
    'dilation off the centre',
    `${NET}${conv('dilation=2\nsize=2\n')}`,
    /a padding of half the size, with dilation=2/,
  ],
  [
    'a map too small',
    `${NET}[convolutional]\nsize=65\n`,
    /layer 0 \[convolutional\] .*an input of 65 pixels or more/,
  ],
  [
    'a route forward',
    `${NET}${conv()}[route]\nlayers=1\n`,
    /layers before layer 1 for \[route\] layers \(bad\.cfg:11\), received 1/,
  ],
  ['a route too far back', `${NET}${conv()}[route]\nlayers=-2\n`, /layers before layer 1 .* received -2/],
  ['a route to nothing', `${NET}${conv()}[route]\nlayers=\n`, /\[route\] layers/],
  [
    'a route without layers',
    `${NET}${conv()}[route]\n`,
    /a list of numbers for \[route\] layers .* received nothing/,
  ],
  [
    'a route over two sizes',
    `${NET}${conv()}${conv('stride=2\n')}[route]\nlayers=0,1\n`,
    /layer 2 \[route\] .*one size, 64x64 .*8x32x32/,
  ],
  [
    'a group there is not',
    `${NET}${conv()}[route]\nlayers=0\ngroups=2\ngroup_id=2\n`,
    /0 to 1 for \[route\] group_id/,
  ],
  [
    'a shortcut over sizes that do not divide',
    `${NET}${conv()}${conv('stride=3\n')}[shortcut]\nfrom=0\n`,
    /layer 2 \[shortcut\] .*8x64x64/,
  ],
  [
    'a weighted shortcut',
    `${NET}${conv()}${conv()}[shortcut]\nfrom=0\nweights_type=per_channel\n`,
    /none or absent for \[shortcut\] weights_type/,
  ],
  [
    'sam of another shape',
    `${NET}${conv()}${conv('filters=4\n')}[sam]\nfrom=0\n`,
    /layer 2 \[sam\] .*a map of 4x64x64/,
  ],
  [
    'factors of another shape',
    `${NET}${conv()}${conv('filters=4\n')}[scale_channels]\nfrom=0\n`,
    /factors that fit 8x64x64 .*4x64x64/,
  ],
  [
    'maxout that does not divide',
    `${NET}${conv()}[maxpool]\nmaxpool_depth=1\nout_channels=3\n`,
    /input channels that out_channels=3 divides/,
  ],
  [
    'a window in the border alone',
    `${NET}${conv()}[maxpool]\nsize=2\nstride=2\npadding=3\n`,
    /0 to 2 for \[maxpool\] padding .* received 3/,
  ],
  [
    'a border of less than nothing',
    `${NET}${conv()}[local_avgpool]\nsize=2\nstride=2\npadding=-4\n`,
    /0 to 2 for \[local_avgpool\] padding .* received -4/,
  ],
  ['softmax of a map', `${NET}${conv()}[softmax]\n`, /layer 1 \[softmax\] .*a map of one cell .*8x64x64/],
  [
    'a head of other channels',
    `${NET}${conv()}[yolo]\nanchors=1,2\nnum=1\nclasses=4\n`,
    /layer 1 \[yolo\] .*9 channels \(1 anchors \* \(5 \+ 4 classes\)\)/,
  ],
  [
    'anchors of another number',
    `${NET}${conv()}[yolo]\nanchors=1,2,3\nnum=2\n`,
    /4 numbers \(num=2\) for \[yolo\] anchors .* received 3/,
  ],
  [
    'a mask beyond the anchors',
    `${NET}${conv()}[yolo]\nanchors=1,2\nnum=1\nmask=1\n`,
    /0 to 0 for \[yolo\] mask .* received 1/,
  ],
])('%s', (_, text, message) => {
  expect(() => readNetwork(text, 'bad.cfg')).toThrow(message);
});

test('of a key that is there twice the first counts, as in Darknet', () => {
  const text = '[net]\nwidth=64\nheight=32\nwidth=96\n[conv]\nfilters=4\nfilters=8\nactivation=linear\n';
  const { input, layers } = readNetwork(text, 'net.cfg');
  expect(input.width).toBe(64);
  expect(layers[0]!.output).toEqual({ channels: 4, height: 32, width: 64 });
});

test('layers that do not fit: the size of the input is named where it may be the cause', () => {
  const text = (size: number) =>
    `[net]\nwidth=${size}\nheight=${size}\n[conv]\nfilters=4\nsize=3\nstride=2\npad=1\nactivation=linear\n[upsample]\nstride=2\n[route]\nlayers=-1,-3\n`.replace(
      '[conv]',
      '[conv]\nfilters=4\nsize=1\nactivation=linear\n[conv]',
    );
  expect(() => readNetwork(text(64), 'net.cfg')).not.toThrow();
  expect(() => readNetwork(text(65), 'net.cfg')).toThrow(
    /received .*; .* mostly multiples of 32, here 65x65$/,
  );
});

test('comments, spaces, upper case, carriage returns and short names are as Darknet reads them', () => {
  const text =
    '# net\r\n[net]\r\nwidth = 64 ; pixels\r\nheight=32\r\nbatch=1\r\n\r\n[CONV]\r\nfilters=4\r\nsize = 3\r\npad=1\r\nactivation=mish\r\n' +
    '[max]\nsize=2\nstride=2\n[route]\nlayers = -1 ,\n';
  const { input, layers } = readNetwork(text, 'net.cfg');
  expect(input).toEqual({ channels: 3, height: 32, width: 64 });
  expect(layers.map(({ layer, inputs, output }) => [layer.kind, inputs, output])).toEqual([
    ['convolutional', [-1], { channels: 4, height: 32, width: 64 }],
    ['maxpool', [0], { channels: 4, height: 16, width: 32 }],
    ['route', [1], { channels: 4, height: 16, width: 32 }],
  ]);
});

test.each([
  [
    '[net]\nwidth = 416 # w\nheight=416\n[avgpool]\nwidth=3\n',
    '[net]\nwidth = 64 # w\nheight=64\n[avgpool]\nwidth=3\n',
  ],
  ['# net\n[network]\nbatch=1', '# net\n[network]\nheight=64\nwidth=64\nbatch=1'],
  ['\uFEFF[net]\r\nwidth=9\r\nheight=9\r\n', '\uFEFF[net]\r\nwidth=64\r\nheight=64\r\n'],
  ['[convolutional]\nfilters=1\n', '[convolutional]\nfilters=1\n'],
])('%j at 64', (text, resized) => {
  expect(resizeCfg(text, 64)).toBe(resized);
});

test('an input size in place of the cfg’s', () => {
  const net = new CfgText(416);
  net.conv(8, 3, { stride: 2 });
  const { input, layers } = readNetwork(resizeCfg(net.text, 320), 'net.cfg');
  expect(input).toEqual({ channels: 3, height: 320, width: 320 });
  expect(layers[0]!.output).toEqual({ channels: 8, height: 160, width: 160 });
});

test.each(['default', 'greedynms', 'diounms', ''])(
  'suppression by %s, and strides that are said thrice',
  (kind) => {
    const said = kind === '' ? '' : `nms_kind=${kind}\n`;
    const pool = '[maxpool]\nsize=2\nstride=2\nstride_x=2\nstride_y=2\n';
    const text = `${NET}${pool}${conv('filters=6\n')}[yolo]\nanchors=1,1\nclasses=1\n${said}`;
    const layers = readNetwork(text, 'good.cfg').layers.map(({ layer }) => layer);
    expect(layers[0]).toMatchObject({ kind: 'maxpool', stride: 2 });
    expect(layers[2]).toMatchObject({ nms: { kind: kind === 'diounms' ? 'diou' : 'greedy' } });
  },
);
