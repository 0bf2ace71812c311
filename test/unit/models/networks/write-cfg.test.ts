// Graph -> what a .cfg says beyond the network itself, and what it refuses.

import { expect, test } from 'vitest';
import { parseCfg } from '../../../../models/darknet/cfg.js';
import { requireDarknet, writeCfg } from '../../../../models/darknet/write-cfg.js';
import { findNetwork } from '../../../../models/networks/catalogue.js';
import { buildNetwork, type NetworkOptions } from '../../../../models/networks/network-spec.js';

const sectionsOf = (name: string, options: NetworkOptions = {}) =>
  parseCfg(writeCfg(buildNetwork(findNetwork(name), options), name), 'net.cfg');

test('a detector trains by the schedule of the paper', () => {
  const [net] = sectionsOf('csppeleenet-efm-sam', { size: 320 });
  expect(net!.name).toBe('net');
  expect([net!.number('width', 0), net!.number('height', 0), net!.number('channels', 0)]).toEqual([
    320, 320, 3,
  ]);
  expect([net!.number('batch', 0), net!.number('momentum', 0), net!.number('decay', 0)]).toEqual([
    64, 0.9, 0.0005,
  ]);
  expect(net!.number('max_batches', 0)).toBe(500_000);
  expect(net!.numbers('steps')).toEqual([400_000, 450_000]);
  expect(net!.numbers('scales')).toEqual([0.1, 0.1]);
});

test('its heads share the anchors of the network and train with CIoU', () => {
  const heads = sectionsOf('csppeleenet-efm-sam', { classes: 6, newCoords: true }).filter(
    ({ name }) => name === 'yolo',
  );
  expect(heads.map((head) => head.numbers('mask'))).toEqual([
    [0, 1, 2],
    [3, 4, 5],
    [6, 7, 8],
  ]);
  for (const head of heads) {
    expect(head.numbers('anchors')).toEqual([
      10, 13, 16, 30, 33, 23, 30, 61, 62, 45, 59, 119, 116, 90, 156, 198, 373, 326,
    ]);
    expect([head.text('iou_loss'), head.text('nms_kind')]).toEqual(['ciou', 'greedynms']);
    expect(['num', 'classes', 'new_coords', 'scale_x_y', 'random'].map((key) => head.number(key, 0))).toEqual(
      [9, 6, 1, 2, 1],
    );
  }
});

test.each([
  ['csppeleenet-cem', 0],
  ['csppeleenet-gfm', 0],
  ['csppeleenet-efm', 1],
])('%s trains at %d other sizes', (name, random) => {
  const heads = sectionsOf(name).filter((section) => section.name === 'yolo');
  expect(heads.map((head) => head.number('random', -1))).toEqual([random, random, random]);
});

test('layers that Darknet lacks are named', () => {
  expect(() => requireDarknet(buildNetwork(findNetwork('cspdensenet-201-elastic')))).toThrow(
    /layers that Darknet has for layer \d+, received \[bilinear_upsample\]/,
  );
  expect(() => requireDarknet(buildNetwork(findNetwork('csppeleenet-gfm')))).not.toThrow();
});

test('a graph that no .cfg can hold is refused', () => {
  const graph = buildNetwork(findNetwork('yolov4-tiny'));
  const layers = graph.layers.map((placed) => (placed.index === 2 ? { ...placed, inputs: [0] } : placed));
  expect(() => writeCfg({ ...graph, layers }, 'odd')).toThrow(
    'expected an input from layer 1 for layer 2 [convolutional], received 0',
  );
});
