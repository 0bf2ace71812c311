// Model folder -> what its layers ask of a machine: by its Darknet files, or by its ONNX graph where it has none.

import { expected } from '#common/errors.js';
import { type ValueShapes, workOfProgram } from '../cost/onnx-work.js';
import { type LayerWork, type Precision, workOf } from '../cost/work.js';
import { readNetwork } from '../darknet/network.js';
import type { OnnxProgram } from '../onnx/program.js';
import { readOnnx } from '../onnx/read.js';
import { hasCfg, type ModelFolder, networkFile, readCfg, readNetworkFile } from './folder.js';

/** @throws CspcamError for files that were changed, or whose layers are not those of model.json */
export async function worksOfFolder(folder: ModelFolder, precision: Precision): Promise<LayerWork[]> {
  if (hasCfg(folder)) return workOf(readNetwork(await readCfg(folder), folder.description.name), precision);
  const { program } = readOnnx(await readNetworkFile(folder));
  return workOfProgram(program, shapesOfLayers(folder, program), precision);
}

/** An import keeps a layer for each node of the network that it wrote, in their order. */
function shapesOfLayers(folder: ModelFolder, { inputs, nodes }: OnnxProgram): ValueShapes {
  const { layers } = folder.description;
  const fits =
    layers.length === nodes.length && nodes.every(({ opType }, i) => layers[i]!.type.endsWith(opType));
  if (!fits)
    throw expected('a layer of model.json for each node', networkFile(folder), `${nodes.length} nodes`);
  return new Map([
    ...inputs.map(({ name, dims }) => [name, dims] as const),
    ...nodes.map(({ output }, i) => [output, [1, ...layers[i]!.output]] as const),
  ]);
}
