// Pictures and words for an open page that takes them slowly, or draws many -> who is hung up on.

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { Viewer } from '../../../agent/page/live/viewer.js';

const CAMERAS = Array.from({ length: 40 }, (_, i) => `camera-${i}`);
/** All of them together are more than the kernel holds for a connection. */
const PICTURE = Buffer.alloc(1_000_000);

async function viewing() {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const [[opened]] = (await Promise.all([once(server, 'connection'), once(socket, 'open')])) as [
    [WebSocket],
    unknown,
  ];
  onTestFinished(() => {
    socket.terminate();
    opened.terminate();
    server.close();
  });
  let onWatch = () => {};
  const watched = new Promise<void>((resolve) => {
    onWatch = resolve;
  });
  // Everything happens within one second.
  const viewer = new Viewer({ socket: opened, nowMs: () => 0, onWatch, onGone: () => {} });
  socket.send(JSON.stringify({ kind: 'watch', cameras: CAMERAS }));
  await watched;
  const draw = (camera: string) => socket.send(JSON.stringify({ kind: 'drawn', camera }));
  return { socket, opened, viewer, draw };
}

test('pictures of many cameras that wait are no words: who reads slowly is told all the same', async () => {
  const { socket, opened, viewer } = await viewing();
  socket.pause();
  for (const camera of CAMERAS) viewer.picture(camera, PICTURE);
  expect(opened.bufferedAmount).toBeGreaterThan(20e6);
  viewer.tell('{"kind":"told"}');
  expect(opened.readyState).toBe(WebSocket.OPEN);
  const told = new Promise((resolve) =>
    socket.on('message', (data, isBinary) => !isBinary && resolve(String(data))),
  );
  socket.resume();
  expect(await told).toBe('{"kind":"told"}');
});

test('words that wait are bounded', async () => {
  const { socket, opened, viewer } = await viewing();
  socket.pause();
  const gone = once(opened, 'close');
  for (const camera of CAMERAS) viewer.picture(camera, PICTURE);
  for (let i = 0; i < 5; i++) {
    // What the kernel has taken waits no more.
    await new Promise(setImmediate);
    viewer.tell('x'.repeat(300_000));
  }
  await gone;
});

test('a page that draws hundreds of pictures a second is no flood; one that says so of none is', async () => {
  const { socket, opened, viewer, draw } = await viewing();
  let drawn = 0;
  const all = new Promise<void>((resolve) => {
    socket.on('message', (data: Buffer) => {
      draw(String(data));
      if (++drawn === 1000) resolve();
      else viewer.picture(CAMERAS[drawn % CAMERAS.length]!, Buffer.from(CAMERAS[drawn % CAMERAS.length]!));
    });
  });
  viewer.picture(CAMERAS[0]!, Buffer.from(CAMERAS[0]!));
  await all;
  expect(opened.readyState).toBe(WebSocket.OPEN);
  const closed = once(socket, 'close');
  for (let i = 0; i < 301; i++) draw('nobody');
  expect((await closed)[0]).toBe(1008);
});
