// OnnxProgram -> the bytes of an ONNX model.

import type { AttributeValue, Constant, ElementType, OnnxProgram } from './program.js';
import { encodeModel } from './protobuf.js';

const OPSET = 13; // the newest that TensorRT 8.2's parser takes
const IR_VERSION = 7;
const ELEMENT_TYPES = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7 } as const;
const ATTRIBUTE_TYPES = { float: 1, int: 2, string: 3, ints: 7 } as const;
// ONNX types an attribute by its schema: whole numbers of these are still floats.
const FLOAT_ATTRIBUTES = new Set(['alpha', 'beta', 'epsilon']);

export function encodeOnnx(program: OnnxProgram, name: string): Uint8Array {
  const nodes = program.nodes.map(({ opType, inputs, output, attributes }) => ({
    opType,
    input: inputs,
    output: [output],
    name: output,
    attribute: Object.entries(attributes).map(([key, value]) => encodeAttribute(key, value)),
  }));
  const renames = program.outputs.map(({ name, value }) => ({
    opType: 'Identity',
    input: [value],
    output: [name],
    name,
    attribute: [],
  }));
  return encodeModel({
    irVersion: IR_VERSION,
    producerName: 'cspcam',
    opsetImport: [{ domain: '', version: OPSET }],
    graph: {
      name,
      node: [...nodes, ...renames],
      initializer: [...program.constants].map(([name, constant]) => encodeConstant(name, constant)),
      input: program.inputs.map(({ name, type, dims }) => valueInfo(name, type, dims)),
      output: program.outputs.map(({ name, dims }) => valueInfo(name, 'float32', dims)),
    },
  });
}

function encodeConstant(name: string, { dims, values }: Constant): object {
  const rawData = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { name, dims, dataType: ELEMENT_TYPES[typeOf(values)], rawData };
}

function typeOf(values: Constant['values']): keyof typeof ELEMENT_TYPES {
  if (values instanceof Float32Array) return 'float32';
  if (values instanceof Uint8Array) return 'uint8';
  if (values instanceof Int8Array) return 'int8';
  return values instanceof Int32Array ? 'int32' : 'int64';
}

function encodeAttribute(name: string, value: AttributeValue): object {
  if (typeof value === 'string')
    return { name, type: ATTRIBUTE_TYPES.string, s: new TextEncoder().encode(value) };
  if (typeof value !== 'number') return { name, type: ATTRIBUTE_TYPES.ints, ints: value };
  return FLOAT_ATTRIBUTES.has(name)
    ? { name, type: ATTRIBUTE_TYPES.float, f: value }
    : { name, type: ATTRIBUTE_TYPES.int, i: value };
}

function valueInfo(name: string, type: ElementType, dims: readonly number[]): object {
  const shape = { dim: dims.map((dimValue) => ({ dimValue })) };
  return { name, type: { tensorType: { elemType: ELEMENT_TYPES[type], shape } } };
}
