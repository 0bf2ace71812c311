// Source and elements that exist -> launch string. GStreamer's parser is the judge where its elements exist.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { planCapture, relayedHead } from '../../../pipelines/launch.js';
import type { LaunchOptions } from '../../../pipelines/launch-options.js';
import { withMatrix } from '../../../pipelines/launch-tail.js';
import { withPackets } from '../../../pipelines/packet-tap.js';
import { LARGEST_PICTURE } from '../../../pipelines/picture-size.js';
import { parseSource } from '../../../pipelines/sources.js';

const newest: LaunchOptions = {
  inputSize: { width: 416, height: 320 },
  delivery: 'newest',
  pace: 'realtime',
};
const all: LaunchOptions = { ...newest, delivery: 'all', pace: 'unpaced' };

/** Debian 12 and Ubuntu 22.04; GStreamer 1.16 and older; JetPack; a PC with an Intel GPU; a Raspberry Pi. */
const machines = {
  pc: ['videoconvertscale', 'videoflip'],
  old: ['videoflip'],
  jetson: ['videoflip', 'nvvidconv', 'nvv4l2decoder', 'nvarguscamerasrc', 'nvjpegdec'],
  intel: ['videoconvertscale', 'videoflip', 'vah264dec', 'vah265dec'],
  pi: ['videoconvertscale', 'videoflip', 'v4l2h264dec', 'libcamerasrc'],
};

function plan(uri: string, machine: keyof typeof machines = 'pc', options = newest) {
  return planCapture(parseSource(uri), options, (name) => machines[machine].includes(name));
}

/** Limits of size are shortened: they have a test of their own. */
const head = (launch: string) =>
  launch.slice(0, launch.indexOf(' ! identity name=captured')).replace(/capsfilter caps="[^"]*"/g, 'LIMIT');

const nv = 'nvvidconv ! video/x-raw,format=BGRx';
const flip = 'videoconvert ! videoflip video-direction=auto';
const slices = 'decodebin avdec_h264-0::thread-type=slice avdec_h265-0::thread-type=slice';
const track = 'parsebin ! LIMIT ! typefind ! LIMIT';
test.each([
  ['pc', 'a b.mp4', `filesrc location="a b.mp4" ! ${track} ! ${slices} ! LIMIT ! ${flip}`],
  [
    'jetson',
    'a.mp4',
    `filesrc location="a.mp4" ! ${track} ! ${slices} ! LIMIT ! videoconvert ! ${nv} ! ${flip}`,
  ],
  ['pc', '-', `fdsrc fd=4 ! ${track} ! decodebin ! LIMIT ! ${flip}`],
  ['pc', 'rtsp://cam/s', 'decodebin ! LIMIT'],
  ['jetson', 'rtsp://cam/s', `decodebin ! LIMIT ! videoconvert ! ${nv}`],
  ['pc', 'v4l2:/dev/video0', 'v4l2src device="/dev/video0" do-timestamp=true ! decodebin ! LIMIT'],
  [
    'pc',
    'v4l2:/dev/video0?width=640&height=480&fps=15',
    'v4l2src device="/dev/video0" do-timestamp=true ! image/jpeg,width=640,height=480,framerate=15/1;' +
      'video/x-raw,width=640,height=480,framerate=15/1 ! decodebin ! LIMIT',
  ],
  [
    'pc',
    'v4l2:/dev/video0?format=mjpeg&fps=30',
    'v4l2src device="/dev/video0" do-timestamp=true ! image/jpeg,framerate=30/1 ! decodebin ! LIMIT',
  ],
  [
    'jetson',
    'v4l2:/dev/video0?format=raw',
    `v4l2src device="/dev/video0" do-timestamp=true ! video/x-raw ! decodebin ! LIMIT ! videoconvert ! ${nv}`,
  ],
  [
    'jetson',
    'csi:1?fps=60',
    `nvarguscamerasrc sensor-id=1 ! video/x-raw(memory:NVMM),width=1280,height=720,framerate=60/1,format=NV12 ! ${nv}`,
  ],
  ['pi', 'csi:0?fps=15', 'libcamerasrc ! video/x-raw,width=1280,height=720,framerate=15/1,format=NV12'],
  [
    'pc',
    'test:ball?width=64&height=48&fps=5',
    'videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width=64,height=48,framerate=5/1',
  ],
  [
    'pc',
    'gst:souphttpsrc location=http://cam/mjpg',
    'souphttpsrc location=http://cam/mjpg ! decodebin ! LIMIT',
  ],
] as const)('%s: %s', (machine, uri, expected) => {
  expect(head(plan(uri, machine).launch)).toBe(expected);
});

