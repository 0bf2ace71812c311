// One output of rows with corners, score and class -> YOLOv10, YOLO26, or another YOLO exported with its suppression.

import type { OnnxProgram } from '../../onnx/program.js';
import { stridesOf } from '../cells.js';
import { ULTRALYTICS } from '../conventions.js';
import { areShares, type Facts, type Match, type Observed } from '../facts.js';
import { withoutOutput } from '../rename-value.js';

const COLUMNS = 6;
/** YOLOv7's: the picture of the batch, corners, class, score. */
const WITH_PICTURE = 7;

export function endToEnd({ outputs, picture, labels, metadata }: Facts): Match[] {
  if (outputs.length !== 1) return [];
  const [output] = outputs as [Observed];
  const { dims } = output;
  const isList = dims.length === 3 && dims[0] === 1 && dims[2] === COLUMNS;
  // A YOLOX of one class, or a YOLOv8 of two, has six columns for each of its cells.
  const isSingleStage =
    stridesOf(dims[1]!, picture) !== undefined || stridesOf(dims[1]!, picture, 3) !== undefined;
  const isRows = dims.length === 2 && dims[1] === WITH_PICTURE;
  if (!(isList && !isSingleStage) && !isRows) return [];
  const classes = labels?.length ?? 80;
  const corners = output.values.filter((_, at) => at % dims.at(-1)! < 4);
  const asShares =
    isList && output.values.length > 0 && areShares(corners) && corners.some((value) => value > 0);
  const { width, height } = picture;
  const rewrite = isRows
    ? (program: OnnxProgram) => reorder(program, output.name)
    : asShares
      ? (program: OnnxProgram) => scale(program, output, [width, height, width, height, 1, 1])
      : undefined;
  const nmsInside = metadata.get('args')?.includes("'nms': True") ? ' by suppression inside' : '';
  return [
    {
      kind: 'end-to-end',
      decoder: { kind: 'end-to-end', output: output.name, classes },
      convention: ULTRALYTICS,
      because: `${isRows ? 'rows of picture, corners, class and score, put in order' : `${dims[1]} boxes of corners, score and class${nmsInside}`}${asShares ? ', as shares, which are scaled' : ''}`,
      ...(rewrite && { rewrite }),
    },
  ];
}

function scale(program: OnnxProgram, { name, dims }: Observed, factors: readonly number[]): OnnxProgram {
  const { graph, value } = withoutOutput(program, name);
  const factor = graph.tensor('corners_scale', [1, 1, COLUMNS], Float32Array.from(factors));
  graph.output(graph.node('Mul', [value, factor], 'corners_in_pixels'), name, dims);
  return graph.program;
}

/** Picture, x1, y1, x2, y2, class, score -> x1, y1, x2, y2, score, class. */
function reorder(program: OnnxProgram, name: string): OnnxProgram {
  const { graph, value } = withoutOutput(program, name);
  const order = graph.integers('row_order', [1, 2, 3, 4, 6, 5]);
  const ordered = graph.node('Gather', [value, order], 'rows_in_order', { axis: 1 });
  const shape = graph.integers('row_shape', [1, -1, COLUMNS]);
  graph.output(graph.node('Reshape', [ordered, shape], 'rows_of_one'), name, [1, -1, COLUMNS]);
  return graph.program;
}
