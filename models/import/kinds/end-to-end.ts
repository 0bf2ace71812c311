// One output of rows with corners, score and class -> YOLOv10, YOLO26, or another YOLO exported with its suppression.

import type { OnnxProgram } from '../../onnx/program.js';
import type { Extent } from '../cells.js';
import { RT_DETR, ULTRALYTICS } from '../conventions.js';
import { areShares, type Facts, type Match, type Observed } from '../facts.js';
import { withoutOutput } from '../rename-value.js';

const COLUMNS = 6;
/** Ultralytics' RT-DETR: since 8.4 its best classes, with boxes as centre and size. */
const RT_DETR_HEAD = 'RTDETRDecoder';
/** YOLOv7's: the picture of the batch, corners, class, score. */
const WITH_PICTURE = 7;

export function endToEnd({ outputs, picture, labels, metadata }: Facts): Match[] {
  if (outputs.length !== 1) return [];
  const [output] = outputs as [Observed];
  const { dims } = output;
  const isList = isOfCorners(output);
  const isRows = dims.length === 2 && dims[1] === WITH_PICTURE;
  if (!isList && !isRows) return [];
  const classes = labels?.length ?? 80;
  const boxes = output.values.filter((_, at) => at % dims.at(-1)! < 4);
  const asShares = isList && areShares(boxes) && boxes.some((value) => value > 0);
  const isCentred = asShares && (metadata.get('head') === RT_DETR_HEAD || !areCorners(boxes));
  const rewrite = isRows
    ? (program: OnnxProgram) => reorder(program, output.name)
    : asShares
      ? (program: OnnxProgram) => toPixels(program, output, picture, isCentred)
      : undefined;
  const inside = metadata.get('args')?.includes("'nms': True") ? ' by suppression inside' : '';
  const what = isRows
    ? 'rows of picture, corners, class and score, put in order'
    : `${dims[1]} boxes of ${isCentred ? 'centre and size' : 'corners'}, score and class${inside}`;
  return [
    {
      kind: 'end-to-end',
      decoder: { kind: 'end-to-end', output: output.name, classes },
      convention: isCentred ? RT_DETR : ULTRALYTICS,
      because: `${what}${asShares ? ', as shares, which are made corners in pixels' : ''}`,
      ...(rewrite && { rewrite }),
    },
  ];
}

/** The class is a number of one; that of a YOLOX with one class, or a YOLOv8 with two, is a probability. */
export function isOfCorners({ dims, values }: Observed): boolean {
  if (dims.length !== 3 || dims[0] !== 1 || dims[2] !== COLUMNS) return false;
  return values.every((value, at) => at % COLUMNS !== COLUMNS - 1 || Number.isInteger(value));
}

/** @param boxes four coordinates each */
export function areCorners(boxes: Float32Array): boolean {
  return boxes.every((value, at) => at % 4 < 2 || value >= boxes[at - 2]!);
}

/** Each row times a matrix: corners, or half a size from the centre, times the size of the input. */
function toPixels(
  program: OnnxProgram,
  { name, dims }: Observed,
  { width, height }: Extent,
  isCentred: boolean,
): OnnxProgram {
  const { graph, value } = withoutOutput(program, name);
  const matrix = new Float32Array(COLUMNS * COLUMNS); // (from, to)
  const set = (from: number, to: number, factor: number) => {
    matrix[from * COLUMNS + to] = factor;
  };
  [width, height].forEach((length, axis) => {
    set(axis, axis, length);
    set(2 + axis, 2 + axis, isCentred ? length / 2 : length);
    if (isCentred) {
      set(axis, 2 + axis, length);
      set(2 + axis, axis, -length / 2);
    }
  });
  set(4, 4, 1);
  set(5, 5, 1);
  const factors = graph.tensor('corners_of_shares', [COLUMNS, COLUMNS], matrix);
  graph.output(graph.node('MatMul', [value, factors], 'corners_in_pixels'), name, dims);
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