test('a recording that is read as fast as it can be is decoded by all threads', () => {
  expect(head(plan('a.mp4', 'pc', all).launch)).toBe(
    `filesrc location="a.mp4" ! ${track} ! decodebin ! LIMIT ! ${flip}`,
  );
});

test.each([
  [undefined, '[1,7680],height=(int)[1,4320]', '[1,4320],height=(int)[1,7680]'],
  [{ long: 800, short: 600 }, '[1,800],height=(int)[1,600]', '[1,600],height=(int)[1,800]'],
])('pictures up to %j, lying or upright', (largest, lying, upright) => {
  const { launch } = plan('a.mp4', 'pc', { ...newest, ...(largest && { largest }) });
  for (const kind of ['video/x-h264', 'video/x-vp9', 'image/jpeg', 'video/x-raw', 'video/x-raw(ANY)'])
    for (const size of [lying, upright]) expect(launch).toContain(`${kind},width=(int)${size}`);
});

test.each([
  ['pc', ' ! videoconvertscale add-borders=true chroma-mode=none ! '],
  ['old', ' ! videoconvert chroma-mode=none ! videoscale add-borders=true ! '],
] as const)('%s: letterboxing%s', (machine, scale) => {
  const { launch } = plan('test:ball', machine);
  const caps = 'video/x-raw,format=GBR,width=416,height=320,pixel-aspect-ratio=1/1';
  expect(launch).toContain(`${scale}capsfilter name=size caps-change-mode=delayed caps="${caps}" ! `);
});

test.each([
  ['pc', ' ! videoconvertscale add-borders=false chroma-mode=none ! '],
  ['old', ' ! videoconvert chroma-mode=none ! videoscale add-borders=false ! '],
] as const)('%s: stretching%s', (machine, scale) => {
  const inputSize = { width: 416, height: 320, resize: { kind: 'stretch' } } as const;
  const { launch, ...rest } = plan('test:ball', machine, { ...newest, inputSize });
  const caps = 'video/x-raw,format=GBR,width=416,height=320';
  expect(launch).toContain(`${scale}capsfilter name=size caps-change-mode=delayed caps="${caps}" ! `);
  expect(rest).toMatchObject({ inputSize });
});

test('of the input the capture learns its size and how it is filled', () => {
  const resize = { kind: 'letterbox', align: 'top-left', padding: 114 } as const;
  const input = { name: 'images', width: 416, height: 320, layout: 'NCHW', resize };
  expect(plan('test:ball', 'pc', { ...newest, inputSize: input }).inputSize).toEqual({
    ...{ width: 416, height: 320, resize },
  });
});

test.each([
  ['pc', ''],
  ['jetson', 'nvv4l2decoder:400'],
  ['intel', 'vah265dec:400,vah264dec:399'],
] as const)('%s: decodebin prefers %s', (machine, ranks) => {
  expect(plan('a.mp4', machine).decoderRanks).toBe(ranks);
});

test('of a still picture the tag is read that says how it is turned; of recordings in JPEG it is not looked for', () => {
  const ranks = (options: LaunchOptions, ...elements: string[]) =>
    planCapture(parseSource('a.jpg'), options, (name) => elements.includes(name)).decoderRanks;
  expect(ranks({ ...newest, isPicture: true }, 'jpegparse')).toBe('jpegparse:300');
  expect(ranks({ ...newest, isPicture: true }, 'jpegparse', 'vah264dec')).toBe('vah264dec:400,jpegparse:300');
  expect(ranks({ ...newest, isPicture: true })).toBe('');
  expect(ranks(newest, 'jpegparse')).toBe('');
});

test('masks go to the capture process as they are', () => {
  const masks = {
    privacy: [
      [
        [0, 0],
        [1, 0],
        [1, 1],
      ],
    ],
    motion: [],
  } as const;
  expect(plan('rtsp://cam/s', 'pc', { ...newest, masks }).masks).toEqual(masks);
});

