// A first convolution of stride 2 -> one that takes four columns of pixels as 12 channels and gives two columns: for int8.
//
// Integer convolutions take bytes four at a time, which three channels are not, and fill their vectors with 64 filters;
// channels lie innermost there, so that columns as channels are a view.

import { OnnxGraph } from '../onnx/onnx-graph.js';
import type { OnnxNode, OnnxProgram } from '../onnx/program.js';
import { viewCells } from './cells.js';
import { shapesOf } from './shapes.js';

const TAKEN = 4;
const GIVEN = 2;

export function pixelColumns(program: OnnxProgram): OnnxProgram {
  const shapes = shapesOf(program);
  const [pixels] = program.inputs;
  const cast = program.nodes.find(({ opType, inputs }) => opType === 'Cast' && inputs[0] === pixels?.name);
  const readersOf = (value: string) => program.nodes.filter(({ inputs }) => inputs.includes(value));
  const [stem, other] = cast ? readersOf(cast.output) : [];
  if (!pixels || !cast || !stem || other || !halves(stem)) return program;
  const [channels, height, width] = pixels.dims.slice(1) as [number, number, number];
  // The activation works value by value: its result is what is seen as single columns again.
  const [next, another] = readersOf(stem.output);
  if (width % TAKEN !== 0 || !next || !['LeakyRelu', 'Relu'].includes(next.opType) || another) return program;
  const graph = OnnxGraph.of({ ...program, nodes: [] });
  for (const node of program.nodes) {
    if (node === cast) {
      const view = { channels: TAKEN * channels, height, width: width / TAKEN };
      graph.node(
        'Cast',
        [viewCells(graph, pixels.name, view, 'pixels_columns')],
        cast.output,
        cast.attributes,
      );
    } else if (node === stem) writeByColumns(graph, program, node);
    else if (node === next) {
      const columns = graph.node(node.opType, node.inputs, `${node.output}_columns`, node.attributes);
      viewCells(graph, columns, shapes.get(node.output)!, node.output);
    } else graph.add(node);
  }
  return graph.program;
}

/** Whether it is a 3x3 of stride 2, or the like. */
function halves({ opType, attributes }: OnnxNode): boolean {
  if (opType !== 'Conv' || attributes.group !== 1) return false;
  const [down, across] = attributes.strides as number[];
  const [top, left, bottom, right] = attributes.pads as number[];
  const [height, width] = attributes.kernel_shape as number[];
  return (
    [down, across].every((stride) => stride === 2) &&
    [top, left, bottom, right].every((pad) => pad === 1) &&
    height === 3 &&
    width === 3
  );
}

/** Filter f of output column 0 or 1 becomes filter f or F + f; channel c of input column i becomes channel 3 i + c. */
function writeByColumns(graph: OnnxGraph, { constants }: OnnxProgram, stem: OnnxNode): void {
  const [map, kernelName, biasName] = stem.inputs as [string, string, string];
  const kernel = constants.get(kernelName)! as { dims: number[]; values: Float32Array };
  const [filters, channels, rows, taps] = kernel.dims as [number, number, number, number];
  // Output columns 2 J and 2 J + 1 read input columns 4 J - 1 to 4 J + 3: places J - 1 and J.
  const places = 2;
  const values = new Float32Array(GIVEN * filters * TAKEN * channels * rows * places);
  for (let column = 0; column < GIVEN; column++)
    for (let filter = 0; filter < filters; filter++)
      for (let channel = 0; channel < channels; channel++)
        for (let row = 0; row < rows; row++)
          for (let tap = 0; tap < taps; tap++) {
            const at = TAKEN + 2 * column + tap - 1;
            const input = (at % TAKEN) * channels + channel;
            const to = (((column * filters + filter) * TAKEN * channels + input) * rows + row) * places;
            values[to + Math.floor(at / TAKEN)] =
              kernel.values[((filter * channels + channel) * rows + row) * taps + tap]!;
          }
  graph.tensor(`${kernelName}_columns`, [GIVEN * filters, TAKEN * channels, rows, places], values);
  const bias = constants.get(biasName)!.values as Float32Array;
  graph.tensor(`${biasName}_columns`, [GIVEN * filters], Float32Array.from([...bias, ...bias]));
  graph.node('Conv', [map, `${kernelName}_columns`, `${biasName}_columns`], stem.output, {
    ...stem.attributes,
    kernel_shape: [rows, places],
    pads: [1, 1, 1, 0],
    strides: [2, 1],
  });
}
