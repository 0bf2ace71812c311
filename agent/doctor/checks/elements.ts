// Elements of GStreamer -> the packages of Debian and Ubuntu that bring them. Pure.

const BASE = 'gstreamer1.0-plugins-base';
const GOOD = 'gstreamer1.0-plugins-good';
const BAD = 'gstreamer1.0-plugins-bad';
const LIBAV = 'gstreamer1.0-libav';

/** What pipelines/launch.ts names, and what decodebin needs beside decoders. */
export const NEEDED: Readonly<Record<string, readonly string[]>> = {
  'libgstreamer1.0-0': ['filesrc', 'fdsrc', 'queue', 'tee', 'identity', 'capsfilter'],
  [BASE]: ['decodebin', 'videoconvert', 'videoscale', 'appsink', 'videotestsrc'],
  [GOOD]: [
    'qtdemux',
    'matroskademux',
    'rtspsrc',
    'rtpjitterbuffer',
    'rtph264depay',
    'rtph265depay',
    'rtpjpegdepay',
    'videoflip',
    'capssetter',
    'v4l2src',
  ],
  [BAD]: ['gdppay', 'h264parse', 'h265parse', 'jpegparse', 'tsdemux'],
};

/** Any of them decodes; the board's own first. The last resort of each takes neither interlaced pictures nor all profiles. */
export const DECODERS: Readonly<
  Record<
    'h264' | 'h265' | 'jpeg',
    { readonly any: readonly string[]; readonly lastResort?: string; readonly install: string }
  >
> = {
  h264: {
    any: ['nvv4l2decoder', 'vah264dec', 'vaapih264dec', 'v4l2h264dec', 'v4l2slh264dec', 'avdec_h264'],
    lastResort: 'openh264dec',
    install: LIBAV,
  },
  h265: {
    any: ['nvv4l2decoder', 'vah265dec', 'vaapih265dec', 'v4l2h265dec', 'v4l2slh265dec', 'avdec_h265'],
    lastResort: 'libde265dec',
    install: LIBAV,
  },
  jpeg: {
    any: ['nvjpegdec', 'vajpegdec', 'vaapijpegdec', 'v4l2jpegdec', 'jpegdec', 'avdec_mjpeg'],
    install: GOOD,
  },
};

export function missingElements(has: (element: string) => boolean): { element: string; install: string }[] {
  return Object.entries(NEEDED).flatMap(([install, elements]) =>
    elements.filter((element) => !has(element)).map((element) => ({ element, install })),
  );
}
