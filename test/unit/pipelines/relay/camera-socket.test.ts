// Servers that hang up -> why there is no connection: how soon it is tried again goes by that.

import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import type { CaptureError } from '../../../../pipelines/failure.js';
import type { CameraAddress } from '../../../../pipelines/relay/address.js';
import { openSocket } from '../../../../pipelines/relay/camera-socket.js';

test.each<[string, (socket: Socket) => void, string, RegExp]>([
  ['at once', (socket) => socket.destroy(), 'unreachable', /ECONNRESET|closed at once|EPIPE/],
  [
    'after the first words',
    (socket) => socket.once('data', () => socket.destroy()),
    'unreachable',
    /ECONNRESET|closed at once/,
  ],
  ['speaking no TLS', (socket) => socket.end('RTSP/1.0 400 Bad Request\r\n\r\n'), 'certificate', /ERR_SSL/],
])('an encrypted connection that ends, %s', async (_, act, failure, message) => {
  const server = createServer((socket) => act(socket.on('error', () => {})));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const address = { host: '127.0.0.1', port, tls: {} } as unknown as CameraAddress;
  try {
    const { report } = await openSocket(address).then(
      () => {
        throw new Error('expected none');
      },
      (error: CaptureError) => error,
    );
    expect(report).toMatchObject({ failure, message: expect.stringMatching(message) });
  } finally {
    server.close();
  }
});
