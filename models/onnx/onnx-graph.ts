// Nodes, constants, inputs and outputs -> the bytes of an ONNX model.

import { encodeModel } from './protobuf.js';

export type AttributeValue = number | string | readonly number[];
export type ElementType = 'float32' | 'uint8';

const OPSET = 13; // the newest that TensorRT 8.2's parser takes
const IR_VERSION = 7;
const elementTypes = { float32: 1, uint8: 2, int64: 7 } as const;
const attributeTypes = { float: 1, int: 2, string: 3, ints: 7 } as const;
// ONNX types an attribute by its schema: whole numbers of these are still floats.
const floatAttributes = new Set(['alpha', 'beta', 'epsilon']);

export class OnnxGraph {
  readonly #nodes: object[] = [];
  readonly #initializers = new Map<string, object>();
  readonly #inputs: object[] = [];
  readonly #outputs: { name: string; value: string }[] = [];

  /** Adds a node with one output; returns the name of its value. An empty input name leaves an optional input out. */
  node(
    opType: string,
    input: readonly string[],
    output: string,
    attributes: Readonly<Record<string, AttributeValue>> = {},
  ): string {
    const attribute = Object.entries(attributes).map(([name, value]) => encodeAttribute(name, value));
    this.#nodes.push({ opType, input, output: [output], name: output, attribute });
    return output;
  }

  /** A constant of `dims`. */
  tensor(name: string, dims: readonly number[], values: Float32Array | BigInt64Array): string {
    const dataType = values instanceof Float32Array ? elementTypes.float32 : elementTypes.int64;
    const rawData = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    this.#initializers.set(name, { name, dims, dataType, rawData });
    return name;
  }

  scalar(value: number): string {
    return this.tensor(`scalar_${value}`, [], Float32Array.of(value));
  }

  /** Channels from `start` up to, not including, `end`. */
  channels(value: string, start: number, end: number, name: string): string {
    const axis = (label: string, n: number) =>
      this.tensor(`index_${label}${n}`, [1], BigInt64Array.of(BigInt(n)));
    return this.node('Slice', [value, axis('', start), axis('', end), axis('axis', 1)], name);
  }

  input(name: string, type: ElementType, dims: readonly number[]): string {
    this.#inputs.push(valueInfo(name, type, dims));
    return name;
  }

  /** Names `value` as an output of the graph. */
  output(value: string, name: string): void {
    this.#outputs.push({ name, value });
  }

  /** @param outputDims by output name */
  encode(name: string, outputDims: ReadonlyMap<string, readonly number[]>): Uint8Array {
    const renames = this.#outputs.map(({ name, value }) => ({
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
        node: [...this.#nodes, ...renames],
        initializer: [...this.#initializers.values()],
        input: this.#inputs,
        output: this.#outputs.map((output) =>
          valueInfo(output.name, 'float32', outputDims.get(output.name)!),
        ),
      },
    });
  }
}

function encodeAttribute(name: string, value: AttributeValue): object {
  if (typeof value === 'string')
    return { name, type: attributeTypes.string, s: new TextEncoder().encode(value) };
  if (typeof value !== 'number') return { name, type: attributeTypes.ints, ints: value };
  return floatAttributes.has(name)
    ? { name, type: attributeTypes.float, f: value }
    : { name, type: attributeTypes.int, i: value };
}

function valueInfo(name: string, type: ElementType, dims: readonly number[]): object {
  const shape = { dim: dims.map((dimValue) => ({ dimValue })) };
  return { name, type: { tensorType: { elemType: elementTypes[type], shape } } };
}
