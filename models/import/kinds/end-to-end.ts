// One output of rows with corners, score and class -> YOLOv10, YOLO26, or another YOLO exported with its suppression.

import type { OnnxProgram } from '../../onnx/program.js';
import type { Extent } from '../cells.js';
import { RT_DETR, ULTRALYTICS } from '../conventions.js';
import { areShares, type Facts, type Match, type Observed } from '../facts.js';
import { withoutOutput } from '../rename-value.js';

const COLUMNS = 6;
/** Ultralytics' RT-DETR: since 8.4 its best classes, with boxes as centre and size. */
const RT_DETR_HEAD = 'RTDETRDecoder';
/** The picture of the batch, corners, and class and score in either order. */
const WITH_PICTURE = 7;
/** Of rows with their picture: what becomes corners, score, class. */
const ROW_ORDERS = {
  'class and score': [1, 2, 3, 4, 6, 5],
  'score and class': [1, 2, 3, 4, 5, 6],
} as const;
type Ending = keyof typeof ROW_ORDERS;

export function endToEnd({ outputs, picture, labels, metadata }: Facts): Match[] {
  if (outputs.length !== 1) return [];
  const [output] = outputs as [Observed];
  const { dims } = output;
  const isList = isOfCorners(output);
  const isRows = dims.length === 2 && dims[1] === WITH_PICTURE;
  const ending = isRows ? endingOf(output) : undefined;
  if (!isList && ending === undefined) return [];
  const classes = labels?.length ?? 80;
  const boxes = output.values.filter((_, at) => at % dims.at(-1)! < 4);
  const asShares = isList && areShares(boxes) && boxes.some((value) => value > 0);
  const isCentred = asShares && (metadata.get('head') === RT_DETR_HEAD || !areCorners(boxes));
  const rewrite = ending
    ? (program: OnnxProgram) => reorder(program, output.name, ROW_ORDERS[ending])
    : asShares
      ? (program: OnnxProgram) => toPixels(program, output, picture, isCentred)
      : undefined;
  const inside = metadata.get('args')?.includes("'nms': True") ? ' by suppression inside' : '';
  const what = ending
    ? `rows of picture, corners, ${ending}, put in order`
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

/** What is whole in every row is the class; where nothing is found, or only scores of 1, the name tells. */
function endingOf({ name, values }: Observed): Ending | undefined {
  const isWhole = (column: number) =>
    values.every((value, at) => at % WITH_PICTURE !== column || Number.isInteger(value));
  const [first, second] = [isWhole(5), isWhole(6)];
  if (first !== second) return first ? 'class and score' : 'score and class';
  if (!first) return undefined;
  // As SuperGradients and YOLOv7 call them.
  if (name.endsWith('flat_predictions')) return 'score and class';
  return name === 'output' ? 'class and score' : undefined;
}

/** Without the picture: x1, y1, x2, y2, score, class. */
function reorder(program: OnnxProgram, name: string, columns: readonly number[]): OnnxProgram {
  const { graph, value } = withoutOutput(program, name);
  const order = graph.integers('row_order', columns);
  const ordered = graph.node('Gather', [value, order], 'rows_in_order', { axis: 1 });
  const shape = graph.integers('row_shape', [1, -1, COLUMNS]);
  graph.output(graph.node('Reshape', [ordered, shape], 'rows_of_one'), name, [1, -1, COLUMNS]);
  return graph.program;
}
