// Malformed or hostile answers of cameras, ten thousand by CSPCAM_ANSWERS=10000 -> understood, or refused with a class and a line; nothing else.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seededRandom } from '../../../models/networks/random.js';
import { CaptureError } from '../../../pipelines/failure.js';
import { readChallenges } from '../../../pipelines/relay/authorization.js';
import { RtspError, RtspReader } from '../../../pipelines/relay/rtsp-message.js';
import { RtspRelay } from '../../../pipelines/relay/rtsp-relay.js';
import { videoTrack } from '../../../pipelines/relay/sdp.js';
import { sdpOf } from '../../support/rtsp-camera-sdp.js';
import { spoilAnswer } from '../../support/spoil-rtsp.js';

const ANSWERS = Number(process.env.CSPCAM_ANSWERS ?? 2000);
const RELAYS = ANSWERS;
/** Of processor time, so that a busy machine does not count. */
const LONGEST_MS = 1000;

const sdp = sdpOf({
  clip: { codec: 'H264', units: [[Buffer.from([0x67, 1, 2]), Buffer.from([0x68, 3])]] },
  otherTracks: true,
});
const answers = {
  OPTIONS: 'RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: DESCRIBE, SETUP, PLAY\r\n\r\n',
  DESCRIBE: `RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Base: rtsp://127.0.0.1/s/\r\nContent-Type: application/sdp\r\nContent-Length: ${sdp.length}\r\n\r\n${sdp}`,
  REFUSED:
    'RTSP/1.0 401 Unauthorized\r\nCSeq: 2\r\nWWW-Authenticate: Digest realm="a", nonce="b", qop="auth", algorithm=SHA-256\r\n' +
    'WWW-Authenticate: Basic realm="a"\r\n\r\n',
  MOVED: 'RTSP/1.0 302 Moved\r\nCSeq: 2\r\nLocation: rtsp://127.0.0.1/t\r\n\r\n',
  TCP: 'RTSP/1.0 200 OK\r\nCSeq: 3\r\nSession: 1;timeout=60\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n',
  UDP: 'RTSP/1.0 200 OK\r\nCSeq: 3\r\nSession: 1\r\nTransport: RTP/AVP;unicast;client_port=5000-5001;server_port=6000-6001\r\n\r\n',
};
const texts = Object.values(answers);

test(`${ANSWERS} answers, cut anywhere`, () => {
  let read = 0;
  let tracks = 0;
  for (let seed = 0; seed < ANSWERS; seed++) {
    const random = seededRandom(seed);
    const bytes = spoilAnswer(texts[seed % texts.length]!, random);
    const cut = Math.floor(random() * bytes.length);
    const before = process.cpuUsage();
    try {
      const reader = new RtspReader();
      for (const next of [...reader.push(bytes.subarray(0, cut)), ...reader.push(bytes.subarray(cut))]) {
        if (next.kind === 'packet') continue;
        read++;
        readChallenges(next.headers.get('www-authenticate') ?? []);
        const track = videoTrack(next.body.toString());
        if ('reason' in track) continue;
        tracks++;
        const controls = track.description.split('\r\n').filter((line) => line.startsWith('a=control:'));
        expect(controls, `seed ${seed}`).toEqual(['a=control:track']);
        expect(track.description.match(/^m=/gm)?.length, `seed ${seed}`).toBe(1);
      }
    } catch (error) {
      expect(error, `seed ${seed}: ${(error as Error).stack}`).toBeInstanceOf(RtspError);
    }
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000, `seed ${seed}`).toBeLessThan(LONGEST_MS);
  }
  expect(read).toBeGreaterThan(ANSWERS / 4);
  expect(tracks).toBeGreaterThan(ANSWERS / 50);
}, 600_000);

/** Answers each request of a connection by its method; a spoilt answer is the last. */
let answer: (method: string) => { readonly bytes: Buffer; readonly isLast: boolean };
let server: Server;
beforeAll(async () => {
  server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      const method = /^(\w+) /.exec(chunk.toString('latin1'))?.[1] ?? '';
      const { bytes, isLast } = answer(method);
      if (isLast) socket.end(bytes);
      else socket.write(bytes);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => server.close());

/** As GStreamer asks it. @returns the answer's first line, or nothing where the connection ended */
async function setUp(relay: RtspRelay): Promise<string | undefined> {
  const { port } = new URL(relay.location);
  const socket = connect(Number(port), '127.0.0.1');
  socket.on('error', () => {});
  socket.write(
    `SETUP ${relay.location}track RTSP/1.0\r\nCSeq: 1\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n`,
  );
  const said = await Promise.race([
    once(socket, 'data').then(([data]) => String(data)),
    once(socket, 'close').then(() => undefined),
  ]);
  socket.destroy();
  return said?.split('\r\n')[0];
}

test(`${RELAYS} cameras, each with one spoilt answer`, async () => {
  const { port } = server.address() as AddressInfo;
  let opened = 0;
  let setups = 0;
  for (let seed = 0; seed < RELAYS; seed++) {
    const random = seededRandom(seed);
    const isUdp = seed % 2 === 1;
    const spoiltMethod = ['OPTIONS', 'DESCRIBE', 'DESCRIBE', 'SETUP'][
      seed % 4 === 0 ? Math.floor(random() * 4) : 3
    ]!;
    const described = random();
    answer = (method) => {
      const right =
        method === 'OPTIONS'
          ? answers.OPTIONS
          : method === 'SETUP'
            ? answers[isUdp ? 'UDP' : 'TCP']
            : described < 0.8 || spoiltMethod !== 'DESCRIBE'
              ? answers.DESCRIBE
              : answers[described < 0.9 ? 'REFUSED' : 'MOVED'];
      const isLast = method === spoiltMethod;
      return { bytes: isLast ? spoilAnswer(right, random) : Buffer.from(right), isLast };
    };
    const camera = {
      location: `rtsp://127.0.0.1:${port}/s`,
      ...{ host: '127.0.0.1', port, allowsBasic: true },
      credentials: { user: 'joe', password: 'secret' },
      transport: isUdp ? ('udp' as const) : ('auto' as const),
    };
    try {
      const relay = await RtspRelay.open(camera);
      opened++;
      if (spoiltMethod === 'SETUP') {
        const said = await setUp(relay);
        if (said !== undefined) {
          setups++;
          expect(said, `seed ${seed}`).toMatch(/^RTSP\/\d\.\d \d{3}/);
        }
        expect(relay.failure?.failure, `seed ${seed}: ${relay.failure?.message}`).not.toBe('crashed');
      }
      relay.close();
    } catch (error) {
      if (!(error instanceof CaptureError)) throw new Error(`seed ${seed}`, { cause: error });
      expect(error.report.failure, `seed ${seed}: ${error.message}`).not.toBe('crashed');
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they would steer the terminal
      expect(error.message, `seed ${seed}`).not.toMatch(/[\u0000-\u001f\u007f]|secret/);
    }
  }
  expect(opened).toBeGreaterThan(RELAYS / 2);
  expect(setups).toBeGreaterThan(RELAYS / 5);
}, 600_000);
