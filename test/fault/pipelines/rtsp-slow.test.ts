// A camera that sends by UDP, and a GStreamer that reads no further -> nothing gathers beyond a bound, and it goes on after.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { RtspRelay } from '../../../pipelines/relay/rtsp-relay.js';
import { RtspCamera } from '../../support/rtsp-camera.js';

const SETS = [Buffer.from('6742c00ddc1419f8', 'hex'), Buffer.from('68ce3c80', 'hex')];
/** By its first bytes; some seconds of them are more than may wait. */
const KEY_FRAME = Buffer.concat([Buffer.from('6588', 'hex'), Buffer.alloc(100_000, 1)]);

/** As GStreamer asks it, without reading more than the answer to the first request. */
async function playing({ location }: RtspRelay): Promise<Socket> {
  const socket = connect(Number(new URL(location).port), '127.0.0.1');
  socket.on('error', () => {});
  socket.write(
    `SETUP ${location}track RTSP/1.0\r\nCSeq: 1\r\nTransport: RTP/AVP/TCP;interleaved=0-1\r\n\r\n`,
  );
  await once(socket, 'data');
  socket.pause();
  socket.write(`PLAY ${location} RTSP/1.0\r\nCSeq: 2\r\n\r\n`);
  return socket;
}

test('of a reader that stops, packets are left out up to a key frame after it goes on', async () => {
  const camera = await RtspCamera.start({
    clip: { codec: 'H264', units: [[...SETS, KEY_FRAME]] },
    transport: 'udp',
    framesPerSecond: 100,
  });
  onTestFinished(() => camera.close());
  const relay = await RtspRelay.open({
    location: camera.url(),
    ...{ host: '127.0.0.1', port: camera.port, allowsBasic: false, transport: 'udp' },
  });
  onTestFinished(() => relay.close());
  const reader = await playing(relay);
  onTestFinished(() => void reader.destroy());
  const opened = async () => {
    while (relay.isWaitingForKeyFrame) await wait(1);
  };
  await opened();
  // Datagrams that are lost on a busy machine close the gate for a frame or two: not for a second.
  for (let since = camera.framesSent; camera.framesSent < since + 100; await wait(1))
    if (!relay.isWaitingForKeyFrame) since = camera.framesSent;
  reader.resume();
  await opened();
  expect(relay.failure).toBeUndefined();
});
