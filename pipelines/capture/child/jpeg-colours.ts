// Planes of I420 in the colours of a source -> the same in those of JPEG (JFIF): all 256 levels, matrix of BT.601.

import { readFileSync } from 'node:fs';
import { jfifOf } from '../../jfif.js';
import type { Plane } from './i420.js';

/** Of red and blue in luma (ITU-R BT.601, BT.709, BT.2020, SMPTE 240M), by GStreamer's numbers of matrices. */
const WEIGHTS: Readonly<Record<string, readonly [red: number, blue: number]>> = {
  3: [0.2126, 0.0722],
  4: [0.299, 0.114],
  5: [0.212, 0.087],
  6: [0.2627, 0.0593],
};
/** Names by which GStreamer writes what is usual, as range and matrix. */
const NAMES: Readonly<Record<string, string>> = {
  bt601: '2:4',
  bt709: '2:3',
  smpte240m: '2:5',
  bt2020: '2:6',
  'bt2020-10': '2:6',
};
const FULL_RANGE = '1';
const VIDEO_RANGE = '2';

/** Of a byte of luma or colour (from their zero) in one of JPEG. */
export interface ColourFactors {
  /** The level of black. */
  readonly black: number;
  readonly yy: number;
  readonly yu: number;
  readonly yv: number;
  readonly uu: number;
  readonly uv: number;
  readonly vu: number;
  readonly vv: number;
}

/**
 * @param colorimetry of caps, `range:matrix:transfer:primaries` or a name
 * @returns nothing where it does not say both range and matrix
 */
export function jpegFactors(colorimetry: string): ColourFactors | undefined {
  const [range, matrix = ''] = (NAMES[colorimetry] ?? colorimetry).split(':');
  const weights = WEIGHTS[matrix];
  if (weights === undefined || (range !== FULL_RANGE && range !== VIDEO_RANGE)) return undefined;
  const [luma, chroma] = range === FULL_RANGE ? [1, 1] : [255 / 219, 255 / 224];
  const byBlue = differences(weights, 1, 0);
  const byRed = differences(weights, 0, 1);
  return {
    black: range === FULL_RANGE ? 0 : 16,
    yy: luma,
    ...{ yu: chroma * byBlue.y, uu: chroma * byBlue.u, vu: chroma * byBlue.v },
    ...{ yv: chroma * byRed.y, uv: chroma * byRed.u, vv: chroma * byRed.v },
  };
}

/** What differences of blue and red alone, without luma, are in JPEG. */
function differences([ofRed, ofBlue]: readonly [number, number], cb: number, cr: number) {
  const red = 2 * (1 - ofRed) * cr;
  const blue = 2 * (1 - ofBlue) * cb;
  const green = -(ofRed * red + ofBlue * blue) / (1 - ofRed - ofBlue);
  return jfifOf(red, green, blue);
}

/** Its types come with those of browsers alone. */
declare const WebAssembly: {
  validate(program: Uint8Array): boolean;
  readonly Module: new (program: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  convert(...numbers: number[]): void;
}

// Assembled by the build; from sources, as in tests, the built one is taken.
const PROGRAM = new URL(
  import.meta.url.endsWith('.ts')
    ? '../../../dist/pipelines/capture/child/jpeg-colours.wasm'
    : './jpeg-colours.wasm',
  import.meta.url,
);
/** Sixteen bytes are converted at once. */
const LEAST_STRIDE = 16;

export class JpegColours {
  readonly #convert: Exports['convert'];
  readonly #memory: Uint8Array;

  private constructor({ memory, convert }: Exports) {
    this.#convert = convert;
    this.#memory = new Uint8Array(memory.buffer);
  }

  /** @returns nothing where the processor lacks what it takes (SSE4.1) */
  static open(): JpegColours | undefined {
    const program = readFileSync(PROGRAM);
    if (!WebAssembly.validate(program)) return undefined;
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(program));
    return new JpegColours(exports as Exports);
  }

  /**
   * In place, by as many rows as a processor's nearer cache holds.
   *
   * @returns whether it was done: not of a picture too narrow, or too wide
   */
  convert([y, u, v]: readonly Plane[], factors: ColourFactors): boolean {
    const { stride } = y!;
    const chromaStride = u!.stride;
    const room = this.#memory.length / 2;
    const most = Math.floor(room / (2 * (stride + chromaStride)));
    if (stride < LEAST_STRIDE || most === 0) return false;
    const pairs = y!.bytes.length / (2 * stride);
    const numbers = fixedPoint(factors);
    for (let pair = 0; pair < pairs; pair += most) {
      const count = Math.min(most, pairs - pair);
      const chroma = ({ bytes }: Plane) => bytes.subarray(pair * chromaStride, (pair + count) * chromaStride);
      const parts = [
        y!.bytes.subarray(2 * pair * stride, 2 * (pair + count) * stride),
        chroma(u!),
        chroma(v!),
      ];
      const [yAt, uAt, vAt] = [0, parts[0]!.length, parts[0]!.length + parts[1]!.length];
      for (const [i, at] of [yAt, uAt, vAt].entries()) this.#memory.set(parts[i]!, at);
      this.#convert(yAt, uAt, vAt, room, stride, chromaStride, count, ...numbers);
      for (const [i, at] of [yAt, uAt, vAt].entries())
        parts[i]!.set(this.#memory.subarray(room + at, room + at + parts[i]!.length));
    }
    return true;
  }
}

/** As jpeg-colours.wat takes them. */
function fixedPoint({ black, yy, yu, yv, uu, uv, vu, vv }: ColourFactors): readonly number[] {
  const half = (factor: number) => Math.round((factor / 2) * 2 ** 15);
  return [half(yy), half(yu), half(yv), Math.round(-black * yy * 2 ** 5) + 16, ...[uu, uv, vu, vv].map(half)];
}
