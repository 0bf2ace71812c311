// Outputs of DETR and its kin -> boxes and scores: two outputs, or one that has both.

import type { OnnxProgram } from '../../onnx/program.js';
import { stridesOf } from '../cells.js';
import { DETR, RT_DETR, STRETCHED_IMAGENET } from '../conventions.js';
import { areProbabilities, areShares, type Facts, type Match, type Observed } from '../facts.js';
import { byNumbers, COCO_LABELS } from '../labels.js';
import { withoutOutput } from '../rename-value.js';
import { suppressed } from './suppressed.js';

/** More boxes than any of them has queries are cells or anchors, which would need suppression. */
const MOST_QUERIES = 1000;
const COORDINATES = 4;

export function queries(facts: Facts): Match[] {
  const { outputs, labels, picture } = facts;
  // TensorFlow's files have the scores of all classes beside those that were chosen.
  if (suppressed(facts).length > 0) return [];
  const lists = outputs.filter(({ dims }) => dims.length === 3 && dims[0] === 1 && dims[1]! <= MOST_QUERIES);
  const matches = boxesAmong(lists).flatMap((box) => {
    const scores = lists.filter(
      (one) => one !== box && one.type === 'float32' && one.dims[1] === box.dims[1],
    );
    return scores.length === 1 ? [twoOutputs(box, scores[0]!, labels)] : [];
  });
  const joined = lists.filter(
    ({ dims }) => dims[2]! > 6 || (dims[2] === COORDINATES + (labels?.length ?? 0) && dims[2] > COORDINATES),
  );
  // Ultralytics' RT-DETR: on the picture of a few cells a YOLO has as few rows.
  for (const output of joined)
    if (
      lists.length === 1 &&
      stridesOf(output.dims[1]!, picture) === undefined &&
      areShares(coordinates(output))
    )
      matches.push(oneOutput(output));
  return matches;
}

/** Scores of four classes have four columns as well: boxes are what is called so, or what alone are shares by their sigmoid. */
function boxesAmong(lists: readonly Observed[]): readonly Observed[] {
  const fitting = lists.filter(({ dims, values }) => dims[2] === COORDINATES && areShares(values));
  const named = fitting.filter(({ name }) => /box|dets/i.test(name));
  const shares = fitting.filter(({ values }) => areProbabilities(values));
  return [named, shares].find(({ length }) => length === 1) ?? fitting;
}

/** Sigmoids have as many columns as classes, a softmax one more, for none of them; RF-DETR has one more and sigmoids. */
function twoOutputs(boxes: Observed, scores: Observed, labels: readonly string[] | undefined): Match {
  const columns = scores.dims[2]!;
  // Of DETR's 250 numbered classes of COCO, 91 are used, and one stands for none.
  const counts = [byNumbers(labels ?? COCO_LABELS, 91).length, labels?.length ?? 250];
  const background = counts.includes(columns - 1);
  const done = areProbabilities(scores.values);
  const isRfDetr = boxes.name === 'dets' && scores.name === 'labels';
  const activation = background && !isRfDetr ? 'softmax' : 'sigmoid';
  return {
    kind: 'detr',
    decoder: {
      kind: 'detr',
      ...{ boxes: boxes.name, scores: scores.name, classes: columns - (background ? 1 : 0) },
      activation: done ? 'none' : activation,
      background,
    },
    convention: isRfDetr ? STRETCHED_IMAGENET : background ? DETR : RT_DETR,
    because: `${boxes.dims[1]} queries with boxes as shares of the input and ${columns} ${done ? 'probabilities' : 'logits'}${background ? ', the last for no object' : ''}${isRfDetr ? ' (RF-DETR)' : ''}`,
  };
}

function* coordinates({ dims, values }: Observed): Generator<number> {
  for (let at = 0; at < values.length; at++) if (at % dims[2]! < COORDINATES) yield values[at]!;
}

function oneOutput(output: Observed): Match {
  const [, count, columns] = output.dims as [number, number, number];
  const classes = columns - COORDINATES;
  const { values } = output;
  const done = areProbabilities(values.filter((_, at) => at % columns >= COORDINATES));
  const [boxes, scores] = ['boxes', 'scores'];
  return {
    kind: 'detr',
    decoder: {
      kind: 'detr',
      boxes,
      scores,
      classes,
      activation: done ? 'none' : 'sigmoid',
      background: false,
    },
    convention: RT_DETR,
    because: `${count} queries with boxes as shares of the input and ${classes} ${done ? 'probabilities' : 'logits'} in one output, which is cut in two`,
    rewrite: (program) => cut(program, output, { boxes, scores }),
  };
}

function cut(program: OnnxProgram, output: Observed, names: { boxes: string; scores: string }): OnnxProgram {
  const { graph, value } = withoutOutput(program, output.name);
  const [, count, columns] = output.dims as [number, number, number];
  const axis = graph.integers('queries_axis', [2]);
  const part = (from: number, to: number, name: string) => {
    const ends = [graph.integers(`queries_${name}_from`, [from]), graph.integers(`queries_${name}_to`, [to])];
    const rows = graph.node('Slice', [value, ...ends, axis], `queries_${name}`);
    graph.output(rows, name, [1, count, to - from]);
  };
  part(0, COORDINATES, names.boxes);
  part(COORDINATES, columns, names.scores);
  return graph.program;
}
