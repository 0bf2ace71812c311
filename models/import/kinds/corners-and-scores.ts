// Corners and scores of each cell in two outputs, not suppressed: YOLO-NAS -> the one output of a YOLOv8.

import type { OnnxProgram } from '../../onnx/program.js';
import { stridesOf } from '../cells.js';
import { ULTRALYTICS } from '../conventions.js';
import { areProbabilities, areShares, type Facts, type Match, type Observed } from '../facts.js';
import { withoutName, withoutOutput } from '../rename-value.js';
import { areCorners } from './end-to-end.js';
import { NMS } from './single-stage.js';

const COORDINATES = 4;
/** Of the output that takes the place of both. */
const JOINED = 'boxes_and_scores';

export function cornersAndScores({ outputs, picture }: Facts): Match[] {
  const lists = outputs.filter(
    ({ type, dims: [batch, rows = 0, columns, further] }) =>
      type === 'float32' &&
      batch === 1 &&
      columns !== undefined &&
      further === undefined &&
      stridesOf(rows, picture),
  );
  const boxes = lists.filter(
    ({ dims, values }) => dims[2] === COORDINATES && !areShares(values) && areCorners(values),
  );
  return boxes.flatMap((box) => {
    const scores = lists.filter((one) => one !== box && one.dims[1] === box.dims[1]);
    return scores.map((score) => joined(box, score));
  });
}

function joined(boxes: Observed, scores: Observed): Match {
  const classes = scores.dims[2]!;
  const isDone = areProbabilities(scores.values);
  return {
    kind: 'yolov8',
    decoder: { kind: 'yolov8', output: JOINED, classes, layout: 'boxes-first', nms: NMS },
    convention: ULTRALYTICS,
    because: `${boxes.dims[1]} boxes, one for each cell, with corners in pixels and ${classes} classes in two outputs, which are joined${isDone ? '' : ', scores without their sigmoid, which is added'} (YOLO-NAS)`,
    rewrite: (program) => join(program, boxes, scores, isDone),
  };
}

function join(program: OnnxProgram, boxes: Observed, scores: Observed, isDone: boolean): OnnxProgram {
  const ofBoxes = withoutOutput(withoutName(program, JOINED), boxes.name);
  const ofScores = withoutOutput(ofBoxes.graph.program, scores.name);
  const { graph } = ofScores;
  // A row of corners times it is a centre and a size.
  const matrix = Float32Array.of(0.5, 0, -1, 0, 0, 0.5, 0, -1, 0.5, 0, 1, 0, 0, 0.5, 0, 1);
  const factors = graph.tensor('centre_of_corners', [COORDINATES, COORDINATES], matrix);
  const centred = graph.node('MatMul', [ofBoxes.value, factors], 'boxes_by_centre');
  const sure = isDone ? ofScores.value : graph.node('Sigmoid', [ofScores.value], 'scores_as_probabilities');
  const attributes = COORDINATES + scores.dims[2]!;
  const all = graph.node('Concat', [centred, sure], 'boxes_beside_scores', { axis: 2 });
  graph.output(all, JOINED, [1, boxes.dims[1]!, attributes]);
  return graph.program;
}
