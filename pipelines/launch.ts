// Source description -> GStreamer launch string and how to read it, chosen by the elements that exist. Pure.

import { expected } from '#common/errors.js';
import type { GateOptions } from './capture/child/gate.js';
import { MOTION_SIZE } from './capture/child/motion.js';
import { markedAny } from './capture/child/size-marks.js';

import type { Delivery, InputSize, Size } from './frame.js';
import type { Masks } from './masks.js';
import { withPackets } from './packet-tap.js';
import { decodedUpTo, LARGEST_PICTURE, type LargestPicture, trackUpTo, upTo } from './picture-size.js';
import type { NetworkCamera } from './relay/address.js';
import { RTP_CODECS, type RtpCodec } from './relay/sdp.js';

import type { Source } from './sources.js';

/** `realtime` plays recordings as fast as they were made, `unpaced` as fast as frames are taken. */
export type Pace = 'realtime' | 'unpaced';

export interface LaunchOptions {
  /** Width a multiple of 4, as planar rows of GStreamer are padded to 4 bytes. */
  readonly inputSize: InputSize;
  readonly delivery: Delivery;
  readonly pace: Pace;
  readonly prefer?: PreferredElements;
  /** Passes over frames of a scene in which nothing moves; for delivery `newest`. */
  readonly motion?: GateOptions | undefined;
  /** Larger ones are refused before they are decoded. Default 8K. */
  readonly largest?: LargestPicture | undefined;
  readonly masks?: Masks | undefined;
  /** The last pictures of the source are kept for who asks for one of them; for delivery `newest`. */
  readonly keepPictures?: boolean;
  /** Windows of frames may be asked for, at the size of the source; for delivery `newest`. */
  readonly windows?: boolean;
  /** The packets of the source are kept so long for who asks for them, where it has such that a clip is made of. */
  readonly keepPacketsMs?: number | undefined;
  /** The source is a still picture. */
  readonly isPicture?: boolean;
}

/** Elements that suit a device; what does not exist is passed over. */
export interface PreferredElements {
  /** The best first. */
  readonly decoders: readonly string[];
  /** The source of cameras on the board. */
  readonly camera?: string | undefined;
}

/** All that a capture process needs to know. */
export interface CapturePlan {
  /**
   * From the source on, or of a `camera` from its decoder on. Holds an appsink `frames` (GDP packets of planar GBR), an
   * appsink `geometry` (of the source picture) and, where the source may change its size, a capsfilter `marks`; with
   * `motion` also an identity `gate` in front of `frames`, and an appsink `motion` (GDP packets of small grey pictures);
   * with `pictures` an appsink of that name (GDP packets of source pictures, which stay in it until somebody asks).
   * with `windows` an appsink of that name (GDP packets of planar GBR at the size of the source) behind an identity `look`.
   */
  readonly launch: string;
  readonly inputSize: InputSize;
  readonly delivery: Delivery;
  readonly motion?: GateOptions;
  readonly masks?: Masks;
  readonly windows?: true;
  readonly largest: LargestPicture;
  readonly pictures?: KeptPictures;
  /** What comes before the decoder then goes through `withPackets()`: in `launch`, or of a `camera` in the capture process. */
  readonly keepPacketsMs?: number;
  /** Whether time stamps count from the start of the pipeline, so that capture times follow from them. */
  readonly live: boolean;
  /** GST_PLUGIN_FEATURE_RANK, which decodebin follows; empty where no hardware decoder exists. */
  readonly decoderRanks: string;
  /** The camera that is asked first, whose stream then comes before `launch`. */
  readonly camera?: NetworkCamera & { readonly scheme: 'rtsp' | 'http' };
}

/** How many of the last pictures are kept, by reference. */
export interface KeptPictures {
  readonly bytes: number;
  readonly most?: number;
}

/** Ten pictures of 1080p, two of 4K. */
const KEPT_BYTES = 32e6;
/** nvvidconv makes pictures in four buffers of its own, and waits where all are in use. */
const KEPT_OF_NVVIDCONV = 1;

type Exists = (element: string) => boolean;

// decodebin tries the highest rank first and goes on to the next where one does not open.
const HARDWARE_DECODERS = ['nvv4l2decoder', 'vah265dec', 'vah264dec', 'vaapih265dec', 'vaapih264dec'];

