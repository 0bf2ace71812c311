// Source URI -> parsed source, or one line that says what was expected; and what of it may be printed.

import { expect, test } from 'vitest';
import { CspcamError } from '#common/errors.js';
import { isLive, parseSource } from '../../../pipelines/sources.js';

const hd = { width: 1280, height: 720, fps: 30 };
const at = (location: string, more: object = {}) => ({
  scheme: 'rtsp',
  camera: { location, host: 'cam', port: 554, allowsBasic: false, transport: 'auto', ...more },
});
const login = (user: string, password: string) => at('rtsp://cam/s', { credentials: { user, password } });

test.each([
  ['clip.mp4', { scheme: 'file', path: 'clip.mp4' }],
  ['/videos/a b.mp4', { scheme: 'file', path: '/videos/a b.mp4' }],
  ['./12:30.mp4', { scheme: 'file', path: './12:30.mp4' }],
  ['12:30.mp4', { scheme: 'file', path: '12:30.mp4' }],
  ['file:clip.mp4', { scheme: 'file', path: 'clip.mp4' }],
  ['file:100%.mp4', { scheme: 'file', path: '100%.mp4' }],
  ['FILE:/a/b.mp4', { scheme: 'file', path: '/a/b.mp4' }],
  ['file:///a/b%20c.mp4', { scheme: 'file', path: '/a/b c.mp4' }],
  ['rtsp://cam/s', at('rtsp://cam/s')],
  ['RTSP://cam/s', at('RTSP://cam/s')],
  ['rtsp://cam:8554/s?x=1', at('rtsp://cam:8554/s?x=1', { port: 8554 })],
  ['rtsps://cam/s', at('rtsps://cam/s', { port: 322, tls: {} })],
  ['rtsp://[fe80::1]:8554/s', at('rtsp://[fe80::1]:8554/s', { host: 'fe80::1', port: 8554 })],
  ['rtsp://joe@cam/s', login('joe', '')],
  ['rtsp://joe:pw@cam/s', login('joe', 'pw')],
  ['rtsp://joe:@cam/s', login('joe', '')],
  ['rtsp://joe:p@ss:w@cam/s', login('joe', 'p@ss:w')],
  ['rtsp://joe:p%40%2Fss@cam/s', login('joe', 'p@/ss')],
  ['rtsp://joe:p%23ss@cam/s', login('joe', 'p#ss')],
  ['rtsp://joe:100%@cam/s', login('joe', '100%')],
  ['rtsp://cam/s@hd', at('rtsp://cam/s@hd')],
  ['rtsp://cam:8554/s@hd', at('rtsp://cam:8554/s@hd', { port: 8554 })],
  [
    'rtsp://joe:pw@cam/s#auth=basic',
    at('rtsp://cam/s', { credentials: { user: 'joe', password: 'pw' }, allowsBasic: true }),
  ],
  ['-', { scheme: 'pipe', descriptor: 0 }],
  ['/dev/stdin', { scheme: 'pipe', descriptor: 0 }],
  ['file:/dev/stdin', { scheme: 'pipe', descriptor: 0 }],
  ['/dev/fd/63', { scheme: 'pipe', descriptor: 63 }],
  ['/proc/self/fd/3', { scheme: 'pipe', descriptor: 3 }],
  ['./-', { scheme: 'file', path: './-' }],
  ['file:-', { scheme: 'file', path: '-' }],
  ['a?b#c%20 d\n.mp4', { scheme: 'file', path: 'a?b#c%20 d\n.mp4' }],
  ['http://cam/a.m3u8#hls', { ...at('http://cam/a.m3u8', { port: 80, hls: true }), scheme: 'http' }],
  [
    'http://joe:pw@cam/a.m3u8#auth=basic&hls',
    {
      ...at('http://cam/a.m3u8', {
        port: 80,
        hls: true,
        allowsBasic: true,
        credentials: { user: 'joe', password: 'pw' },
      }),
      scheme: 'http',
    },
  ],
  ['http://cam/video.mjpg?x=1', { ...at('http://cam/video.mjpg?x=1', { port: 80 }), scheme: 'http' }],
  [
    'https://joe:pw@cam:8443/v',
    {
      ...at('https://cam:8443/v', { port: 8443, tls: {}, credentials: { user: 'joe', password: 'pw' } }),
      scheme: 'http',
    },
  ],
  [
    'rtsp://cam/K\u00fcche/\u524d\u95e8?\u00e4=%C3%A4',
    at('rtsp://cam/K%C3%BCche/%E5%89%8D%E9%97%A8?%C3%A4=%C3%A4'),
  ],
  [
    'rtsp://b\u00fccher.example:8554/\u00fc',
    at('rtsp://xn--bcher-kva.example:8554/%C3%BC', { host: 'xn--bcher-kva.example', port: 8554 }),
  ],
  ['rtsp://cam/\ud800', at('rtsp://cam/%EF%BF%BD')],
  ['v4l2:/dev/video0', { scheme: 'v4l2', device: '/dev/video0' }],
  [
    'v4l2:/dev/v4l/by-id/usb-a:b?width=640&height=480&fps=15&format=mjpeg',
    {
      scheme: 'v4l2',
      device: '/dev/v4l/by-id/usb-a:b',
      width: 640,
      height: 480,
      fps: 15,
      format: 'mjpeg',
    },
  ],
  ['csi:0', { scheme: 'csi', sensorId: 0, ...hd }],
  ['csi:1?width=1920&height=1080&fps=60', { scheme: 'csi', sensorId: 1, width: 1920, height: 1080, fps: 60 }],
  ['test:ball', { scheme: 'test', pattern: 'ball', ...hd }],
  ['test:smpte?fps=5&frames=3', { scheme: 'test', pattern: 'smpte', ...hd, fps: 5, frames: 3 }],
  ['gst: videotestsrc is-live=true ', { scheme: 'gst', head: 'videotestsrc is-live=true' }],
])('%s', (uri, source) => {
  expect(parseSource(uri)).toEqual(source);
});

