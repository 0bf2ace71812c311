// A frame and what was found on it -> JPEGs of the very picture at the size of its source, which the capture still has.

import { paletteColour } from '#common/palette.js';
import type { Box, Detection } from '../../models/detection.js';
import type { CapturedPicture, WantedPicture } from '../../pipelines/capture/picture-answers.js';
import type { Drawing } from '../../pipelines/capture/requests.js';
import type { Frame, Rect, Size } from '../../pipelines/frame.js';
import { jfifOf } from '../../pipelines/jfif.js';
import { markingOf } from './label-place.js';
import { LabelTiles } from './label-tiles.js';

/** @returns nothing where the capture has no such picture, or no more */
export type AskPicture = (camera: string, wanted: WantedPicture) => Promise<CapturedPicture | undefined>;

export interface FullSizePicture {
  /** The whole picture, with its boxes. */
  readonly jpeg: Buffer;
  /** The object that was wanted, without its box. */
  readonly crop: Buffer | undefined;
  readonly sourceSize: Size;
}

/** Of 4K a picture of the same quality would be longer than most brokers take. */
const QUALITY = { usual: 85, large: 75 };
const LARGE_PIXELS = 4e6;
/** Around an object, by its longer side. */
const MARGIN = 0.15;

const labelTiles = new LabelTiles();

/**
 * @param found drawn on the picture
 * @param object of which there is to be a crop
 */
export async function fullSizePicture(
  ask: AskPicture,
  { source, sequence, sourceSize }: Pick<Frame, 'source' | 'sequence' | 'sourceSize'>,
  found: readonly Detection[],
  object?: Box,
): Promise<FullSizePicture | undefined> {
  const quality = sourceSize.width * sourceSize.height > LARGE_PIXELS ? QUALITY.large : QUALITY.usual;
  // The best is drawn last, on top of the others.
  const drawings = await Promise.all(found.toReversed().map((one) => drawingsOf(one, sourceSize)));
  const whole = { quality, drawings: drawings.flat() };
  const crop = object && { quality, rect: withMargin(object, sourceSize) };
  const picture = await ask(source, { sequence, parts: crop ? [whole, crop] : [whole] });
  if (picture === undefined) return undefined;
  return { jpeg: picture.jpegs[0]!, crop: picture.jpegs[1], sourceSize: picture.sourceSize };
}

/** Whole pixels of a box with what is around it, within the picture. */
export function withMargin([x1, y1, x2, y2]: Box, { width, height }: Size): Rect {
  const margin = MARGIN * Math.max(x2 - x1, y2 - y1);
  const [x, y] = [Math.max(0, Math.floor(x1 - margin)), Math.max(0, Math.floor(y1 - margin))];
  return {
    x,
    y,
    width: Math.max(1, Math.min(width, Math.ceil(x2 + margin)) - x),
    height: Math.max(1, Math.min(height, Math.ceil(y2 + margin)) - y),
  };
}

async function drawingsOf(detection: Detection, size: Size): Promise<Drawing[]> {
  const [x1, y1, x2, y2] = detection.box.map(Math.round) as unknown as Box;
  const colour = jpegColour(paletteColour(detection.classIndex));
  const { text, stroke, fontSize, label } = markingOf(detection, size);
  const tile = { width: Math.ceil(label.width), height: Math.ceil(label.height) };
  const luma = await labelTiles.tileOf({ text, fontSize, level: colour.y }, tile);
  return [
    {
      kind: 'outline',
      rect: { x: x1, y: y1, width: x2 - x1, height: y2 - y1 },
      thickness: Math.round(stroke),
      colour,
    },
    {
      kind: 'tile',
      rect: { x: Math.round(label.x), y: Math.round(label.y), ...tile },
      luma,
      colour,
    },
  ];
}

/** As JFIF has it. @param hex `#rrggbb` */
function jpegColour(hex: string): { y: number; u: number; v: number } {
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as [
    number,
    number,
    number,
  ];
  const { y, u, v } = jfifOf(red, green, blue);
  const byte = (value: number) => Math.min(255, Math.round(value));
  return { y: byte(y), u: byte(128 + u), v: byte(128 + v) };
}
