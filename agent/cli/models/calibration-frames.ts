// Pictures, COCO annotations or a clip -> frames for a calibration, as the product itself makes them.

import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { expected } from '#common/errors.js';
import { parseAnnotations } from '../../../models/evaluate/coco.js';
import type { InputSize } from '../../../pipelines/frame.js';
import { isImage, readImage } from '../../../pipelines/images.js';
import { openSource } from '../../../pipelines/open.js';

export interface FrameChoice {
  /** A folder of pictures, COCO annotations with images/ beside them, or a source as `detect` takes it. */
  readonly data: string;
  /** Annotations give only the pictures of this split. */
  readonly split?: string;
  /** How many: spread evenly over pictures; of a clip the first that are far enough apart. */
  readonly pictures: number;
}

// Frames of a clip that are closer show the same.
const APART_MS = 500;

/** Planar RGB bytes, (3, H, W). */
export async function* calibrationFrames(
  choice: FrameChoice,
  inputSize: Required<InputSize>,
): AsyncGenerator<Uint8Array> {
  const files = await pictureFiles(choice);
  if (files) {
    for (const file of spread(files, choice.pictures))
      yield new Uint8Array((await readImage(file, inputSize)).pixels);
    return;
  }
  const stop = new AbortController();
  let [next, count] = [Number.NEGATIVE_INFINITY, 0];
  for await (const frame of openSource(choice.data, { inputSize }).frames(stop.signal)) {
    if (frame.mediaTimeMs < next) continue;
    next = frame.mediaTimeMs + APART_MS;
    yield new Uint8Array(frame.pixels);
    if (++count === choice.pictures) break;
  }
  stop.abort();
}

/** Nothing for a clip or a camera. */
async function pictureFiles({ data, split }: FrameChoice): Promise<string[] | undefined> {
  const isAnnotations = extname(data) === '.json';
  if (split !== undefined && !isAnnotations)
    throw expected('annotations (.json) beside --split', '--data', data);
  if (isAnnotations) {
    const text = await readFile(data, 'utf8').catch((error: NodeJS.ErrnoException) => {
      throw expected('a readable file', data, error.code ?? error.message, error);
    });
    const images = parseAnnotations(text, data).images.filter(
      (image) => split === undefined || image.split === split,
    );
    if (images.length === 0) throw expected('pictures of --split', data, split ?? '0');
    return images.map((image) => join(dirname(data), 'images', image.file_name));
  }
  if (!(await isDirectory(data))) return undefined;
  const names = (await readdir(data)).filter(isImage).sort();
  if (names.length === 0) throw expected('pictures', data, '0');
  return names.map((name) => join(data, name));
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** `count` of the list at equal distances, or all where it has no more. */
function spread<T>(list: readonly T[], count: number): T[] {
  const taken = Math.min(count, list.length);
  return Array.from({ length: taken }, (_, i) => list[Math.floor((i * list.length) / taken)]!);
}
