// Published networks, written from their architecture -> the published BFLOPs and parameters.

import { expect, test } from 'vitest';
import { readNetwork } from '../../../models/darknet/network.js';
import { describeLayers, totalCost } from '../../../models/graph/cost.js';
import { csresnext50PanetSpp, yolov3Tiny, yolov3TinyPrn, yolov4Tiny } from '../../support/cfgs.js';

const WEIGHTS_HEADER_BYTES = 20;

// The paper counts millions now with, now without batch norm, and rounds; the sizes of the released weight files
// say more: in bytes where they are known, else in rounded MiB.
test.each([
  ['YOLOv3-tiny', yolov3Tiny(), 5.57, 8.86, { bytes: 35_434_956 }],
  ['YOLOv3-tiny-PRN', yolov3TinyPrn(), 3.47, 4.95, { mebibytes: 18.8 }],
  ['YOLOv4-tiny', yolov4Tiny(), 6.91, 6.06, { bytes: 24_251_276 }],
  ['CSPResNeXt50-PANet-SPP at 512', csresnext50PanetSpp(512), 71.3, 56.9, { mebibytes: 217 }],
  ['CSPResNeXt50-PANet-SPP at 416', csresnext50PanetSpp(416), 47.1, 56.9, { mebibytes: 217 }],
])('%s', (name, cfg, bflops, millions, file) => {
  const cost = totalCost(describeLayers(readNetwork(cfg, name)));
  expect(Math.abs(cost.bflops / bflops - 1)).toBeLessThan(0.002);
  expect(Math.abs(cost.parameters / 1e6 / millions - 1)).toBeLessThan(0.003);
  const bytes = 4 * cost.parameters + WEIGHTS_HEADER_BYTES;
  if ('bytes' in file) expect(bytes).toBe(file.bytes);
  else expect(Math.abs(bytes / 2 ** 20 - file.mebibytes)).toBeLessThan(0.6);
});
