// Facts of a file -> the one kind of detector it is, or one line that says what it is instead, or could be.

import { CspcamError, expected } from '#common/errors.js';
import { type Extent, stridesOf } from './cells.js';
import type { Facts, Kind, Match, Observed } from './facts.js';
import { cornersAndScores } from './kinds/corners-and-scores.js';
import { endToEnd } from './kinds/end-to-end.js';
import { queries } from './kinds/queries.js';
import { singleStage } from './kinds/single-stage.js';
import { suppressed } from './kinds/suppressed.js';
import { byNumbers } from './labels.js';

const RECOGNISERS = [singleStage, cornersAndScores, endToEnd, queries, suppressed] as const;

/** Tasks that Ultralytics' files name, and what a file of them is. */
const OTHER_TASKS: Readonly<Record<string, string>> = {
  classify: 'a classifier',
  segment: 'a segmenter: its masks would be lost (export the detector)',
  pose: 'a network for poses: its key points would be lost (export the detector)',
  obb: 'a detector of turned boxes: their angles would be lost',
};

/**
 * @param file as errors name it
 * @param kind that was asked for
 * @throws CspcamError for what is no detector of a known kind, or could be several
 */
export function recognise(facts: Facts, file: string, kind?: Kind): Match {
  const all = RECOGNISERS.flatMap((recogniser) => recogniser(facts));
  const task = OTHER_TASKS[facts.metadata.get('task') ?? ''] ?? otherTask(facts, all.length > 0);
  if (task !== undefined) throw expected('a detector', file, task);
  const shown = facts.outputs.map(shape).join(', ');
  const matches = kind === undefined ? all : all.filter((match) => match.kind === kind);
  if (matches.length === 0 && kind !== undefined)
    throw expected(
      `outputs of ${kind}`,
      file,
      `${shown}${all.length > 0 ? `, which could be ${names(all)}` : ''}`,
    );
  if (matches.length === 0)
    throw expected(
      'outputs of a known kind of detector (YOLOX, YOLOv5 to YOLO26, YOLO-NAS, NanoDet-Plus, DETR, SSD with suppression)',
      file,
      shown,
    );
  const count = facts.labels?.length;
  const fitting = matches.filter(
    (match) => facts.labels === undefined || labelsFor(match, facts.labels).length === match.decoder.classes,
  );
  if (fitting.length === 0) {
    const classes = [...new Set(matches.map((match) => `${match.decoder.classes} (${match.kind})`))];
    throw expected(`${classes.join(' or ')} class names`, file, count);
  }
  const [first, ...others] = fitting as [Match, ...Match[]];
  if (others.some(({ kind, decoder }) => kind === first.kind && decoder.classes === first.decoder.classes))
    throw expected(
      'one output, or set of outputs, to decode',
      file,
      `${shown}, of which several could be ${names([first])}: export it with one of them`,
    );
  if (others.length > 0)
    throw new CspcamError(
      `expected outputs of one kind for ${file}, received ${shown}, which could be ${names(fitting)}: give --kind${count === undefined ? ' or --labels' : ''}`,
    );
  return first;
}

/** YOLO's families number classes without gaps, whatever their data set does. */
export function labelsFor({ kind, decoder }: Match, labels: readonly string[]): readonly string[] {
  return kind === 'detr' || kind === 'ssd' ? byNumbers(labels, decoder.classes) : labels;
}

const names = (matches: readonly Match[]) =>
  matches.map(({ kind, decoder }) => `${kind} (${decoder.classes} classes)`).join(' or ');

export const shape = ({ name, dims, type }: Pick<Observed, 'name' | 'dims' | 'type'>) =>
  `${name} (${dims.join(' x ')})${type === 'float32' ? '' : ` ${type}`}`;

/** Without metadata: what only classifiers and segmenters have. */
function otherTask({ outputs, picture }: Facts, isDecoded: boolean): string | undefined {
  const maps = outputs.filter(({ dims }) => dims.length === 4);
  const [only] = outputs;
  if (outputs.length === 1 && only && isScores(only.dims)) return `a classifier: ${shape(only)}`;
  const mask = maps.find(({ name }) => /mask|proto/i.test(name)) ?? (maps.length === 1 ? maps[0] : undefined);
  if (mask !== undefined) return `a segmenter: ${shape(mask)}`;
  if (maps.length > 1 && !(isDecoded && areOfHeads(maps, picture)))
    return `maps of a detector that are not decoded: ${maps.map(shape).join(', ')} (export with the decoding)`;
  return undefined;
}

/**
 * What boxes were decoded of: an export that was not made for inference leaves it among the outputs. A map of masks has as
 * many cells as one more head would have, but other channels.
 */
function areOfHeads(maps: readonly Observed[], picture: Extent): boolean {
  const cells = maps.reduce((sum, { dims: [, , rows, columns] }) => sum + rows! * columns!, 0);
  return new Set(maps.map(({ dims }) => dims[1])).size === 1 && stridesOf(cells, picture) !== undefined;
}

/** (1, classes), or with rows and columns of one. */
function isScores(dims: readonly number[]): boolean {
  const [batch, classes, ...cells] = dims;
  if (dims.length === 1) return true;
  return batch === 1 && classes !== undefined && dims.length !== 3 && cells.every((length) => length === 1);
}
