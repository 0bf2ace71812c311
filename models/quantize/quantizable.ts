// A model folder -> its network in floats, in the form that is calibrated and made integers of.

import { expected } from '#common/errors.js';
import { hasDarknetFiles, type ModelFolder, readDarknetPair, readNetworkFile } from '../folder/folder.js';
import { encodeOnnx } from '../onnx/encode.js';
import { type OnnxProgram, outputsOf, type ValueType } from '../onnx/program.js';
import { readOnnx } from '../onnx/read.js';
import { elementTypes } from '../onnx/value-types.js';
import { plainConvolutions } from '../passes/plain-convolutions.js';
import { plainResizes } from '../passes/plain-resizes.js';
import { expectUpgradable, upgradeOpset } from '../passes/upgrade-opset.js';
import { dimsOfOutputs, type Runnable } from '../runtime/onnxruntime.js';
import { quantizableProgram } from './quantize.js';

/** Of networks that an exporter has made integers of already. */
const INTEGER_OPERATORS =
  /^(ConvInteger|DequantizeLinear|DynamicQuantizeLinear|MatMulInteger|QLinear\w+|QuantizeLinear)$/;

/** @throws CspcamError for files that are missing or were changed, and for a network that is no matter of int8 */
export async function quantizableOf(folder: ModelFolder): Promise<OnnxProgram> {
  const { name } = folder.description;
  if (hasDarknetFiles(folder)) return quantizableProgram(await readDarknetPair(folder), name);
  return programOf(await readNetworkFile(folder), folder.description);
}

async function programOf(network: Uint8Array, model: Runnable): Promise<OnnxProgram> {
  const { program } = readOnnx(network);
  expectUpgradable(program, model.name);
  const integers = program.nodes.filter(({ opType }) => INTEGER_OPERATORS.test(opType));
  if (integers.length > 0)
    throw expected(
      'a network in floats to make integers of',
      model.name,
      `one with ${integers[0]!.opType} and ${integers.length - 1} more: it is in integers, and runs as it is`,
    );
  const odd = program.nodes.find(({ captured }) => captured !== undefined);
  if (odd) throw expected('a network without subgraphs for int8', model.name, `${odd.opType} ${odd.output}`);
  const types = await valueTypesOf(program, model);
  const rankOf = (value: string) => types.get(value)?.dims.length;
  const upgraded = upgradeOpset(program, model.name, rankOf);
  return plainResizes({ ...plainConvolutions(upgraded), valueTypes: types });
}

/** By one run: whatever operators there are, the runtime knows what they give. */
async function valueTypesOf(program: OnnxProgram, model: Runnable): Promise<ReadonlyMap<string, ValueType>> {
  const types = elementTypes(program);
  const outputs = program.nodes
    .flatMap((node) => outputsOf(node))
    .flatMap((value, i) => {
      const type = types.get(value);
      return type === undefined
        ? []
        : [{ name: `measured ${i}`, value, type, dims: [], unranked: true as const }];
    });
  const { valueTypes: _, ...untold } = program;
  const dims = await dimsOfOutputs(encodeOnnx({ ...untold, outputs }, model.name), model);
  return new Map(outputs.map(({ name, value, type }) => [value, { type, dims: dims.get(name)! }]));
}