export function planCapture(source: Source, options: LaunchOptions, exists: Exists): CapturePlan {
  const { delivery, pace, prefer, largest = LARGEST_PICTURE, keepPacketsMs } = options;
  const { width, height, resize } = options.inputSize;
  const inputSize = { width, height, ...(resize && { resize }) };
  if (inputSize.width % 4 !== 0) throw expected('a multiple of 4', 'input width', inputSize.width);
  const live =
    source.scheme === 'gst'
      ? delivery === 'newest'
      : source.scheme !== 'file' &&
        source.scheme !== 'pipe' &&
        // What a segment calls its time is no clock of ours.
        !(source.scheme === 'http' && source.camera.hls) &&
        !(source.scheme === 'test' && pace === 'unpaced');
  const decoders = [...new Set([...(prefer?.decoders ?? []), ...HARDWARE_DECODERS])];
  const ranks = decoders.filter(exists).map((name, index) => `${name}:${400 - index}`);
  return {
    launch: `${head(source, options, exists)} ! ${tail(source, options, exists)}`,
    inputSize,
    delivery,
    largest,
    ...(options.motion && { motion: options.motion }),
    ...(options.masks && { masks: options.masks }),
    ...(keepsPictures(options, exists) && {
      pictures: { bytes: KEPT_BYTES, ...(exists('nvvidconv') && { most: KEPT_OF_NVVIDCONV }) },
    }),
    ...(options.windows && { windows: true }),
    ...(keepPacketsMs !== undefined && hasPackets(source) && { keepPacketsMs }),
    live,
    decoderRanks: [...ranks, ...(options.isPicture && exists('jpegparse') ? [READS_EXIF] : [])].join(','),
    ...((source.scheme === 'rtsp' || source.scheme === 'http') && {
      camera: { scheme: source.scheme, ...source.camera },
    }),
  };
}

/** Where the capture process has what was piped to its parent. */
export const PIPED_DESCRIPTOR = 4;

/** Whether it is coded where it comes from; of others nobody knows, or they change with the device. */
function hasPackets({ scheme }: Source): boolean {
  return ['rtsp', 'http', 'file', 'pipe'].includes(scheme);
}

/** The part from the source to raw video in memory, at source size. */
function head(
  source: Source,
  { pace, prefer, largest = LARGEST_PICTURE, keepPacketsMs }: LaunchOptions,
  exists: Exists,
): string {
  const track = keepPacketsMs === undefined ? trackUpTo(largest) : withPackets(trackUpTo(largest));
  const plugged = source.scheme === 'file' && pace === 'realtime' ? `decodebin ${AS_LIVE}` : 'decodebin';
  // It picks the decoder by rank; not every container tells the size that its decoder will find.
  const decode = `${plugged} ! ${decodedUpTo(largest)}${exists('nvvidconv') ? ` ! ${FROM_NVMM}` : ''}`;
  switch (source.scheme) {
    case 'file':
      return `filesrc location=${quoted(source.path)} ! ${track} ! ${decode}${upright(exists)}`;
    case 'pipe':
      return `fdsrc fd=${PIPED_DESCRIPTOR} ! ${track} ! ${decode}${upright(exists)}`;
    case 'rtsp':
    case 'http':
      return decode;
    case 'v4l2':
      return `v4l2src device=${quoted(source.device)} do-timestamp=true${v4l2Caps(source)} ! ${decode}`;
    case 'csi':
      return csi(source, prefer?.camera, exists);
    case 'test': {
      const end = source.frames === undefined ? '' : ` num-buffers=${source.frames}`;
      return (
        `videotestsrc is-live=${pace === 'realtime'} pattern=${source.pattern}${end} ! video/x-raw,format=I420,` +
        `width=${source.width},height=${source.height},framerate=${source.fps}/1`
      );
    }
    case 'gst':
      return `${source.head} ! ${decode}`;
  }
}

/**
 * A recording that is played as a camera is decoded as one: a picture for each thread, as is the rule for files, takes
 * 10 MB more at 720p with two cores, and comes that much later. Names are those that decodebin gives; what is not there is left.
 */
const AS_LIVE = ['avdec_h264', 'avdec_h265'].map((name) => `${name}-0::thread-type=slice`).join(' ');

