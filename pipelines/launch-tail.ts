// From raw video in memory on: what counts and marks pictures, and the branches that end in appsinks. Pure.

import { MOTION_SIZE } from './capture/child/motion.js';
import { markedAny } from './capture/child/size-marks.js';
import type { InputSize, Size } from './frame.js';
import type { Exists, LaunchOptions } from './launch-options.js';
import type { Source } from './sources.js';

/** The element that counts frames, where source and conversion meet. What a decoder knows it has spoilt goes no further. */
const COUNTER = 'identity name=captured drop-buffer-flags=corrupted';

/** Each picture knows of what size it was made. Devices keep their size, and begin anew where their caps change. */
function marks(source: Source, options: LaunchOptions): string[] {
  const keepsItsSize = ['v4l2', 'csi', 'test'].includes(source.scheme);
  return keepsItsSize || looksAtEach(options)
    ? []
    : [`capsfilter name=marks caps-change-mode=delayed caps="${markedAny()}"`];
}

// Colour at its own, coarser grid is scaled as it is: a third of the conversion's time, and no visible change.
const CHROMA = 'chroma-mode=none';

/** The part from raw video to scaled planar GBR in an appsink. */
export function tail(source: Source, options: LaunchOptions, exists: Exists): string {
  const { inputSize, delivery, pace, motion, windows } = options;
  const sync = source.scheme === 'file' && pace === 'realtime';
  const newest = delivery === 'newest';
  const borders = `add-borders=${inputSize.resize?.kind !== 'stretch'}`;
  const scale = exists('videoconvertscale')
    ? `videoconvertscale ${borders} ${CHROMA}`
    : `videoconvert ${CHROMA} ! videoscale ${borders}`;
  const sink = 'sync=false async=false enable-last-sample=false max-buffers=1';
  const onlyNewest = 'queue leaky=downstream max-size-buffers=1 max-size-bytes=0 max-size-time=0';
  return [
    `${COUNTER} sync=${sync}`,
    ...marks(source, options),
    'tee name=source',
    // In front of queue and conversion; unlike a valve it lets the end of the stream through.
    ...(motion ? ['identity name=gate'] : []),
    // What is looked at again is what was let through.
    ...(windows ? ['tee name=looked'] : []),
    // Scaling is what a slow machine skips: the decoder needs every frame.
    newest ? onlyNewest : onlyNewest.replace('leaky=downstream ', ''),
    scale,
    `capsfilter name=size caps-change-mode=delayed caps="${firstCaps(inputSize)}"`,
    // appsink alone gives no time stamps to gstreamer-superficial; a GDP header holds them.
    'gdppay',
    `appsink name=frames ${sink} drop=${newest}`,
  ]
    .join(' ! ')
    .concat(
      ` source. ! gdppay ! appsink name=geometry ${sink} drop=${!looksAtEach(options)} wait-on-eos=false`,
    )
    .concat(
      keepsPictures(options, exists)
        ? ` source. ! gdppay ! appsink name=pictures ${sink} drop=true wait-on-eos=false`
        : '',
    )
    .concat(
      windows
        ? ` looked. ! ${unscaled(exists, onlyNewest)} ! appsink name=windows ${sink} drop=true wait-on-eos=false`
        : '',
    )
    .concat(motion ? ` source. ! ${grey(exists)} ! gdppay ! appsink name=motion ${sink} drop=true` : '');
}

/** Whether the source is looked at before each frame: it copies all its pictures, but no other way tells rows apart for sure. */
export function looksAtEach({ isRow = false, delivery }: LaunchOptions): boolean {
  return isRow && delivery === 'all';
}

export function keepsPictures({ keepPictures = false }: LaunchOptions, exists: Exists): boolean {
  return keepPictures && exists('jpegenc');
}

/** Nothing comes through, and nothing is converted, before somebody wants a window. */
function unscaled(exists: Exists, queue: string): string {
  const convert = exists('videoconvertscale') ? 'videoconvertscale' : 'videoconvert';
  return `identity name=look drop-probability=1 ! ${queue} ! ${convert} ${CHROMA} ! video/x-raw,format=GBR ! gdppay`;
}

/** Single pixels, not means: a tenth of the time, and the detector takes means itself. */
function grey(exists: Exists): string {
  const scale = exists('videoconvertscale')
    ? 'videoconvertscale method=nearest-neighbour'
    : 'videoscale method=nearest-neighbour ! videoconvert';
  return `${scale} ! video/x-raw,format=GRAY8,width=${MOTION_SIZE.width},height=${MOTION_SIZE.height}`;
}

/**
 * Until the size of the source is known. With pixel-aspect-ratio=1/1 the picture is letterboxed, centred on black: of that
 * its part is taken, and borders of any other kind are made behind the pipe.
 */
function firstCaps(inputSize: InputSize): string {
  const caps = contentCaps(inputSize);
  return inputSize.resize?.kind === 'stretch' ? caps : `${caps},pixel-aspect-ratio=1/1`;
}

/** Of a picture that fills the size, whatever its own shape. */
export function contentCaps({ width, height }: Size): string {
  return `video/x-raw,format=GBR,width=${width},height=${height}`;
}

/**
 * GStreamer's converter takes full range video for limited range where the matrix is not known, as cameras have
 * it that say one and not the other.
 *
 * @param colorimetry of the source; numbers are those of GstVideoColorRange and GstVideoColorMatrix
 * @returns the launch string with the usual matrix filled in; nothing where none is lacking
 */
export function withMatrix(launch: string, colorimetry: string, height: number): string | undefined {
  const [, rest] = /^1:0:(\d+:\d+)$/.exec(colorimetry) ?? [];
  if (rest === undefined) return undefined;
  const matrix = height > 576 ? 3 : 4;
  const setter = `capssetter caps="video/x-raw,colorimetry=(string)1:${matrix}:${rest}" ! ${COUNTER}`;
  return launch.replace(COUNTER, () => setter);
}