test('a file whose name looks like a scheme opens where it exists', () => {
  const exists = (path: string) => path === 'cam1:30.jpg';
  expect(parseSource('cam1:30.jpg', exists)).toEqual({ scheme: 'file', path: 'cam1:30.jpg' });
  expect(() => parseSource('cam2:30.jpg', exists)).toThrow('received cam2:30.jpg');
});

test.each([
  ['', 'expected a source: file:clip.mp4'],
  ['  ', 'expected a source: file:clip.mp4'],
  ['file:', 'expected a source: file:clip.mp4'],
  ['file://host/clip.mp4', 'expected a source: file:clip.mp4'],
  ['file:///%zz', 'expected a file URL like file:///videos/clip.mp4 for source, received file:///%zz'],
  ['ftp://cam/mjpg', 'received ftp://cam/mjpg'],
  ['ftp://joe:pw@cam/mjpg', 'received ftp://***@cam/mjpg'],
  ['gst:', 'received gst:'],
  ['rtsp://', 'received rtsp://'],
  ['rtsp:cam', 'received rtsp:cam'],
  ['rtsp://cam:port/s', 'expected an address like rtsp://camera/stream'],
  [
    'rtsp://joe:pa/ss@cam/s',
    'expected %2F in the place of a / in a password for source, received rtsp://***',
  ],
  [
    'rtsp://joe:12a/4@cam/s',
    'expected %2F in the place of a / in a password for source, received rtsp://***',
  ],
  ...['rtsp://joe:12/34@127.0.0.1/s', 'rtsp://joe:12/34@cam:8554', 'rtsp://cam:1/2@3@localhost/s'].map(
    (uri): [string, string] => [
      uri,
      'expected %2F in the place of a / in a password, or %40 in the place of an @ in a path for source, received rtsp://***',
    ],
  ),
  ['rtsp://cam/s#x', 'expected #auth=basic, or no # (%23 in a password) for source, received rtsp://***'],
  ['rtsp://cam/s#hls', 'expected #auth=basic, or no # (%23 in a password) for source, received rtsp://***'],
  [
    'http://cam/s#HLS',
    'expected #auth=basic, #hls, or no # (%23 in a password) for source, received http://***',
  ],
  ['rtsp://joe:my pass@cam/s', 'expected %20 in the place of spaces for source, received rtsp://***'],
  ['v4l2:video0', 'received v4l2:video0'],
  [
    'v4l2:/dev/video0?zoom=2',
    'expected options width, height, fps, format for v4l2:/dev/video0?zoom=2, received zoom',
  ],
  ['v4l2:/dev/video0?format=h264', 'expected mjpeg or raw for format in v4l2:/dev/video0?format=h264'],
  ['csi:first', 'received csi:first'],
  ['csi:0?frames=3', 'expected options width, height, fps for csi:0?frames=3, received frames'],
  ['test:', 'received test:'],
  ['test:ball?fps=0', 'expected a whole number above 0 for fps in test:ball?fps=0, received 0'],
  ['test:ball?width=1e3', 'received 1e3'],
  ['test:ball ! filesink location=/etc/passwd', 'received test:ball ! filesink'],
])('%s is refused', (uri, message) => {
  expect(() => parseSource(uri)).toThrow(CspcamError);
  expect(() => parseSource(uri)).toThrow(message);
});

test.each([
  ['clip.mp4', false],
  ['-', false],
  ['test:ball', false],
  ['rtsp://cam/s', true],
  ['v4l2:/dev/video0', true],
  ['csi:0', true],
  ['gst:videotestsrc', true],
])('%s is live: %s', (uri, live) => {
  expect(isLive(parseSource(uri))).toBe(live);
});
