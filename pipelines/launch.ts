// Source description -> GStreamer launch string and how to read it, chosen by the elements that exist. Pure.

import { expected } from '#common/errors.js';
import type { GateOptions } from './capture/child/gate.js';

import type { Delivery, InputSize } from './frame.js';
import type { Exists, LaunchOptions } from './launch-options.js';
import { keepsPictures, looksAtEach, tail } from './launch-tail.js';
import type { Masks } from './masks.js';
import { withPackets } from './packet-tap.js';
import { decodedUpTo, LARGEST_PICTURE, type LargestPicture, trackUpTo, upTo } from './picture-size.js';
import type { NetworkCamera } from './relay/address.js';
import { RTP_CODECS, type RtpCodec } from './relay/sdp.js';

import type { Source } from './sources.js';

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
  readonly onlyLive?: true;
  /** `geometry` then keeps every picture until it has been looked at, and so does the source. */
  readonly looksAtEach?: true;
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
    ...(options.onlyLive && { onlyLive: true }),
    ...(looksAtEach(options) && { looksAtEach: true }),
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
  const decode = `${plugged} ! ${decodedUpTo(largest)}${exists('nvvidconv') ? ` ! videoconvert ! ${FROM_NVMM}` : ''}`;
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

/** `fdsrc` is not live: by itself the pipeline's clock would begin with the first picture, however late that comes. */
const LIVE = 'fakesrc is-live=true num-buffers=0 ! fakesink async=false';

/** Of what a camera sends over HTTP, on a descriptor of the capture process, to what a decoder takes. */
export function httpHead(
  descriptor: number,
  content: 'multipart' | 'video',
  largest: LargestPicture,
): string {
  // A camera does not say when it took a picture: when it comes is the nearest.
  const source = `${LIVE} fdsrc fd=${descriptor} do-timestamp=true blocksize=65536`;
  if (content === 'video') return `${source} ! ${trackUpTo(largest)}`;
  // Lengths and boundaries of cameras are wrong now and then; a picture itself tells where it begins and ends.
  return [source, 'image/jpeg', 'jpegparse', upTo(largest, 'image/jpeg')].join(' ! ');
}

/** Telephones record portrait lying on its side, with a tag that says so. Without one nothing is copied. */
function upright(exists: Exists): string {
  return exists('videoflip') ? ' ! videoconvert ! videoflip video-direction=auto' : '';
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

// nvvidconv takes NVMM and plain memory alike; it has no planar RGB, and no borders. Of what software decodes it lacks RGB,
// BGR and most of more than eight bits: a videoconvert before it converts those alone, and hands on all the rest as it is.
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

/** Quotes as gst_parse_launch reads it: double quotes, with a backslash before quotes and backslashes. */
function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
