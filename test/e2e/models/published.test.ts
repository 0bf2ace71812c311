// Published networks with weights of the right number -> models that ONNX Runtime runs.

import { expect, test } from 'vitest';
import { importDarknet } from '../../../models/darknet/model.js';
import { readNetwork } from '../../../models/darknet/network.js';
import { describeLayers, totalCost } from '../../../models/graph/cost.js';
import { openOnnxRuntime } from '../../../models/runtime/onnxruntime.js';
import { csresnext50PanetSpp, yolov3Tiny, yolov3TinyPrn, yolov4Tiny } from '../../support/cfgs.js';

const names = Array.from({ length: 80 }, (_, i) => `class ${i}`).join('\n');

test.each<[string, string, number[]]>([
  ['YOLOv3-tiny', yolov3Tiny(), [13, 26]],
  ['YOLOv3-tiny-PRN', yolov3TinyPrn(), [13, 26]],
  ['YOLOv4-tiny', yolov4Tiny(), [13, 26]],
  ['CSPResNeXt50-PANet-SPP', csresnext50PanetSpp(512), [64, 32, 16]],
])('%s', async (name, cfg, grids) => {
  const { parameters } = totalCost(describeLayers(readNetwork(cfg, name)));
  const floats = new Float32Array(5 + parameters).fill(0.001);
  new Int32Array(floats.buffer).set([0, 2, 5, 0, 0]);
  const { description, network } = importDarknet(
    {
      cfg: { text: cfg, file: `${name}.cfg` },
      weights: { bytes: new Uint8Array(floats.buffer), file: `${name}.weights` },
      names: { text: names, file: 'numbered.names' },
    },
    { name, provenance: {} },
  );
  expect(description.parameters).toBe(parameters);
  const { width, height } = description.input;
  const session = await openOnnxRuntime(network, description, { provider: 'cpu', threads: 0 });
  const outputs = await session.run(new Uint8Array(3 * width * height));
  await session.close();
  expect([...outputs.values()].map((values) => values.length)).toEqual(
    grids.map((side) => 255 * side * side),
  );
});
