// A frame -> whether it shows the coloured bars of `videotestsrc pattern=smpte`: a grey smear does not.

import type { Frame } from '../../pipelines/frame.js';
import { type Rgb, rgbWithin } from './pixels.js';

/** From the left; the upper two thirds of the picture. */
export const BARS: readonly Rgb[] = [
  [255, 255, 255],
  [255, 255, 0],
  [0, 255, 255],
  [0, 255, 0],
  [255, 0, 255],
  [255, 0, 0],
  [0, 0, 255],
];
/** Coding and scaling take no more. */
const TOLERANCE = 60;

/** @returns places at which the colour is another one */
export function wrongBars(frame: Frame): string[] {
  return BARS.flatMap((bar, i) =>
    [0.1, 0.3, 0.5].flatMap((down) => {
      const seen = rgbWithin(frame, (i + 0.5) / BARS.length, down);
      const distance = Math.max(...seen.map((value, channel) => Math.abs(value - bar[channel]!)));
      return distance > TOLERANCE ? [`bar ${i} at ${down} is rgb(${seen})`] : [];
    }),
  );
}