test.each([
  ['pi', [], ''],
  ['pi', ['v4l2h264dec'], 'v4l2h264dec:400'],
  ['intel', ['avdec_h264', 'vah264dec'], 'vah264dec:400,vah265dec:399'],
  ['jetson', ['vah264dec', 'nvv4l2decoder'], 'nvv4l2decoder:400'],
] as const)('%s whose profile prefers %j: %s', (machine, decoders, ranks) => {
  expect(plan('a.mp4', machine, { ...newest, prefer: { decoders } }).decoderRanks).toBe(ranks);
});

test.each([
  ['jetson', 'libcamerasrc', 'nvarguscamerasrc'],
  ['pi', 'nvarguscamerasrc', 'libcamerasrc'],
  ['pi', undefined, 'libcamerasrc'],
  ['pc', 'libcamerasrc', 'nvarguscamerasrc'],
] as const)('%s whose profile prefers %s: csi: is %s', (machine, camera, element) => {
  const { launch } = plan('csi:0', machine, { ...newest, prefer: { decoders: [], camera } });
  expect(launch.split(' ')[0]).toBe(element);
});

test('libcamerasrc has no numbers', () => {
  expect(() => plan('csi:1', 'pi')).toThrow('expected csi:0 with libcamerasrc for source, received csi:1');
});

test.each([
  ['a.mp4', newest, false, 'sync=true', 'queue leaky=downstream', 'drop=true'],
  ['a.mp4', all, false, 'sync=false', 'queue max-size-buffers=1', 'drop=false'],
  ['test:ball', newest, true, 'is-live=true', 'queue leaky=downstream', 'drop=true'],
  ['test:ball', all, false, 'is-live=false', 'queue max-size-buffers=1', 'drop=false'],
  ['rtsp://cam/s', newest, true, 'sync=false', 'queue leaky=downstream', 'drop=true'],
  ['rtsp://cam/s', all, true, 'sync=false', 'queue max-size-buffers=1', 'drop=false'],
  ['v4l2:/dev/video0', newest, true, 'sync=false', 'queue leaky=downstream', 'drop=true'],
  ['csi:0', newest, true, 'sync=false', 'queue leaky=downstream', 'drop=true'],
  ['gst:videotestsrc', newest, true, 'sync=false', 'queue leaky=downstream', 'drop=true'],
  ['gst:videotestsrc', all, false, 'sync=false', 'queue max-size-buffers=1', 'drop=false'],
] as const)('%s with delivery $delivery: live %s', (uri, options, live, ...parts) => {
  const { launch, ...rest } = plan(uri, 'pc', options);
  expect(rest).toMatchObject({ live, delivery: options.delivery, inputSize: options.inputSize });
  const [pace, queue, drop] = parts;
  expect(launch).toContain(pace);
  expect(launch).toContain(`tee name=source ! ${queue}`);
  expect(launch).toContain(`max-buffers=1 ${drop} source. ! gdppay ! appsink name=geometry`);
});

test.each([
  ['pc', 'videoconvertscale method=nearest-neighbour ! '],
  ['old', 'videoscale method=nearest-neighbour ! videoconvert ! '],
] as const)(
  '%s: motion is watched on small grey pictures, and its gate is in front of the queue',
  (machine, scale) => {
    const { launch } = plan('test:ball', machine, {
      ...newest,
      motion: { lookEveryMs: 1000, keepLookingMs: 2000 },
    });
    expect(launch).toContain('tee name=source ! identity name=gate ! queue');
    expect(launch).toContain(
      `source. ! ${scale}video/x-raw,format=GRAY8,width=192,height=108 ! gdppay ! appsink name=motion`,
    );
    expect(plan('test:ball', machine).launch).not.toMatch(/gate|motion/);
  },
);

test.each([
  ['1:0:0:0', 720, '1:3:0:0'],
  ['1:0:5:1', 576, '1:4:5:1'],
  ['1:3:5:1', 720, undefined],
  ['2:0:0:0', 720, undefined],
  ['bt709', 720, undefined],
  ['', 720, undefined],
])('colorimetry %s at a height of %i becomes %s', (colorimetry, height, corrected) => {
  const { launch } = plan('rtsp://cam/s');
  const setter = `! capssetter caps="video/x-raw,colorimetry=(string)${corrected}" ! identity name=captured`;
  expect(withMatrix(launch, colorimetry, height)).toBe(
    corrected && launch.replace('! identity name=captured', setter),
  );
});

