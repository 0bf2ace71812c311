// An ONNX file and what it does not tell -> model folder, words on what it is, and boxes on a picture.

import { readdir } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import { expected } from '#common/errors.js';
import type { ModelDescription, Resize } from '../../../models/folder/description.js';
import { DESCRIPTION_FILE, writeModelFolder } from '../../../models/folder/folder.js';
import type { Extent } from '../../../models/import/cells.js';
import type { Kind, Preprocessing } from '../../../models/import/facts.js';
import { importInChild } from '../../../models/import/in-child.js';
import { COCO_LABELS, labelsOfLines } from '../../../models/import/labels.js';
import { checkPicture, checkText, expectPicture } from './check-picture.js';
import { readNames } from './files.js';
import { print, sentence, summary } from './text.js';
import { withVoting } from './with-voting.js';

export interface OnnxImport {
  readonly out?: string;
  readonly name?: string;
  readonly kind?: Kind;
  /** A file, or `coco`. */
  readonly labels?: string;
  readonly size?: Extent;
  readonly colour?: Preprocessing['colour'];
  readonly mean?: Preprocessing['mean'];
  readonly deviation?: Preprocessing['deviation'];
  readonly resize?: Resize;
  /** A picture to draw boxes on. */
  readonly check?: string;
  /** IoU from which on suppressed boxes help to place the one that is kept. */
  readonly boxVoting?: number;
  readonly json: boolean;
  readonly signal: AbortSignal;
}

const COCO = 'coco';

export async function importOnnxFile(file: string, options: OnnxImport): Promise<void> {
  const stem = basename(file, extname(file));
  const { out = stem, labels: given, check, boxVoting, json, name = stem, signal, ...told } = options;
  if (options.out === undefined) await expectNoOtherFolder(out);
  if (check !== undefined) await expectPicture(check);
  const labels = given === undefined ? undefined : await readLabels(given);
  const model = await importInChild(file, { ...told, name, ...(labels && { labels }) }, { signal });
  const folder = await writeModelFolder(out, withVoting(model.description, boxVoting), model.network);
  const { description } = folder;
  const checked = check === undefined ? undefined : await checkPicture(folder, check, besideFolder(out));
  if (json)
    return print(
      JSON.stringify({
        ...{ out, ...summary(description), decoder: description.decoder },
        ...{ preprocessing: description.preprocessing, provenance: description.provenance },
        ...{ found: model.found, notices: model.notices },
        ...(checked && { check: checked }),
      }),
    );
  const licence = description.provenance['licence'];
  print(
    [
      `${out}: ${sentence(description)}`,
      model.found,
      picturesText(description),
      ...(typeof licence === 'string' ? [`licence, as the file says: ${licence}`] : []),
      ...model.notices,
      ...(checked ? [checkText(checked)] : []),
    ].join('\n'),
  );
}

/** However the folder is written: `models/yolo/`, or `.`. */
function besideFolder(out: string): string {
  return join(out, '..', `${basename(resolve(out))}-check.jpg`);
}

async function readLabels(given: string): Promise<readonly string[]> {
  if (given === COCO) return COCO_LABELS;
  const labels = labelsOfLines(await readNames(given));
  if (labels.length === 0) throw expected('class names, one per line', given, 'none');
  return labels;
}

/** A folder that nobody named is not written into unless it is a model already. */
async function expectNoOtherFolder(out: string): Promise<void> {
  const names = await readdir(out).catch((error: NodeJS.ErrnoException) =>
    error.code === 'ENOENT' ? [] : [''],
  );
  if (names.length > 0 && !names.includes(DESCRIPTION_FILE))
    throw expected(
      '--out, or a free name in this folder',
      'the model folder',
      `${out}, which is something else`,
    );
}

/** How a picture is prepared: the network does the second half itself. */
function picturesText({ input, preprocessing }: ModelDescription): string {
  const { resize } = input;
  const placed =
    resize.kind === 'stretch'
      ? 'stretched'
      : `letterboxed ${resize.align === 'centre' ? 'in the centre' : 'at the top left'} on grey level ${resize.padding}`;
  if (preprocessing === undefined) return `pictures: ${placed}`;
  const { colour, mean, deviation, layout, type } = preprocessing;
  const scaled = mean.some((one) => one !== 0) || deviation.some((one) => one !== 1);
  const range = scaled ? `, less ${mean.join(', ')}, by ${deviation.join(', ')}` : ', 0 to 255';
  return `pictures: ${placed}; ${colour}${range}, ${layout} ${type} in the file`;
}
