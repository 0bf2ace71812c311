// The bytes of an ONNX model -> a checked OnnxProgram and what the file says of itself.
//
// Whoever made the file is not trusted: names, shapes and sizes are checked here, types and operators by who runs it.

import { CspcamError, expected } from '#common/errors.js';
import { elementTypeOf } from './element-types.js';
import type { GraphProto, ModelProto, ValueInfoProto } from './messages.js';
import {
  type Constant,
  type ElementType,
  type OnnxInput,
  type OnnxNode,
  type OnnxOutput,
  type OnnxProgram,
  outputsOf,
  type ValueType,
} from './program.js';
import { decodeModelExactly } from './protobuf.js';
import { countOf, readConstant } from './read-constant.js';
import { constantOf } from './read-constant-node.js';
import { readNode } from './read-node.js';
import { sortNodes } from './sort-nodes.js';

export interface OnnxModel {
  readonly program: OnnxProgram;
  /** Who wrote the file, and in which version; empty where it does not say. */
  readonly producer: string;
  /** Keys and texts that an exporter adds. */
  readonly metadata: ReadonlyMap<string, string>;
}

const LARGEST_RANK = 16;

/** @throws CspcamError that names what was expected and where, for bytes that are no sound ONNX model */
export function readOnnx(bytes: Uint8Array): OnnxModel {
  const model = decode(bytes);
  const { graph } = model;
  if (graph === undefined)
    throw expected('an ONNX model with a graph', 'the file', 'none: it is cut off or no ONNX');
  const opsets = new Map(
    model.opsetImport.map(({ domain, version }) => [
      domain === 'ai.onnx' ? '' : (domain ?? ''),
      Number(version ?? 0),
    ]),
  );
  const opset = opsets.get('');
  opsets.delete('');
  // It follows the graph in the files that exporters write.
  if (opset === undefined)
    throw expected('the version of its operators (opset)', 'the file', 'none: it is cut off or no ONNX');
  return {
    program: {
      ...readGraph(graph),
      opset,
      ...(opsets.size > 0 && { furtherOpsets: opsets }),
      ...(model.functions.length > 0 && { functions: model.functions }),
    },
    producer: [model.producerName, model.producerVersion].filter(Boolean).join(' '),
    metadata: new Map(model.metadataProps.map(({ key, value }) => [key ?? '', value ?? ''])),
  };
}

function decode(bytes: Uint8Array): ModelProto {
  if (bytes.length === 0) throw expected('an ONNX model', 'the file', 'no bytes');
  try {
    return decodeModelExactly(bytes) as ModelProto;
  } catch (error) {
    const why =
      error instanceof RangeError
        ? 'one that is cut off, or no ONNX'
        : `no ONNX: ${(error as Error).message}`;
    throw new CspcamError(`expected an ONNX model for the file, received ${why}`, { cause: error });
  }
}

function readGraph(graph: GraphProto): OnnxProgram {
  if (graph.sparseInitializer.length > 0)
    throw expected('plain constants', 'the graph', `${graph.sparseInitializer.length} sparse ones`);
  const names = new Set<string>();
  const claim = (name: string | undefined, where: string) => {
    if (!name) throw expected('a name', where, 'none');
    if (names.has(name)) throw expected('values with names of their own', where, `${name} a second time`);
    names.add(name);
    return name;
  };
  const constants = new Map<string, Constant>();
  for (const tensor of graph.initializer)
    constants.set(claim(tensor.name, 'a constant'), readConstant(tensor, `constant ${tensor.name}`));
  // Files of the first years list constants among the inputs as well.
  const inputs = graph.input
    .filter(({ name }) => !constants.has(name ?? ''))
    .map((info) => ({ ...readInput(info), name: claim(info.name, 'an input') }));
  const nodes: OnnxNode[] = [];
  graph.node.forEach((proto, index) => {
    const node = readNode(proto, index);
    for (const output of outputsOf(node)) claim(output, `node ${node.opType} ${node.output}`);
    if (node.opType === 'Constant' && node.domain === undefined)
      constants.set(node.output, constantOf(proto));
    else nodes.push(node);
  });
  const sorted = sortNodes(nodes, new Set([...inputs.map(({ name }) => name), ...constants.keys()]));
  const ended = graph.output.map((info) => readOutput(info, names));
  const twice = ended.find(({ name }, i) => ended.findIndex((other) => other.name === name) !== i);
  if (twice) throw expected('outputs with names of their own', 'the graph', `${twice.name} twice`);
  const { kept, outputs } = withoutRenames(sorted, ended);
  return { inputs, nodes: kept, constants, outputs, valueTypes: readValueTypes(graph, names) };
}

