// Clips of which each frame says its number, as fifteen fields in a row, grey for a one; and who reads it.

import sharp from 'sharp';
import type { Frame } from '../../pipelines/frame.js';
import { rgbWithin } from './pixels.js';

const BITS = 15;
const bits = Array.from({ length: BITS }, (_, bit) => bit);
/** Middle of a field, from 0 to 1 both ways. */
const middleOf = (bit: number) => [(bit + 0.5) / BITS, 0.1] as const;

/** Dark enough that the network of bright spots sees nothing. */
const GREY = 48;

/** A lavfi description of so many frames, for `Clips.make()`. @param more filters, for what else is on it */
export function numbered(frames: number, more: readonly string[] = [], size = '1920x1080'): string {
  const fields = bits.map(
    (bit) =>
      `drawbox=x=iw*${bit}/${BITS}:y=0:w=iw/${BITS}:h=ih/5:c=0x${GREY.toString(16).repeat(3)}:t=fill:enable='mod(floor(n/${2 ** bit}),2)'`,
  );
  return [`color=c=black:s=${size}:r=25:d=${frames / 25}`, ...fields, ...more].join(',');
}

export function numberOn(frame: Frame): number {
  return sum((bit) => rgbWithin(frame, ...middleOf(bit))[1]);
}

export async function numberOnJpeg(jpeg: Buffer): Promise<number> {
  const { data, info } = await sharp(jpeg).greyscale().raw().toBuffer({ resolveWithObject: true });
  return sum((bit) => {
    const [right, down] = middleOf(bit);
    return data[Math.floor(down * info.height) * info.width + Math.floor(right * info.width)]!;
  });
}

function sum(levelOf: (bit: number) => number): number {
  return bits.reduce((number, bit) => number + (levelOf(bit) > GREY / 2 ? 2 ** bit : 0), 0);
}
