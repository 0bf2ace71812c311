// What an ONNX graph consists of, as plain data: what layers add to, passes rewrite and the encoder writes.

export type AttributeValue = number | string | readonly number[];
export type ElementType = 'float32' | 'uint8';

export interface OnnxNode {
  readonly opType: string;
  /** Names of values; an empty one leaves an optional input out. */
  readonly inputs: readonly string[];
  /** Name of its one output, which is the node's name as well. */
  readonly output: string;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

export interface Constant {
  readonly dims: readonly number[];
  readonly values: Float32Array | BigInt64Array | Int32Array | Uint8Array | Int8Array;
}

export interface OnnxInput {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly number[];
}

export interface OnnxOutput {
  readonly name: string;
  /** The value that leaves the graph under this name. */
  readonly value: string;
  readonly dims: readonly number[];
}

export interface OnnxProgram {
  readonly inputs: readonly OnnxInput[];
  /** Each after those whose values it reads. */
  readonly nodes: readonly OnnxNode[];
  readonly constants: ReadonlyMap<string, Constant>;
  readonly outputs: readonly OnnxOutput[];
}
