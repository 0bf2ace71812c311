// OnnxProgram -> the bytes of an ONNX model.

import { ELEMENT_TYPES, type ElementType, typeOfValues } from './element-types.js';
import type { AttributeValue, Constant, OnnxNode, OnnxOutput, OnnxProgram } from './program.js';
import { encodeModel } from './protobuf.js';

const DEFAULT_OPSET = 13; // the newest that TensorRT 8.2's parser takes
/** Newest opset of each version of the file format; from its table of versions. */
const IR_VERSIONS = [
  { version: 7, newestOpset: 14 },
  { version: 8, newestOpset: 18 },
  { version: 9, newestOpset: 20 },
  { version: 10, newestOpset: 22 },
  { version: 11, newestOpset: 23 },
] as const;
const NEWEST_IR_VERSION = 12;
const FIRST_WITH_FUNCTIONS = 8;
const ATTRIBUTE_TYPES = { float: 1, int: 2, string: 3, ints: 7 } as const;
// ONNX types an attribute by its schema: whole numbers of these are still floats.
export const FLOAT_ATTRIBUTES: ReadonlySet<string> = new Set(['alpha', 'beta', 'epsilon']);
/** 2 ** 63 - 1, "to the end" of slices, is no number of JavaScript: 2 ** 63 stands for it. */
const LARGEST_INT64 = { low: -1, high: 0x7fffffff, unsigned: false };

export function encodeOnnx(program: OnnxProgram, name: string): Uint8Array {
  const {
    opset = DEFAULT_OPSET,
    furtherOpsets = new Map(),
    functions = [],
    valueTypes = new Map(),
  } = program;
  const renames = program.outputs
    .filter(({ name, value }) => name !== value)
    .map(({ name, value }) => ({ opType: 'Identity', input: [value], output: [name], name, attribute: [] }));
  const irVersion = IR_VERSIONS.find(({ newestOpset }) => opset <= newestOpset)?.version ?? NEWEST_IR_VERSION;
  const ends = new Set(program.outputs.map((output) => output.name));
  return encodeModel({
    irVersion: Math.max(irVersion, functions.length > 0 ? FIRST_WITH_FUNCTIONS : 0),
    producerName: 'cspcam',
    opsetImport: [{ domain: '', version: opset }, ...[...furtherOpsets].map(opsetImport)],
    graph: {
      name,
      node: [...program.nodes.map(encodeNode), ...renames],
      initializer: [...program.constants].map(([name, constant]) => encodeConstant(name, constant)),
      input: program.inputs.map(({ name, type, dims, dimNames }) => valueInfo(name, type, dims, dimNames)),
      output: program.outputs.map(outputInfo),
      valueInfo: [...valueTypes].flatMap(([name, { type, dims }]) =>
        ends.has(name) ? [] : [type === 'any' ? { name } : valueInfo(name, type, dims)],
      ),
    },
    functions,
  });
}

const opsetImport = ([domain, version]: [string, number]) => ({ domain, version });

function encodeNode({ opType, inputs, output, furtherOutputs = [], attributes, domain }: OnnxNode): object {
  return {
    opType,
    input: inputs,
    output: [output, ...furtherOutputs],
    name: output,
    attribute: Object.entries(attributes).map(([key, value]) => encodeAttribute(key, value)),
    ...(domain && { domain }),
  };
}

function encodeConstant(name: string, { dims, values, type = typeOfValues(values) }: Constant): object {
  const rawData = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { name, dims, dataType: ELEMENT_TYPES[type].number, rawData };
}

function encodeAttribute(name: string, value: AttributeValue): object {
  if (typeof value === 'string')
    return { name, type: ATTRIBUTE_TYPES.string, s: new TextEncoder().encode(value) };
  if (typeof value === 'number')
    return FLOAT_ATTRIBUTES.has(name)
      ? { name, type: ATTRIBUTE_TYPES.float, f: value }
      : { name, type: ATTRIBUTE_TYPES.int, i: int64(value) };
  if ('raw' in value) return value.raw;
  return { name, type: ATTRIBUTE_TYPES.ints, ints: value.map(int64) };
}

const int64 = (value: number) => (value >= 2 ** 63 ? LARGEST_INT64 : value);

function outputInfo({ name, type = 'float32', dims, dimNames, unranked }: OnnxOutput): object {
  if (type === 'any') return { name };
  return unranked
    ? { name, type: { tensorType: { elemType: ELEMENT_TYPES[type].number } } }
    : valueInfo(name, type, dims, dimNames);
}

function valueInfo(
  name: string,
  type: ElementType,
  dims: readonly number[],
  dimNames: readonly string[] = [],
): object {
  const dim = dims.map((dimValue, axis) => {
    if (dimValue >= 0) return { dimValue };
    return dimNames[axis] ? { dimParam: dimNames[axis] } : {};
  });
  return { name, type: { tensorType: { elemType: ELEMENT_TYPES[type].number, shape: { dim } } } };
}