/** The element that counts frames, where source and conversion meet. What a decoder knows it has spoilt goes no further. */
const COUNTER = 'identity name=captured drop-buffer-flags=corrupted';

/** Of the packets of a camera to what a decoder takes: nothing before the first whole picture, nor of lost ones. */
export function relayedHead(location: string, codec: RtpCodec, largest: LargestPicture): string {
  const { depay, parse, caps } = RTP_CODECS[codec];
  return [
    `rtspsrc location=${quoted(location)} protocols=tcp latency=100`,
    'application/x-rtp,media=video',
    depay,
    ...(parse === undefined ? [] : [parse]),
    upTo(largest, caps),
  ].join(' ! ');
}

/** Of what a camera sends over HTTP, on a descriptor of the capture process, to what a decoder takes. */
export function httpHead(
  descriptor: number,
  content: 'multipart' | 'video',
  largest: LargestPicture,
): string {
  // A camera does not say when it took a picture: when it comes is the nearest.
  const source = `fdsrc fd=${descriptor} do-timestamp=true blocksize=65536`;
  if (content === 'video') return `${source} ! ${trackUpTo(largest)}`;
  return [source, 'multipartdemux single-stream=true', 'jpegparse', upTo(largest, 'image/jpeg')].join(' ! ');
}

/** Telephones record portrait lying on its side, with a tag that says so. Without one nothing is copied. */
function upright(exists: Exists): string {
  return exists('videoflip') ? ' ! videoconvert ! videoflip video-direction=auto' : '';
}

/** Each picture knows of what size it was made. Devices keep their size, and begin anew where their caps change. */
function marks(source: Source): string[] {
  const keepsItsSize = ['v4l2', 'csi', 'test'].includes(source.scheme);
  return keepsItsSize ? [] : [`capsfilter name=marks caps-change-mode=delayed caps="${markedAny()}"`];
}

/** Without it nobody looks for the tag that says how a photograph is to be turned. Recordings in JPEG have none. */
const READS_EXIF = 'jpegparse:300';

/** Takes the element of NVIDIA's boards unless there is only that of others, which has no numbers for its cameras. */
function csi(source: Source & { scheme: 'csi' }, preferred: string | undefined, exists: Exists): string {
  const { sensorId, width, height, fps } = source;
  const caps = `width=${width},height=${height},framerate=${fps}/1,format=NV12`;
  const element = [preferred, ARGUS, 'libcamerasrc'].find((name) => name !== undefined && exists(name));
  if (element === undefined || element === ARGUS)
    return `${ARGUS} sensor-id=${sensorId} ! video/x-raw(memory:NVMM),${caps} ! ${FROM_NVMM}`;
  if (sensorId !== 0) throw expected(`csi:0 with ${element}`, 'source', `csi:${sensorId}`);
  return `${element} ! video/x-raw,${caps}`;
}

const ARGUS = 'nvarguscamerasrc';

// nvvidconv takes NVMM and plain memory alike; it has no planar RGB, and no borders.
const FROM_NVMM = 'nvvidconv ! video/x-raw,format=BGRx';

function v4l2Caps(source: Source & { scheme: 'v4l2' }): string {
  const { width, height, fps, format } = source;
  const size =
    (width === undefined ? '' : `,width=${width}`) +
    (height === undefined ? '' : `,height=${height}`) +
    (fps === undefined ? '' : `,framerate=${fps}/1`);
  if (format === undefined) return size === '' ? '' : ` ! image/jpeg${size};video/x-raw${size}`;
  return ` ! ${format === 'mjpeg' ? 'image/jpeg' : 'video/x-raw'}${size}`;
}

// Colour at its own, coarser grid is scaled as it is: a third of the conversion's time, and no visible change.
const CHROMA = 'chroma-mode=none';

/** The part from raw video to scaled planar GBR in an appsink. */
function tail(source: Source, options: LaunchOptions, exists: Exists): string {
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
    ...marks(source),
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
    .concat(` source. ! gdppay ! appsink name=geometry ${sink} drop=true wait-on-eos=false`)
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

function keepsPictures({ keepPictures = false }: LaunchOptions, exists: Exists): boolean {
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

/** Quotes as gst_parse_launch reads it: double quotes, with a backslash before quotes and backslashes. */
function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
