// A test pattern -> access units of H.264 or H.265 with real content, as the encoder of a camera makes them.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Size } from '../../pipelines/frame.js';

export type Codec = 'H264' | 'H265';

/** NAL units without start codes, of one picture. */
export type AccessUnit = readonly Buffer[];

export interface Clip {
  readonly codec: Codec;
  readonly units: readonly AccessUnit[];
}

export interface ClipOptions extends Partial<Size> {
  readonly codec?: Codec;
  /** Of `videotestsrc`. */
  readonly pattern?: string;
  readonly frames?: number;
  /** Frames from one key frame to the next; default all. */
  readonly keyEvery?: number;
  /** Of H.264, another picture with 256 levels, which does not say the matrix of its colours. */
  readonly allLevels?: boolean;
}

const MOST_BYTES = 1 << 28;
const ENCODERS: Readonly<Record<Codec, (keyEvery: number) => string>> = {
  H264: (keyEvery) =>
    `openh264enc gop-size=${keyEvery} scene-change-detection=false ! h264parse config-interval=-1 ! video/x-h264`,
  H265: (keyEvery) =>
    `x265enc key-int-max=${keyEvery} speed-preset=ultrafast tune=zerolatency ` +
    'option-string=scenecut=0:open-gop=0:log-level=0 ! h265parse config-interval=-1 ! video/x-h265',
};
const made = new Map<string, Promise<Clip>>();

/** Encoded once per process of the tests. */
export function clipOf(options: ClipOptions = {}): Promise<Clip> {
  const key = JSON.stringify(options);
  const clip = made.get(key) ?? encode(options);
  made.set(key, clip);
  return clip;
}

async function encode({
  codec = 'H264',
  pattern = 'smpte',
  width = 320,
  height = 180,
  frames = 50,
  keyEvery = frames,
  allLevels = false,
}: ClipOptions): Promise<Clip> {
  const launch =
    `videotestsrc num-buffers=${frames} pattern=${pattern} ! ` +
    `video/x-raw,format=I420,width=${width},height=${height},framerate=25/1 ! ${ENCODERS[codec](keyEvery)},` +
    'stream-format=byte-stream,alignment=au ! fdsink fd=1';
  const coding = `-frames:v ${frames} -pix_fmt yuvj420p -c:v libx264 -preset ultrafast -g ${keyEvery} -f h264`;
  const [program, options] = allLevels
    ? ['ffmpeg', `-v error -f lavfi -i testsrc=size=${width}x${height} ${coding} pipe:1`]
    : ['gst-launch-1.0', `-q ${launch}`];
  const { stdout } = await promisify(execFile)(program, options.split(' '), {
    encoding: 'buffer',
    maxBuffer: MOST_BYTES,
  });
  const units = accessUnits(nalUnits(stdout), codec);
  if (units.length !== frames) throw new Error(`expected ${frames} access units, received ${units.length}`);
  return { codec, units };
}

/** Annex B: three bytes before each unit, and zeros before those. */
function nalUnits(bytes: Buffer): Buffer[] {
  const units: Buffer[] = [];
  for (let start = bytes.indexOf('000001', 0, 'hex'); start >= 0; ) {
    const next = bytes.indexOf('000001', start + 3, 'hex');
    let end = next < 0 ? bytes.length : next;
    while (bytes[end - 1] === 0) end--;
    units.push(bytes.subarray(start + 3, end));
    start = next;
  }
  return units;
}

export function nalType(unit: Buffer, codec: Codec): number {
  return codec === 'H264' ? unit[0]! & 0x1f : (unit[0]! >> 1) & 0x3f;
}

/** VPS, SPS and PPS. */
export function isParameterSet(unit: Buffer, codec: Codec): boolean {
  const type = nalType(unit, codec);
  return codec === 'H264' ? type === 7 || type === 8 : type >= 32 && type <= 34;
}

function isSlice(unit: Buffer, codec: Codec): boolean {
  const type = nalType(unit, codec);
  return codec === 'H264' ? type >= 1 && type <= 5 : type <= 31;
}

/** `first_mb_in_slice` of 0, `first_slice_segment_in_pic_flag` of 1: the first bit after the header is set. */
function isFirstSlice(unit: Buffer, codec: Codec): boolean {
  return isSlice(unit, codec) && (unit[codec === 'H264' ? 1 : 2]! & 0x80) !== 0;
}

function accessUnits(units: readonly Buffer[], codec: Codec): AccessUnit[] {
  const all: Buffer[][] = [];
  let hasSlice = true;
  for (const unit of units) {
    const begins = hasSlice && (!isSlice(unit, codec) || isFirstSlice(unit, codec));
    if (begins) {
      all.push([]);
      hasSlice = false;
    }
    const isDelimiter = nalType(unit, codec) === (codec === 'H264' ? 9 : 35);
    if (!isDelimiter) all.at(-1)?.push(unit);
    hasSlice ||= isSlice(unit, codec);
  }
  return all;
}

/** H.264 that calls itself so large, with slices of the picture that it was. */
export function callingItself({ width, height }: Size, { codec, units }: Clip): Clip {
  const sps = h264Parameters({ width, height });
  return {
    codec,
    units: units.map((unit) => unit.map((nal) => (nalType(nal, codec) === 7 ? sps : nal))),
  };
}

/** H.264, 7.3.2.1.1: of the baseline profile, for sizes that are multiples of 16. */
function h264Parameters({ width, height }: Size): Buffer {
  const number = (value: number) => {
    const bits = (value + 1).toString(2);
    return '0'.repeat(bits.length - 1) + bits;
  };
  const bits = [
    ...[0, 0, 2, 0, 1].map(number), // id, frame numbers, order, its bits, references
    '0',
    number(width / 16 - 1),
    number(height / 16 - 1),
    ...['1', '1', '0', '0'], // frames only, direct 8 x 8, no cropping, no VUI
    '1',
  ].join('');
  const bytes = bits.match(/.{1,8}/g)!.map((byte) => Number.parseInt(byte.padEnd(8, '0'), 2));
  return Buffer.from([0x67, 66, 0xc0, 62, ...bytes]);
}
