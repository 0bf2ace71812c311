// A model folder and a picture -> what the model finds on it, by the way of the product, and a picture with the boxes.

import type { ModelFolder } from '../../../models/folder/folder.js';
import { openDetector } from '../../../models/runtime/open.js';
import { annotate, readImage } from '../../../pipelines/images.js';
import { overlaySvg } from '../../analytics/detection-overlay.js';
import { type FrameResult, followFrames } from '../../inference/frame-path.js';
import { countsText } from '../detections-text.js';
import { table } from './text.js';

export interface CheckedPicture {
  /** With the boxes. */
  readonly file: string;
  readonly detections: readonly {
    readonly label: string;
    readonly score: number;
    /** x1, y1, x2, y2 in pixels of the picture. */
    readonly box: readonly number[];
  }[];
}

/** As `cspcam detect` shows them. */
const MIN_SCORE = 0.3;

/** Before anything is written. @throws CspcamError for a picture that cannot be read */
export async function expectPicture(picture: string): Promise<void> {
  await readImage(picture, { width: 32, height: 32 });
}

export async function checkPicture(
  folder: ModelFolder,
  picture: string,
  file: string,
): Promise<CheckedPicture> {
  const frame = await readImage(picture, folder.description.input);
  const detector = await openDetector(folder, { provider: 'cpu', threads: 0, minScore: MIN_SCORE });
  let result: FrameResult | undefined;
  try {
    await followFrames(one(frame), {
      detector,
      release: () => {},
      onResult: (found) => {
        result = found;
      },
      onFailure: (_frame, error) => {
        throw error;
      },
    });
  } finally {
    await detector.close();
  }
  const found = result!.sourceDetections;
  await annotate(picture, overlaySvg(found, frame.sourceSize), file);
  const detections = found.map(({ label, score, box }) => ({
    label,
    score: Number(score.toFixed(4)),
    box: box.map((value) => Number(value.toFixed(1))),
  }));
  return { file, detections };
}

async function* one<Item>(item: Item): AsyncGenerator<Item> {
  yield item;
}

export function checkText({ file, detections }: CheckedPicture): string {
  const rows = detections.map(({ label, score, box }) => [label, score.toFixed(2), box.join(', ')]);
  return [`${file}: ${countsText(detections)}`, ...(rows.length > 0 ? [table(rows)] : [])].join('\n');
}