test('GStreamer never learns a password', () => {
  const { launch, camera } = plan('rtsp://joe:secret@cam:8554/s');
  expect(camera).toMatchObject({ host: 'cam', port: 8554, credentials: { password: 'secret' } });
  expect(launch).not.toContain('secret');
});

test.each([
  [
    'H264',
    'rtph264depay ! h264parse ! capsfilter caps="video/x-h264,bit-depth-luma=(uint){8,10},width=(int)[1,7680],height=(int)[1,4320];',
  ],
  [
    'H265',
    'rtph265depay ! h265parse ! capsfilter caps="video/x-h265,bit-depth-luma=(uint){8,10,12},width=(int)[1,7680]',
  ],
  ['JPEG', 'rtpjpegdepay ! jpegparse ! capsfilter caps="image/jpeg,width=(int)[1,7680]'],
  ['VP9', 'rtpvp9depay ! vp9parse ! capsfilter caps="video/x-vp9,width=(int)[1,7680]'],
  ['VP8', 'rtpvp8depay ! capsfilter caps="video/x-vp8,width=(int)[1,7680]'],
] as const)('packets of %s are unpacked, and no larger pictures than 8K decoded', (codec, unpacked) => {
  expect(relayedHead('rtsp://127.0.0.1:4711/x/', codec, LARGEST_PICTURE)).toContain(
    `rtspsrc location="rtsp://127.0.0.1:4711/x/" protocols=tcp latency=100 ! application/x-rtp,media=video ! ${unpacked}`,
  );
});

const PACKETS =
  'gdppay ! appsink name=packets sync=false async=false enable-last-sample=false max-buffers=1 wait-on-eos=false parsed.';
const QUEUE = 'tee name=parsed parsed. ! queue max-size-buffers=0 max-size-time=0 max-size-bytes=16777216';

test.each([
  [
    'a.mp4',
    true,
    `filesrc location="a.mp4" ! ${track} ! ${QUEUE} ! ${PACKETS} ! ${slices} ! LIMIT ! ${flip}`,
  ],
  ['-', true, `fdsrc fd=4 ! ${track} ! ${QUEUE} ! ${PACKETS} ! decodebin ! LIMIT ! ${flip}`],
  ['rtsp://cam/s', true, 'decodebin ! LIMIT'],
  ['v4l2:/dev/video0', false, 'v4l2src device="/dev/video0" do-timestamp=true ! decodebin ! LIMIT'],
])('packets of %s', (uri, areKept, expected) => {
  const kept = plan(uri, 'pc', { ...newest, keepPacketsMs: 5000 });
  expect(head(kept.launch)).toBe(expected);
  expect(kept.keepPacketsMs).toBe(areKept ? 5000 : undefined);
  expect(plan(uri).keepPacketsMs).toBeUndefined();
});

test.each([
  ['H264', `src ! ${QUEUE} ! h264parse ! video/x-h264,stream-format=avc,alignment=au ! ${PACKETS}`],
  ['H265', `src ! ${QUEUE} ! h265parse ! video/x-h265,stream-format=hvc1,alignment=au ! ${PACKETS}`],
  // No clip is made of them.
  ['JPEG', 'src'],
  ['VP8', 'src'],
] as const)('packets of %s over RTP', (codec, expected) => {
  expect(withPackets('src', codec)).toBe(expected);
});

test('a width that GStreamer would pad is refused', () => {
  expect(() => plan('test:ball', 'pc', { ...newest, inputSize: { width: 418, height: 418 } })).toThrow(
    'expected a multiple of 4 for input width, received 418',
  );
});

