// What an ONNX graph consists of, as plain data: what a file is read into, layers add to, passes rewrite and the encoder writes.

import type { ElementType, TypedValues } from './element-types.js';

export type { ElementType } from './element-types.js';

/** An onnx.AttributeProto as it was read, of a type that no pass looks at: lists of floats, tensors, subgraphs. */
export interface RawAttribute {
  readonly raw: object;
}

export type AttributeValue = number | string | readonly number[] | RawAttribute;

export interface OnnxNode {
  readonly opType: string;
  /** Names of values; an empty one leaves an optional input out. */
  readonly inputs: readonly string[];
  /** Name of its first output, which is the node's name as well. */
  readonly output: string;
  /** Names of its other outputs; an empty one leaves an optional output out. */
  readonly furtherOutputs?: readonly string[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  /** Of its operator; nothing for ONNX's own. */
  readonly domain?: string;
  /** Values of the graph around them that its subgraphs read. */
  readonly captured?: readonly string[];
}

export interface Constant {
  readonly dims: readonly number[];
  readonly values: TypedValues;
  /** Where the array does not say it: `bool` in bytes, `float16` and `bfloat16` as 16 bits. */
  readonly type?: ElementType;
}

interface Tensor {
  /** -1 where the file leaves a length open. */
  readonly dims: readonly number[];
  /** What the file calls lengths that it leaves open, by axis; an empty one has no name. */
  readonly dimNames?: readonly string[];
}

export interface OnnxInput extends Tensor {
  readonly name: string;
  readonly type: ElementType;
}

export interface OnnxOutput extends Tensor {
  readonly name: string;
  /** The value that leaves the graph under this name. */
  readonly value: string;
  /** Default `float32`; `any` leaves it to who runs it, and the shape with it. */
  readonly type?: ElementType | 'any';
  /** The file does not even tell how many lengths there are; `dims` is empty. */
  readonly unranked?: true;
}

/** Type and shape of a value inside. */
export interface ValueType {
  /** `any` leaves it to who runs it, and the shape with it. */
  readonly type: ElementType | 'any';
  readonly dims: readonly number[];
}

export interface OnnxProgram {
  readonly inputs: readonly OnnxInput[];
  /** Each after those whose values it reads. */
  readonly nodes: readonly OnnxNode[];
  readonly constants: ReadonlyMap<string, Constant>;
  readonly outputs: readonly OnnxOutput[];
  /** Of ONNX's own operators; default 13. */
  readonly opset?: number;
  /** Of operators of other domains, by domain. */
  readonly furtherOpsets?: ReadonlyMap<string, number>;
  /** onnx.FunctionProto as they were read: operators that the file defines. */
  readonly functions?: readonly object[];
  /** Of values inside, by name, as far as they are known; a rewritten program has none. */
  readonly valueTypes?: ReadonlyMap<string, ValueType>;
}

export function outputsOf({ output, furtherOutputs = [] }: OnnxNode): readonly string[] {
  return furtherOutputs.length === 0 ? [output] : [output, ...furtherOutputs.filter((name) => name !== '')];
}

/** Values that it cannot be run without, those of its subgraphs too. */
export function valuesReadBy({ inputs, captured = [] }: OnnxNode): readonly string[] {
  return [...inputs, ...captured].filter((name) => name !== '');
}
