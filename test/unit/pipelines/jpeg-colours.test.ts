// Colours as red, green and blue -> planes as a source has them -> those of JPEG, whatever the size of the picture.

import { describe, expect, test } from 'vitest';
import { i420Planes } from '../../../pipelines/capture/child/i420.js';
import { JpegColours, jpegFactors } from '../../../pipelines/capture/child/jpeg-colours.js';

type Colour = readonly [number, number, number];

/** ITU-R BT.601-7, BT.709-6, BT.2020-2 and SMPTE 240M: what of red and blue is in luma. */
const STANDARDS = {
  bt601: [0.299, 0.114],
  bt709: [0.2126, 0.0722],
  bt2020: [0.2627, 0.0593],
  smpte240m: [0.212, 0.087],
} as const;

const COLOURS: readonly Colour[] = [
  [0, 0, 0],
  [255, 255, 255],
  [128, 128, 128],
  [192, 48, 32],
  [20, 160, 40],
  [16, 32, 220],
  [250, 240, 5],
];

/** As the standards write it down: luma, differences of colour, levels. */
function yuvOf(
  [red, green, blue]: Colour,
  [ofRed, ofBlue]: readonly [number, number],
  isFull: boolean,
): Colour {
  const y = ofRed * red + (1 - ofRed - ofBlue) * green + ofBlue * blue;
  const cb = (blue - y) / (2 * (1 - ofBlue));
  const cr = (red - y) / (2 * (1 - ofRed));
  const [scale, chromaScale, black] = isFull ? [1, 1, 0] : [219 / 255, 224 / 255, 16];
  return [black + scale * y, 128 + chromaScale * cb, 128 + chromaScale * cr];
}

const planesOf = ({ width, height }: { width: number; height: number }) => {
  const rows = 2 * Math.ceil(height / 2);
  const stride = 4 * Math.ceil(width / 4);
  const chroma = 4 * Math.ceil(Math.ceil(width / 2) / 4);
  return i420Planes(Buffer.alloc(rows * stride + rows * chroma), { width, height })!;
};

describe.each([
  ['bt601', STANDARDS.bt601, false],
  ['bt709', STANDARDS.bt709, false],
  ['bt2020', STANDARDS.bt2020, false],
  ['2:5:1:1', STANDARDS.smpte240m, false],
  ['1:3:5:1', STANDARDS.bt709, true],
  ['1:4:0:1', STANDARDS.bt601, true],
] as const)('of %s', (colorimetry, weights, isFull) => {
  test.each(COLOURS)('%i, %i, %i', (...colour) => {
    const colours = JpegColours.open()!;
    const planes = planesOf({ width: 40, height: 4 });
    for (const [i, level] of yuvOf(colour, weights, isFull).entries())
      planes[i]!.bytes.fill(Math.round(level));
    expect(colours.convert(planes, jpegFactors(colorimetry)!)).toBe(true);
    // What is rounded in the source is up to half a level, more where levels are stretched.
    for (const [i, level] of yuvOf(colour, STANDARDS.bt601, true).entries())
      for (const byte of planes[i]!.bytes) expect(Math.abs(byte - level)).toBeLessThan(1.6);
  });
});

test.each([
  [1920, 1080],
  [1922, 1081],
  [640, 2],
  [321, 123],
  [322, 480],
  [18, 6],
  [16, 3],
  [7680, 16],
])('%i x %i: each pixel by itself, from the first to the last', (width, height) => {
  const planes = planesOf({ width, height });
  for (const [i, { bytes }] of planes.entries())
    for (let at = 0; at < bytes.length; at++) bytes[at] = 40 + ((at * (i + 7)) % 150);
  const before = planes.map(({ bytes }) => Uint8Array.from(bytes));
  const factors = jpegFactors('bt709')!;
  expect(JpegColours.open()!.convert(planes, factors)).toBe(true);
  const { yy, yu, yv, uu, uv, vu, vv } = factors;
  const [yPlane, uPlane, vPlane] = planes;
  let worst = 0;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = y * yPlane!.stride + x;
      const chromaAt = (y >> 1) * uPlane!.stride + (x >> 1);
      const [u, v] = [before[1]![chromaAt]! - 128, before[2]![chromaAt]! - 128];
      const wanted = [
        (before[0]![at]! - 16) * yy + u * yu + v * yv,
        128 + u * uu + v * uv,
        128 + u * vu + v * vv,
      ];
      const is = [yPlane!.bytes[at]!, uPlane!.bytes[chromaAt]!, vPlane!.bytes[chromaAt]!];
      for (const [i, level] of wanted.entries())
        worst = Math.max(worst, Math.abs(is[i]! - Math.min(255, Math.max(0, level))));
    }
  expect(worst).toBeLessThan(0.7);
});

test('a picture narrower than what is converted at once is left to others, as it is', () => {
  const planes = planesOf({ width: 12, height: 4 });
  expect(JpegColours.open()!.convert(planes, jpegFactors('bt709')!)).toBe(false);
  expect(planes.every(({ bytes }) => bytes.every((byte) => byte === 0))).toBe(true);
});

test.each(['', '0:0:0:0', '1:1:7:1', '1:0:0:0', '0:3:5:1', 'sRGB'])(
  'nothing is known of %j',
  (colorimetry) => {
    expect(jpegFactors(colorimetry)).toBeUndefined();
  },
);