// Elements stay as they are; only the sources become one that exists everywhere.
const sourcesAsFake = (launch: string) =>
  launch.replace(/^(nvarguscamerasrc sensor-id=\d+|v4l2src device="[^"]*")/, 'fakesrc');

test.each([
  ['a "b" \\c.mp4', 'pc'],
  ['rtsp://joe:p"\\w@cam/s', 'old'],
  ['v4l2:/dev/video0?width=640&height=480&fps=15', 'pc'],
  ['test:smpte', 'old'],
  ['gst:videotestsrc ! video/x-raw,width=320', 'pc'],
] as const)('GStreamer parses %s for %s', async (uri, machine) => {
  const launch = sourcesAsFake(plan(uri, machine).launch);
  const script =
    'import gi, sys; gi.require_version("Gst", "1.0"); from gi.repository import Gst; Gst.init(None)\n' +
    'p = Gst.parse_launch(sys.argv[1]); e = p.get_by_name("filesrc0"); print(e.get_property("location") if e else "")';
  const { stdout } = await promisify(execFile)('/usr/bin/python3', ['-c', script, launch]);
  expect(stdout.trim()).toBe(uri.endsWith('.mp4') ? uri : '');
});

/** Of the plugin of JetPack 4: what it takes of NVIDIA's memory, and of any other. */
const NVVIDCONV_TAKES =
  'video/x-raw(memory:NVMM),format={NV12,I420,P010_10LE,I420_10LE,BGRx,RGBA};' +
  'video/x-raw,format={I420,UYVY,YUY2,YVYU,NV12,NV16,NV24,P010_10LE,GRAY8,BGRx,RGBA,Y42B}';
const PUSHED =
  'import gi, sys; gi.require_version("Gst", "1.0"); from gi.repository import Gst; Gst.init(None)\n' +
  'p = Gst.parse_launch(sys.argv[1]); p.set_state(Gst.State.PLAYING); s = p.get_by_name("decoded")\n' +
  's.emit("push-buffer", Gst.Buffer.new_allocate(None, int(sys.argv[2]), None)); s.emit("end-of-stream")\n' +
  'kinds = Gst.MessageType.ERROR | Gst.MessageType.EOS; m = p.get_bus().timed_pop_filtered(30 * Gst.SECOND, kinds)\n' +
  'print(m.parse_error() if m.type == Gst.MessageType.ERROR else "ended"); p.set_state(Gst.State.NULL)';

test.each<[string, number]>([
  // Too few bytes to be read as a picture: they have to be handed on as they are.
  ['(memory:NVMM),format=NV12', 64],
  ['(memory:NVMM),format=P010_10LE', 64],
  [',format=I420', (64 * 48 * 3) / 2],
  [',format=NV21', (64 * 48 * 3) / 2],
  [',format=RGB', 64 * 48 * 3],
  [',format=BGR', 64 * 48 * 3],
  [',format=GBR', 64 * 48 * 3],
  [',format=I420_10LE', 64 * 48 * 3],
  [',format=I422_10LE', 64 * 48 * 4],
])('what has been decoded as video/x-raw%s is something that nvvidconv takes', async (caps, bytes) => {
  const { launch } = plan('rtsp://cam/s', 'jetson');
  const before = launch.slice(launch.indexOf('!'), launch.indexOf('nvvidconv'));
  const source = `appsrc name=decoded format=time caps="video/x-raw${caps},width=64,height=48,framerate=25/1"`;
  const pipeline = `${source} ${before} capsfilter caps="${NVVIDCONV_TAKES}" ! fakesink sync=false`;
  const { stdout } = await promisify(execFile)('/usr/bin/python3', ['-c', PUSHED, pipeline, `${bytes}`]);
  expect(stdout.trim()).toBe('ended');
});

test.each([
  ['pc', 'videoconvertscale'],
  ['old', 'videoconvert'],
] as const)('%s: with windows a branch of unscaled pictures, closed, behind the gate', (machine, convert) => {
  const motion = { lookEveryMs: 1000, keepLookingMs: 2000 };
  const { launch, windows } = plan('test:ball', machine, { ...newest, motion, windows: true });
  expect(windows).toBe(true);
  expect(launch).toContain(
    'tee name=source ! identity name=gate ! tee name=looked ! queue leaky=downstream ',
  );
  const branch = `looked. ! identity name=look drop-probability=1 ! queue leaky=downstream max-size-buffers=1 max-size-bytes=0 max-size-time=0 ! ${convert} chroma-mode=none ! video/x-raw,format=GBR ! gdppay ! appsink name=windows `;
  expect(launch).toContain(branch);
  const without = plan('test:ball', machine, { ...newest, motion });
  expect(without.launch).not.toMatch(/name=(looked|look|windows)/);
  expect(without.windows).toBeUndefined();
});
