// Pictures, COCO annotations, clips -> frames for a calibration, as the product itself makes them.

import { readdir, stat } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { expected } from '#common/errors.js';
import { type CocoAnnotations, parseAnnotations } from '../../../models/evaluate/coco.js';
import { isPicture } from '../../../pipelines/file-kind.js';
import type { Frame, InputSize } from '../../../pipelines/frame.js';
import { readImage } from '../../../pipelines/images.js';
import { openSource } from '../../../pipelines/open.js';
import { read } from './files.js';

export interface FrameChoice {
  /** Folders of pictures, COCO annotations with images/ beside them, or sources as `detect` takes them. */
  readonly data: readonly string[];
  /** Annotations give only the pictures of this split. */
  readonly split?: string;
  /** How many: as many of each source, spread evenly over pictures; of a clip the first that are far enough apart. */
  readonly pictures: number;
}

// Frames of a clip that are closer show the same.
const APART_MS = 500;

export async function* calibrationFrames(
  choice: FrameChoice,
  inputSize: Required<InputSize>,
): AsyncGenerator<Frame> {
  for (const { data, files, pictures } of await chosenPictures(choice)) {
    if (files) for (const file of files) yield await readImage(file, inputSize);
    else yield* clipFrames(data, pictures, inputSize);
  }
}

interface ChosenPictures {
  readonly data: string;
  /** Share of this source. */
  readonly pictures: number;
  /** Nothing for a clip or a camera. */
  readonly files?: readonly string[];
}

/** @throws CspcamError for sources without pictures */
export async function chosenPictures({ data, split, pictures }: FrameChoice): Promise<ChosenPictures[]> {
  return Promise.all(
    data.map(async (source, i) => {
      const share = Math.floor(((i + 1) * pictures) / data.length) - Math.floor((i * pictures) / data.length);
      const files = await pictureFiles(source, split);
      return { data: source, pictures: share, ...(files && { files: spread(files, share) }) };
    }),
  );
}

async function* clipFrames(
  source: string,
  count: number,
  inputSize: Required<InputSize>,
): AsyncGenerator<Frame> {
  const stop = new AbortController();
  let [next, taken] = [Number.NEGATIVE_INFINITY, 0];
  for await (const frame of openSource(source, { inputSize }).frames(stop.signal)) {
    if (frame.mediaTimeMs < next) continue;
    next = frame.mediaTimeMs + APART_MS;
    yield frame;
    if (++taken >= count) break;
  }
  stop.abort();
}

/** @returns nothing for a clip or a camera */
export async function pictureFiles(data: string, split?: string): Promise<string[] | undefined> {
  if (split !== undefined && !isAnnotations(data))
    throw expected('annotations (.json) beside --split', '--data', data);
  if (isAnnotations(data)) {
    const { images } = await readAnnotations(data);
    const chosen = images.filter((image) => split === undefined || image.split === split);
    if (chosen.length === 0) throw expected('pictures of --split', data, split ?? '0');
    return chosen.map((image) => pictureOf(data, image));
  }
  if (!(await isDirectory(data))) return undefined;
  const files = (await readdir(data)).sort().map((name) => join(data, name));
  const pictures = files.filter(isPicture);
  if (pictures.length === 0) throw expected('pictures', data, '0');
  return pictures;
}

export function isAnnotations(data: string): boolean {
  return extname(data) === '.json';
}

export async function readAnnotations(file: string): Promise<CocoAnnotations> {
  return parseAnnotations((await read(file)).toString('utf8'), file);
}

export function pictureOf(annotations: string, { file_name }: { readonly file_name: string }): string {
  return join(dirname(annotations), 'images', file_name);
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** `count` of the list at equal distances, or all where it has no more. */
export function spread<T>(list: readonly T[], count: number): T[] {
  const taken = Math.min(count, list.length);
  return Array.from({ length: taken }, (_, i) => list[Math.floor((i * list.length) / taken)]!);
}
