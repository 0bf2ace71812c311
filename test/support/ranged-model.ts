// -> a model folder that runs in int8: small, by ranges that are the same on every machine.

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importDarknet } from '../../models/darknet/model.js';
import { readNetwork } from '../../models/darknet/network.js';
import { writeWeights } from '../../models/darknet/weights.js';
import { type ModelFolder, writeModelFolder } from '../../models/folder/folder.js';
import { initialWeights } from '../../models/networks/initial-weights.js';
import { floatValues } from '../../models/quantize/calibrate.js';
import { type CalibratedRanges, quantizableProgram } from '../../models/quantize/quantize.js';
import { encodeRanges } from '../../models/quantize/ranges-file.js';
import { CfgText } from './cfgs.js';

const SIZE = 32;

/** @param change of what lands in ranges.json, whose sum is right in any case */
export async function rangedModel(
  change: (ranges: Uint8Array) => string | Uint8Array = (ranges) => ranges,
): Promise<ModelFolder> {
  const net = new CfgText(SIZE, SIZE, '10,14');
  net.conv(32, 3, { stride: 2, activation: 'relu' });
  // Large enough for the form for AMX.
  net.conv(64, 3, { activation: 'relu' });
  net.add('convolutional', { filters: 6, size: 1, activation: 'linear' });
  net.add('yolo', { mask: 0, anchors: net.anchors, num: 1, classes: 1 });
  const graph = readNetwork(net.text, 'ranged.cfg');
  const weights = writeWeights(graph, initialWeights(graph, 5));
  const { description, network, darknet } = importDarknet(
    {
      cfg: { text: net.text, file: 'ranged.cfg' },
      weights: { bytes: weights, file: 'ranged.weights' },
      names: { text: 'thing\n', file: 'ranged.names' },
    },
    { name: 'ranged', provenance: { format: 'test' } },
  );
  const program = quantizableProgram(darknet, 'ranged');
  const ranges: CalibratedRanges = {
    ranges: new Map(
      floatValues(program).map((output) => [output, { min: output.includes('relu') ? 0 : -4, max: 4 }]),
    ),
    means: new Map([['conv_0_relu', new Float32Array(32).fill(0.25)]]),
  };
  const quantization = {
    method: 'minmax' as const,
    data: 'nothing',
    pictures: 1,
    biasCorrection: true,
    keptFp32: [],
  };
  return writeModelFolder(
    join(await mkdtemp(join(tmpdir(), 'ranged-')), 'model'),
    { ...description, precision: 'int8', quantization },
    network,
    darknet,
    Buffer.from(change(encodeRanges(ranges))),
  );
}
