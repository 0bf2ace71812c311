// What a detector's outputs are to look like -> an ONNX file that gives them, whatever picture it gets.

import { encodeOnnx } from '../../models/onnx/encode.js';
import { OnnxGraph } from '../../models/onnx/onnx-graph.js';
import type { ElementType, OnnxProgram } from '../../models/onnx/program.js';
import { decodeModel, encodeModel } from '../../models/onnx/protobuf.js';

export interface FileOutput {
  readonly dims: readonly number[];
  readonly values: (at: number) => number;
  readonly type?: 'float32' | 'int64';
}

export interface DetectorFile {
  readonly outputs: Readonly<Record<string, FileOutput>>;
  /** Default `images` (1, 3, 96, 96) float32. */
  readonly input?: {
    name?: string;
    type?: ElementType;
    dims: readonly number[];
    dimNames?: readonly string[];
  };
  /** Inputs beside the picture. */
  readonly further?: Readonly<Record<string, { type: ElementType; dims: readonly number[] }>>;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Every second pixel into channels of its own, as YOLOX has it. */
  readonly focus?: boolean;
  readonly opset?: number;
}

const FLOAT = 1;
const INT64 = 7;

function detectorProgram(file: DetectorFile): OnnxProgram {
  const { outputs, input: { name = 'images', type = 'float32', dims, dimNames } = { dims: [1, 3, 96, 96] } } =
    file;
  const graph = OnnxGraph.of({
    inputs: [{ name, type, dims, ...(dimNames && { dimNames }) }],
    nodes: [],
    constants: new Map(),
    outputs: [],
    opset: file.opset ?? 13,
  });
  for (const [further, { type, dims }] of Object.entries(file.further ?? {}))
    graph.input(further, type, dims);
  const picture = type === 'float32' ? name : graph.node('Cast', [name], 'as_float', { to: FLOAT });
  const read = file.focus ? focused(graph, picture) : picture;
  const channels = file.focus ? 12 : 3;
  const isNchw = dims.length === 4 && dims[3] !== 3;
  let nothing: string;
  if (isNchw) {
    const kernel = graph.tensor('kernel', [1, channels, 1, 1], new Float32Array(channels));
    const first = graph.node('Conv', [read, kernel], 'first', { kernel_shape: [1, 1] });
    nothing = graph.node('GlobalAveragePool', [first], 'pooled');
  } else nothing = graph.node('ReduceMax', [read], 'pooled');
  const zero = graph.node('Mul', [nothing, graph.tensor('zero', [], Float32Array.of(0))], 'nothing');
  let alone = graph.node('Reshape', [zero, graph.integers('one', [1])], 'nothing_alone');
  for (const further of Object.keys(file.further ?? {})) {
    const cast = graph.node('Cast', [further], `${further}_as_float`, { to: FLOAT });
    const sum = graph.node('ReduceMax', [cast], `${further}_most`, { keepdims: 0 });
    const none = graph.node('Mul', [sum, 'zero'], `${further}_nothing`);
    alone = graph.node('Add', [alone, none], `${further}_alone`);
  }
  for (const [output, { dims, values, type = 'float32' }] of Object.entries(outputs)) {
    const count = dims.reduce((product, length) => product * length, 1);
    const wanted = Float32Array.from({ length: count }, (_, at) => values(at));
    const sum = graph.node('Add', [graph.tensor(`${output}_values`, dims, wanted), alone], `${output}_sum`);
    const value = type === 'int64' ? graph.node('Cast', [sum], `${output}_whole`, { to: INT64 }) : sum;
    graph.addOutput({ name: output, value, dims, type });
  }
  return graph.program;
}

export function detectorFile(file: DetectorFile): Uint8Array {
  return withMetadata(encodeOnnx(detectorProgram(file), 'detector'), file.metadata ?? {});
}

function withMetadata(bytes: Uint8Array, metadata: Readonly<Record<string, string>>): Uint8Array {
  const metadataProps = Object.entries(metadata).map(([key, value]) => ({ key, value }));
  return encodeModel({ ...decodeModel(bytes), metadataProps });
}

/** As exporters of YOLOX write it: rows, then columns, of each corner of two by two. */
export function focused(graph: OnnxGraph, picture: string): string {
  const step = graph.integers('focus_step', [2]);
  const end = graph.integers('focus_end', [2 ** 31 - 1]);
  const parts = [
    [0, 0],
    [1, 0],
    [0, 1],
    [1, 1],
  ].map(([row, column], i) => {
    const slice = (value: string, from: number, axis: number, name: string) =>
      graph.node(
        'Slice',
        [
          value,
          graph.integers(`focus_${from}`, [from]),
          end,
          graph.integers(`focus_axis${axis}`, [axis]),
          step,
        ],
        name,
      );
    return slice(slice(picture, row!, 2, `rows_${i}`), column!, 3, `corner_${i}`);
  });
  return graph.node('Concat', parts, 'focus', { axis: 1 });
}
