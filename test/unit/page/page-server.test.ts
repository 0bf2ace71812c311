// Routes and a folder of one's own -> a server that starts, is refused its port, and stops, without any agent.

import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { Viewer } from '../../../agent/page/live/viewer.js';
import { json } from '../../../agent/page/server/exchange.js';
import { PageServer, type PageServerOptions } from '../../../agent/page/server/page-server.js';
import { closeAfterEach, never } from '../../support/ending.js';

const stopLater = closeAfterEach();
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'page-'));
  await writeFile(join(folder, 'index.html'), '<p>First steps');
  await writeFile(join(folder, 'secret.pem'), 'none of a browser');
});

function serverOf(port: number, options: Partial<PageServerOptions> = {}) {
  const told: string[] = [];
  let onPort: (port: number) => void;
  const listening = new Promise<number>((resolve) => {
    onPort = resolve;
  });
  const server = stopLater(
    new PageServer({
      host: '127.0.0.1',
      port,
      key: 'page',
      folder,
      maxViewers: 1,
      routes: [
        { method: 'GET', path: '/api/steps', answer: ({ query }) => json({ step: query.get('n') }) },
        { method: 'POST', path: '/api/steps', answer: ({ body }) => json({ got: body }, 201) },
        {
          method: 'GET',
          path: '/api/broken',
          answer: () => {
            throw new Error('nobody expected this');
          },
        },
      ],
      onViewer: (socket) => socket.close(),
      nowMs: () => 0,
      onFailure: ({ message }) => told.push(message),
      onError: (error) => told.push((error as Error).message),
      onListening: (address) => onPort(address.port),
      backoff: { firstMs: 20, longestMs: 20 },
      random: () => 0,
      ...options,
    }),
  );
  return { server, told, listening };
}

test('files of its folder and routes that were passed in, to everybody where there is no password', async () => {
  const { server, listening } = serverOf(0);
  await server.start(never);
  const at = `http://127.0.0.1:${await listening}`;
  const page = await fetch(`${at}/`);
  expect([page.status, await page.text()]).toEqual([200, '<p>First steps']);
  const again = await fetch(`${at}/`, { headers: { 'if-none-match': page.headers.get('etag')! } });
  expect(again.status).toBe(304);
  expect((await fetch(`${at}/secret.pem`)).status).toBe(404);
  expect(await (await fetch(`${at}/api/session`)).json()).toEqual({ needsPassword: false, isIn: true });
  expect(await (await fetch(`${at}/api/steps?n=2`)).json()).toEqual({ step: '2' });
  const posted = await fetch(`${at}/api/steps`, {
    method: 'POST',
    headers: { origin: at, 'content-type': 'application/json' },
    body: '{"a":1}',
  });
  expect([posted.status, await posted.json()]).toEqual([201, { got: { a: 1 } }]);
});

test('who is refused a live connection and does not close it holds none, nor up its end', async () => {
  const { server, listening } = serverOf(0);
  await server.start(never);
  const port = await listening;
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.write(
    `GET /api/elsewhere HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\norigin: http://127.0.0.1:${port}\r\n`,
  );
  socket.write('connection: upgrade\r\nupgrade: websocket\r\n\r\n');
  const [answer] = await once(socket.setEncoding('latin1'), 'data');
  expect(answer).toMatch(/^HTTP\/1.1 404 /);
  await once(socket, 'end');
  await server.stop();
  socket.destroy();
});

test('an error in a route ends its connection, and nothing else', async () => {
  const { server, told, listening } = serverOf(0);
  await server.start(never);
  const at = `http://127.0.0.1:${await listening}`;
  await expect(fetch(`${at}/api/broken`)).rejects.toThrow();
  expect(told).toEqual(['nobody expected this']);
  expect((await fetch(`${at}/api/steps`)).status).toBe(200);
});

test('who looks on uses the session', async () => {
  let nowMs = 0;
  let answered = () => {};
  const { server, listening } = serverOf(0, {
    password: 'open s3same',
    nowMs: () => nowMs,
    onViewer: (socket) => {
      socket.on('pong', () => answered());
      socket.ping();
    },
  });
  await server.start(never);
  const at = `http://127.0.0.1:${await listening}`;
  const login = await fetch(`${at}/api/login`, {
    method: 'POST',
    headers: { origin: at, 'content-type': 'application/json' },
    body: '{"password":"open s3same"}',
  });
  const cookie = login.headers.get('set-cookie')!.split(';')[0]!;
  const isIn = async () => {
    const answer = await fetch(`${at}/api/session`, { headers: { cookie } });
    return ((await answer.json()) as { isIn: boolean }).isIn;
  };
  nowMs = 11 * 3600_000;
  const pong = new Promise<void>((resolve) => {
    answered = resolve;
  });
  const socket = new WebSocket(`${at.replace('http', 'ws')}/api/live`, { origin: at, headers: { cookie } });
  socket.on('ping', () => {
    nowMs = 22 * 3600_000;
  });
  await pong;
  nowMs = 33 * 3600_000;
  expect(await isIn()).toBe(true);
  nowMs = 46 * 3600_000;
  expect(await isIn()).toBe(false);
});

test('a page may look at a thousand cameras, of the longest names', async () => {
  const cameras = Array.from({ length: 1000 }, (_, i) => String(i).padStart(63, 'c'));
  let tellWatched = (_: string[]) => {};
  const watched = new Promise<string[]>((resolve) => {
    tellWatched = resolve;
  });
  const onViewer = (socket: WebSocket) => {
    const viewer = new Viewer({
      socket,
      nowMs: () => 0,
      onWatch: () => tellWatched([...viewer.watched]),
      onGone: () => tellWatched([]),
    });
  };
  const { server, listening } = serverOf(0, { onViewer });
  await server.start(never);
  const at = `127.0.0.1:${await listening}`;
  const socket = new WebSocket(`ws://${at}/api/live`, { origin: `http://${at}` });
  socket.on('open', () => socket.send(JSON.stringify({ kind: 'watch', cameras })));
  expect(await watched).toEqual(cameras);
});

test('a port in use is told of and tried again until it is free', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const { server, told, listening } = serverOf(port);
  await server.start(never);
  expect(told[0]).toBe(`expected a free address for page, received 127.0.0.1:${port} (in use)`);
  other.close();
  expect(await listening).toBe(port);
});

test('stopped before, while and after it starts, twice each: nothing listens', async () => {
  const before = serverOf(0);
  await before.server.stop();
  await expect(before.server.start(never)).rejects.toThrow();
  const during = serverOf(0);
  const starting = during.server.start(never);
  await Promise.all([during.server.stop(), during.server.stop(), starting.catch(() => {})]);
  const after = serverOf(0);
  await after.server.start(never);
  const port = await after.listening;
  await Promise.all([after.server.stop(), after.server.stop()]);
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
  const aborted = serverOf(0);
  await expect(aborted.server.start(AbortSignal.abort(new Error('SIGTERM')))).rejects.toThrow('SIGTERM');
});
