// One output with a row per cell or anchor -> YOLOX, YOLOv5 to YOLOv7, YOLOv8 and its kin, or NanoDet-Plus.

import { type Attributes, completed, neededFor, neededText, valuesOf } from '../attributes.js';
import { centresOf, type Extent, stridesOf } from '../cells.js';
import { NANODET, ULTRALYTICS, YOLOX } from '../conventions.js';
import { areProbabilities, type Facts, leastAndMost, type Match, type Observed } from '../facts.js';
import { isFocused } from '../picture-readers.js';
import { isOfCorners } from './end-to-end.js';

/** Darknet's and Ultralytics' first default. */
export const NMS = { kind: 'greedy', iouThreshold: 0.45, beta: 0.6 } as const;
/** Of YOLOX's own evaluation; with 0.45 vehicles of COCO lose 0.012 of AP50 (models/README.md, Decoders). */
const YOLOX_NMS = { ...NMS, iouThreshold: 0.65 } as const;
const ANCHORS = 3;
/** One more than the largest distance that NanoDet-Plus's and GFL's configurations allow, in strides. */
const BINS = [8, 17] as const;
/** Attributes before the classes of a box. */
const WITH_OBJECTNESS = 5;
const WITHOUT_OBJECTNESS = 4;

export function singleStage({ outputs, picture, labels, program }: Facts): Match[] {
  return outputs.flatMap((output): Match[] => {
    const [batch, rows, columns, further] = output.dims;
    if (batch !== 1 || rows === undefined || columns === undefined || further !== undefined) return [];
    if (isOfCorners(output)) return [];
    const matches: Match[] = [];
    if (stridesOf(columns, picture) && rows > WITHOUT_OBJECTNESS && rows < columns)
      matches.push(yolov8(output, picture, 'attributes-first'));
    if (stridesOf(rows, picture, ANCHORS) && columns > WITH_OBJECTNESS)
      matches.push(yolov5(output, picture, `${rows} boxes, ${ANCHORS} for each cell`, ULTRALYTICS));
    const strides = stridesOf(rows, picture);
    if (strides === undefined) return likeliest(matches, labels);
    if (columns > WITH_OBJECTNESS)
      matches.push(perCell(output, picture, strides, isFocused(program, picture.name)));
    if (columns > WITHOUT_OBJECTNESS && !isRaw(output, picture, strides))
      matches.push(yolov8(output, picture, 'boxes-first'));
    for (const bins of BINS)
      if (columns > 4 * bins && isNanodet(output, columns - 4 * bins))
        matches.push(nanodet(output, strides, columns - 4 * bins, bins));
    return likeliest(matches, labels);
  });
}

/** Where no labels tell, the number of columns often does: COCO has 80 classes. */
function likeliest(matches: readonly Match[], labels: readonly string[] | undefined): Match[] {
  const fitting = matches.filter(({ decoder }) => decoder.classes === 80);
  return labels === undefined && fitting.length > 0 ? fitting : [...matches];
}

function yolov8(output: Observed, size: Extent, layout: 'attributes-first' | 'boxes-first'): Match {
  const axis = layout === 'attributes-first' ? 1 : 2;
  const attributes = output.dims[axis]!;
  const shape = attributesOf(output, axis, [WITHOUT_OBJECTNESS, attributes]);
  const needed = neededFor(output, shape);
  const boxes = output.dims[axis === 1 ? 2 : 1];
  return {
    kind: 'yolov8',
    decoder: {
      kind: 'yolov8',
      output: output.name,
      classes: attributes - WITHOUT_OBJECTNESS,
      layout,
      nms: NMS,
    },
    convention: ULTRALYTICS,
    because: `${boxes} boxes of 4 coordinates and ${attributes - WITHOUT_OBJECTNESS} classes${neededText(needed)}`,
    ...completed(shape, needed, size),
  };
}

function yolov5(output: Observed, size: Extent, what: string, convention: Match['convention']): Match {
  const columns = output.dims[2]!;
  const shape = attributesOf(output, 2, [WITHOUT_OBJECTNESS, columns]);
  const needed = neededFor(output, shape);
  return {
    kind: 'yolov5',
    decoder: { kind: 'yolov5', output: output.name, classes: columns - WITH_OBJECTNESS, nms: NMS },
    convention,
    because: `${what}, with 4 coordinates in pixels, objectness and ${columns - WITH_OBJECTNESS} classes${neededText(needed)}`,
    ...completed(shape, needed, size),
  };
}

function attributesOf({ name, dims }: Observed, axis: 1 | 2, scores: readonly [number, number]): Attributes {
  return { output: name, axis, dims, boxesAt: 0, scores };
}

/** A box for each cell with an objectness: YOLOX as it comes or decoded, or YOLOv6, whose objectness is always 1. */
function perCell(output: Observed, size: Extent, strides: readonly number[], focused: boolean): Match {
  const columns = output.dims[2]!;
  if (!isRaw(output, size, strides)) {
    const [least, most] = leastAndMost(valuesOf(output, 2, 4, 5));
    const alwaysOne = least === 1 && most === 1;
    const what = `${output.dims[1]} boxes, one for each cell`;
    if (alwaysOne) return yolov5(output, size, `${what} (YOLOv6: objectness is 1)`, ULTRALYTICS);
    return yolov5(output, size, focused ? `${what} (YOLOX, decoded)` : what, focused ? YOLOX : ULTRALYTICS);
  }
  const shape = attributesOf(output, 2, [WITHOUT_OBJECTNESS, columns]);
  const needed = neededFor(output, shape, false);
  return {
    kind: 'yolox',
    decoder: {
      kind: 'yolox',
      ...{ output: output.name, classes: columns - WITH_OBJECTNESS, strides: [...strides], nms: YOLOX_NMS },
    },
    convention: YOLOX,
    because: `${output.dims[1]} cells of strides ${strides.join(', ')}, with boxes by grid and stride, objectness and ${columns - WITH_OBJECTNESS} classes${neededText(needed)}`,
    ...completed(shape, needed, size),
  };
}

/** Centres of decoded boxes are near their cells; those by grid and stride are near 0. */
function isRaw({ values, dims }: Observed, size: Extent, strides: readonly number[]): boolean {
  const columns = dims[2]!;
  let [raw, decoded] = [0, 0];
  centresOf(size, strides).forEach(([x, y, stride], cell) => {
    const [dx, dy] = [values[cell * columns]!, values[cell * columns + 1]!];
    raw += Math.abs(dx - 0.5) + Math.abs(dy - 0.5);
    // Coordinates may be shares of the input.
    const inPixels = Math.abs(dx - x) + Math.abs(dy - y);
    const asShares = Math.abs(dx * size.width - x) + Math.abs(dy * size.height - y);
    decoded += Math.min(inPixels, asShares) / stride;
  });
  return raw < decoded;
}

/** Classes come first there, as probabilities; what follows are logits of bins. */
function isNanodet(output: Observed, classes: number): boolean {
  const columns = output.dims[2]!;
  return (
    areProbabilities(valuesOf(output, 2, 0, classes)) &&
    !areProbabilities(valuesOf(output, 2, classes, columns))
  );
}

function nanodet(output: Observed, strides: readonly number[], classes: number, bins: number): Match {
  return {
    kind: 'nanodet',
    decoder: {
      kind: 'nanodet',
      output: output.name,
      classes,
      strides: [...strides],
      bins,
      nms: { ...NMS, iouThreshold: 0.6 },
    },
    convention: NANODET,
    because: `${output.dims[1]} cells of strides ${strides.join(', ')}, with ${classes} classes and distributions of 4 distances over ${bins} bins`,
  };
}