function readInput(info: ValueInfoProto): Omit<OnnxInput, 'name'> {
  const { type, dims, dimNames } = readTensor(info, `input ${info.name}`);
  if (dims === undefined) throw expected('a shape', `input ${info.name}`, 'none');
  return { type, dims, ...(dimNames && { dimNames }) };
}

function readOutput(info: ValueInfoProto, names: ReadonlySet<string>): OnnxOutput {
  const name = info.name ?? '';
  if (!names.has(name))
    throw expected('outputs that a node gives', 'the graph', name || 'one without a name');
  const { type, dims, dimNames } = readTensor(info, `output ${name}`);
  return {
    name,
    value: name,
    dims: dims ?? [],
    ...(type !== 'float32' && { type }),
    ...(dimNames && { dimNames }),
    ...(dims === undefined && { unranked: true }),
  };
}

interface ReadTensor {
  readonly type: ElementType;
  /** Nothing where the file does not even tell how many there are. */
  readonly dims?: number[];
  readonly dimNames?: string[];
}

function readTensor({ type }: ValueInfoProto, where: string): ReadTensor {
  const tensor = type?.tensorType;
  if (tensor === undefined)
    throw expected('a tensor', where, type === undefined ? 'no type' : 'another kind of value');
  const element = elementTypeOf(tensor.elemType);
  if (element === undefined)
    throw expected('a plain element type', where, `data type ${tensor.elemType ?? 'none'}`);
  if (tensor.shape === undefined) return { type: element };
  const { dim } = tensor.shape;
  if (dim.length > LARGEST_RANK) throw expected(`at most ${LARGEST_RANK} axes`, where, dim.length);
  const dims = dim.map(({ dimValue }) => (dimValue === undefined ? -1 : Number(dimValue)));
  const wrong = dim.find(({ dimValue }) => dimValue !== undefined && Number(dimValue) < 0);
  if (wrong) throw expected('lengths of 0 and more', where, dims.join(' x '));
  countOf(
    dims.map((length) => (length < 0 ? 1 : length)),
    where,
  );
  const open = dims.includes(-1) && dim.map(({ dimParam = '' }) => dimParam);
  return { type: element, dims, ...(open && { dimNames: open }) };
}

/** What the file says of values inside; no more than a hint, so that what is odd is left out. */
function readValueTypes(graph: GraphProto, names: ReadonlySet<string>): ReadonlyMap<string, ValueType> {
  return new Map(
    [...graph.valueInfo, ...graph.output].flatMap(({ name, type }) => {
      const element = elementTypeOf(type?.tensorType?.elemType);
      const dims = type?.tensorType?.shape?.dim.map(({ dimValue }) => Number(dimValue ?? -1));
      const isSound = dims?.every((length) => Number.isSafeInteger(length) && length >= 0);
      return name && names.has(name) && element && dims && isSound ? [[name, { type: element, dims }]] : [];
    }),
  );
}

/** An Identity that only names an output, as our encoder writes it, is a name of the output. */
function withoutRenames(
  nodes: readonly OnnxNode[],
  outputs: readonly OnnxOutput[],
): { kept: OnnxNode[]; outputs: OnnxOutput[] } {
  const read = new Set(nodes.flatMap(({ inputs, captured = [] }) => [...inputs, ...captured]));
  const ends = new Set(outputs.map(({ name }) => name));
  const renames = new Map(
    nodes
      .filter(
        ({ opType, domain, output }) =>
          opType === 'Identity' && !domain && ends.has(output) && !read.has(output),
      )
      .map(({ output, inputs }) => [output, inputs[0]!]),
  );
  return {
    kept: nodes.filter(({ output }) => !renames.has(output)),
    outputs: outputs.map((output) => ({ ...output, value: renames.get(output.name) ?? output.value })),
  };
}
