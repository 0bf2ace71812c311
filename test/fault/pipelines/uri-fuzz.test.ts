// Addresses of cameras as slips and attackers make them, ten thousand by CSPCAM_FUZZ=10000 -> a plan of a capture, or one line
// without the password, and nothing else.

import { expect, test } from 'vitest';
import { CspcamError } from '#common/errors.js';
import { redactText } from '#common/redact.js';
import { seededRandom } from '../../../models/networks/random.js';
import { planCapture } from '../../../pipelines/launch.js';
import { parseSource } from '../../../pipelines/sources.js';

const ADDRESSES = Number(process.env['CSPCAM_FUZZ'] ?? 300);
/** Of processor time, so that a busy machine does not count. */
const LONGEST_MS = 1000;
const SECRET = 'se3cret';
const whole = new RegExp(`^[a-z]+://me:${SECRET}@`, 'i');

const QUOTED = /"(?:\\.|[^"\\])*"/gs;

const URIS = [
  `rtsp://me:${SECRET}@camera.local:554/stream1?channel=1&subtype=0`,
  `rtsps://me:${SECRET}@10.0.0.5/axis-media/media.amp#auth=basic`,
  `http://me:${SECRET}@camera.local/video.mjpg`,
  `https://me:${SECRET}@[2001:db8::1]:8443/live.m3u8#auth=basic&hls`,
  'v4l2:/dev/video0?width=1280&height=720&fps=30&format=mjpeg',
  'csi:0?width=1280&height=720&fps=30',
  'test:ball?width=320&height=240&fps=25&frames=100',
  'file:///var/clips/a%20b.mp4',
  '/var/clips/street.mp4',
  'gst:videotestsrc num-buffers=3 ! video/x-raw,width=64',
  '/dev/fd/3',
  '-',
];
const PIECES = [
  ...['/', '//', ':', '@', '?', '&', '=', '#', '%', '%2F', '%zz', '%00', '[', ']', '[::1', '..', '../', '\\'],
  ...[
    ' ',
    '\t',
    '\n',
    '\r\n',
    '\u0000',
    '\u001b[31m',
    '\u202e',
    'ü',
    '\ud800',
    '"',
    "'",
    '`',
    '$(id)',
    '!',
    ';',
  ],
  ...['0', '-1', '65536', '99999', '1e9', '1e999', 'NaN', 'width=', 'fps=0', 'height=-1', 'frames=1.5', '&&'],
  ...[
    'rtsp://',
    'RTSP:',
    'http:',
    'file:',
    'v4l2:',
    'csi:',
    'test:',
    'gst:',
    'javascript:',
    'unix:',
    '__proto__',
  ],
  ...[`me:${SECRET}@`, '@host', 'user:pass@', 'a'.repeat(5000), ' ! filesink location=/etc/passwd'],
];

function spoilUri(uri: string, random: () => number): string {
  let spoilt = uri;
  const below = (n: number) => Math.floor(random() * n);
  const pick = <T>(items: readonly T[]) => items[below(items.length)]!;
  const faults: readonly (() => void)[] = [
    () => {
      const at = below(spoilt.length + 1);
      spoilt = spoilt.slice(0, at) + pick(PIECES) + spoilt.slice(at);
    },
    () => {
      const at = below(spoilt.length);
      spoilt = spoilt.slice(0, at) + spoilt.slice(at + 1 + below(6));
    },
    () => {
      spoilt = spoilt.replace(/\d+/, pick(['', '-1', '0', '65536', '1e9', '007', '9'.repeat(400)]));
    },
    () => {
      spoilt += pick(URIS).slice(below(12));
    },
    () => {
      spoilt = spoilt.slice(0, below(spoilt.length));
    },
  ];
  for (let n = 0; n < 1 + below(4); n++) pick(faults)();
  return spoilt;
}

test(`${ADDRESSES} addresses`, () => {
  let planned = 0;
  let refused = 0;
  for (let seed = 0; seed < ADDRESSES; seed++) {
    const uri = spoilUri(URIS[seed % URIS.length]!, seededRandom(seed));
    const before = process.cpuUsage();
    const isWhole = whole.test(uri) && uri.split(SECRET).length === 2;
    const where = `seed ${seed}: ${JSON.stringify(uri.slice(0, 300))}`;
    try {
      const { launch, camera } = planCapture(
        parseSource(uri),
        {
          inputSize: { width: 96, height: 96 },
          delivery: 'newest',
          pace: 'realtime',
        },
        () => true,
      );
      planned++;
      // What a launch string says is the user's own; all else brings no element along.
      if (!/^gst:/i.test(uri)) expect(launch.replace(QUOTED, ''), where).not.toMatch(/filesink/);
      // A camera's login goes to its relay alone.
      if (camera !== undefined) expect(launch, where).not.toContain(SECRET);
    } catch (error) {
      refused++;
      expect(error, `${where}: ${(error as Error).stack}`).toBeInstanceOf(CspcamError);
      const { message } = error as CspcamError;
      expect(message, where).toMatch(/^expected .+, received .*$/);
      if (isWhole) expect(message, where).not.toContain(SECRET);
    }
    if (isWhole) expect(redactText(uri), where).not.toContain(SECRET);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000, where).toBeLessThan(LONGEST_MS);
  }
  expect(planned).toBeGreaterThan(ADDRESSES / 20);
  expect(refused).toBeGreaterThan(ADDRESSES / 20);
});
