// Outputs of boxes, scores and labels apart -> SSD, and whatever else has its suppression, or its choice, inside.

import { RT_DETR, STRETCHED_IMAGENET, TENSORFLOW, TORCHVISION, ULTRALYTICS } from '../conventions.js';
import { areShares, type Convention, type Facts, type Match, type Observed } from '../facts.js';
import { byNumbers, COCO_LABELS } from '../labels.js';

interface Family {
  readonly name: string;
  readonly convention: Convention;
  readonly corners: 'xyxy' | 'yxyx';
  readonly firstLabel: number;
  /** Nothing where the values tell. */
  readonly unit?: 'pixels' | 'share';
}

export function suppressed(facts: Facts): Match[] {
  const { outputs, labels } = facts;
  const boxes = outputs.filter(({ dims }) => dims.length > 1 && dims.at(-1) === 4);
  const named = (pattern: RegExp, among: readonly Observed[]) =>
    among.find(({ name }) => pattern.test(name)) ?? (among.length === 1 ? among[0] : undefined);
  const box = named(/^(detection_)?(boxes|bboxes|det_boxes|dets)/i, boxes);
  if (box === undefined) return [];
  const rows = box.dims.at(-2);
  const isList = ({ dims }: Observed) =>
    dims.at(-1) === rows && dims.slice(0, -1).every((length) => length === 1);
  const lists = outputs.filter((one) => one !== box && isList(one));
  const integers = lists.filter(({ type }) => type !== 'float32');
  const label = named(/class|label/i, integers.length > 0 ? integers : lists);
  const score = named(
    /score|conf/i,
    lists.filter((one) => one !== label && one.type === 'float32'),
  );
  if (label === undefined || score === undefined || label === score) return [];
  const rest = outputs.filter((one) => ![box, score, label].includes(one));
  const count = rest.find(
    ({ dims, name }) => /num|count/i.test(name) && dims.every((length) => length === 1),
  );
  const family = familyOf(facts, box) ?? {
    ...SSD,
    // Who keeps it for the background does not find it.
    firstLabel: label.values.some((value, row) => value === 0 && score.values[row]! > 0) ? 0 : SSD.firstLabel,
  };
  const unit = family.unit ?? (areShares(box.values) ? 'share' : 'pixels');
  // What suppresses inside may find nothing on an invented picture, and fills up with zeros.
  const isGuess = family.unit === undefined && !box.values.some((value) => value > 0);
  const firstLabel = /background/i.test(labels?.[0] ?? '') ? 0 : family.firstLabel;
  return [
    {
      kind: 'ssd',
      decoder: {
        kind: 'ssd',
        ...{ boxes: box.name, scores: score.name, labels: label.name, ...(count && { count: count.name }) },
        ...{ classes: classesOf(family, labels), corners: family.corners, unit, firstLabel },
      },
      convention: family.convention,
      because: `boxes, scores and labels apart (${family.name}): corners ${family.corners} in ${unit === 'share' ? 'shares' : 'pixels'}, labels from ${firstLabel}${isGuess ? '; that they are shares, and the first label, is a guess, as the picture that was tried has none: see with --check' : ''}`,
    },
  ];
}

/** Both number COCO's classes as COCO does. */
function classesOf({ name }: Family, labels: readonly string[] = COCO_LABELS): number {
  const isNumbered = name === 'TensorFlow' || name === 'torchvision';
  return isNumbered ? byNumbers(labels, 90).length : labels.length;
}

/** Of nobody known: as the ONNX zoo's. */
const SSD: Family = { name: 'SSD', convention: STRETCHED_IMAGENET, corners: 'xyxy', firstLabel: 1 };

function familyOf({ picture, furtherInputs }: Facts, box: Observed): Family | undefined {
  if (furtherInputs.includes('orig_target_sizes'))
    return {
      name: 'RT-DETR, D-FINE or DEIM',
      ...{ convention: RT_DETR, corners: 'xyxy', firstLabel: 0, unit: 'pixels' },
    };
  if (/^detection_/.test(box.name) || picture.layout === 'NHWC')
    return { name: 'TensorFlow', convention: TENSORFLOW, corners: 'yxyx', firstLabel: 1, unit: 'share' };
  if (box.dims.length === 2 || !picture.batch)
    return { name: 'torchvision', convention: TORCHVISION, corners: 'xyxy', firstLabel: 1, unit: 'pixels' };
  // SuperGradients' names begin with that of the graph: graph2_pred_boxes.
  if (/^det_|(^|_)pred_b?boxes/.test(box.name))
    return {
      name: 'a YOLO with suppression',
      ...{ convention: ULTRALYTICS, corners: 'xyxy', firstLabel: 0, unit: 'pixels' },
    };
  return undefined;
}
