// Descriptions as cameras send them -> the one track that is wanted.

import { expect, test } from 'vitest';
import { videoTrack } from '../../../../pipelines/relay/sdp.js';

const session =
  'v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=Media\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\na=control:*\r\na=tool:x\r\n';
const h264 =
  'm=video 0 RTP/AVP 96\r\nb=AS:500\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\na=control:trackID=1\r\n';
const audio = 'm=audio 0 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=control:trackID=2\r\n';
const metadata =
  'm=application 0 RTP/AVP 107\r\na=rtpmap:107 vnd.onvif.metadata/90000\r\na=control:trackID=3\r\n';
const video = (map: string, payload = 96) => `m=video 0 RTP/AVP ${payload}\r\n${map}a=control:v\r\n`;

test('audio and metadata are left out, and the control is our own', () => {
  expect(videoTrack(session + audio + h264 + metadata)).toEqual({
    codec: 'H264',
    payloadType: 96,
    control: 'trackID=1',
    sessionControl: '*',
    description: `${[
      ...['v=0', 'o=- 1 1 IN IP4 10.0.0.1', 's=Media', 'c=IN IP4 0.0.0.0', 't=0 0'],
      ...['m=video 0 RTP/AVP 96', 'b=AS:500', 'a=rtpmap:96 H264/90000', 'a=fmtp:96 packetization-mode=1'],
      'a=control:track',
    ].join('\r\n')}\r\n`,
  });
});

test.each([
  ['H.265', session + video('a=rtpmap:96 H265/90000\r\n'), 'H265'],
  ['names in any case', session + video('a=rtpmap:96 h264/90000\r\n'), 'H264'],
  ['blanks around the payload type', session + video('a=rtpmap: 96  H264/90000\r\n'), 'H264'],
  ['JPEG, which needs no rtpmap', session + video('', 26), 'JPEG'],
  ['lines without carriage returns', (session + h264).replaceAll('\r', ''), 'H264'],
  ['the first codec that is known', session + video('a=rtpmap:96 theora/90000\r\n') + h264, 'H264'],
  ['no session lines', h264, 'H264'],
])('%s', (_, sdp, codec) => {
  expect(videoTrack(sdp)).toMatchObject({ codec });
});

test.each<[string, string, string]>([
  ['encrypted', video('a=rtpmap:96 H264/90000\r\n').replace('RTP/AVP', 'RTP/SAVP'), 'RTP/SAVP'],
  [
    'H.264 out of its order',
    video('a=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=2\r\n'),
    'packetization-mode=2',
  ],
  [
    'H.265 out of its order',
    video('a=rtpmap:96 H265/90000\r\na=fmtp:96 profile-id=1; sprop-max-don-diff=2\r\n'),
    'sprop-max-don-diff=2',
  ],
])('%s: refused by name', (_, media, named) => {
  expect(videoTrack(session + media)).toEqual({ reason: expect.stringContaining(named) });
});

test.each<[string, string]>([
  ['H.264', 'a=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\n'],
  ['H.265', 'a=rtpmap:96 H265/90000\r\na=fmtp:96 sprop-max-don-diff=0\r\n'],
  ['feedback', 'a=rtpmap:96 H264/90000\r\na=rtcp-fb:* nack\r\n'],
])('%s in its order', (_, lines) => {
  expect(videoTrack(session + video(lines).replace('RTP/AVP', 'RTP/AVPF'))).toMatchObject({
    payloadType: 96,
  });
});

test.each([
  ['audio alone', session + audio, 'a stream without video'],
  ['nothing', '', 'a stream without video'],
  ['noise', '\u0000\u0001m=video', 'a stream without video'],
  [
    'raw video of any size',
    session + video('a=rtpmap:96 raw/90000\r\n'),
    'video as RAW, which is none of H264',
  ],
  ['an unknown payload type', session + video('', 99), 'video as payload type 99, which is none of H264'],
])('%s is refused', (_, sdp, reason) => {
  expect(videoTrack(sdp)).toEqual({ reason: expect.stringContaining(reason) });
});

test('neither very long lines nor very many tracks are kept', () => {
  const many = audio.repeat(10_000);
  expect(videoTrack(session + many + h264)).toEqual({ reason: 'a stream without video' });
  const found = videoTrack(`${session}${h264}a=fmtp:96 ${'x'.repeat(100_000)}\r\n`);
  expect('description' in found && found.description.length).toBeLessThan(1000);
});
