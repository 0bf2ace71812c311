// Clips in a real folder -> what a server answers who asks for them by name, whole, in part, gone, or by a trick.

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readlink, symlink, truncate, unlink, writeFile } from 'node:fs/promises';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ClipFolder } from '../../../agent/clips/clip-folder.js';
import { ClipRoute } from '../../../agent/page/live/clip-route.js';
import { LongAnswers, MOST_LONG_ANSWERS } from '../../../agent/page/server/long-answers.js';
import { PageServer } from '../../../agent/page/server/page-server.js';
import { spanOf } from '../../../agent/page/server/ranges.js';
import { closeAfterEach, never } from '../../support/ending.js';

const PASSWORD = 'open s3same now';
const NAME = 'door-20260102T030405Z-000001.mp4';
const LINK = 'door-20260102T030405Z-000002.mp4';
const PIPE = 'door-20260102T030405Z-000003.mp4';
const FOLDER = 'door-20260102T030405Z-000004.mp4';
const LARGE = 'yard-20260102T030405Z-000005.mp4';
/** More than sockets and streams hold. */
const LARGE_BYTES = 48e6;
const BYTES = Buffer.from(Array.from({ length: 1000 }, (_, i) => i % 251));

/** All of it a hole: a disk does not count. */
async function writeLarge(folder: string): Promise<void> {
  await writeFile(join(folder, LARGE), '');
  await truncate(join(folder, LARGE), LARGE_BYTES);
}

const stopLater = closeAfterEach();

interface Asked {
  readonly method?: string;
  readonly headers?: Record<string, string>;
}

async function served({ maximumBytes = 1e9 } = {}) {
  const folder = join(await mkdtemp(join(tmpdir(), 'page-clips-')), 'clips');
  await mkdir(join(folder, FOLDER), { recursive: true });
  await writeFile(join(folder, '..', 'secret.mp4'), 'none of a browser');
  await writeFile(join(folder, 'other.mp4'), 'none of the agent');
  await writeFile(join(folder, NAME), BYTES);
  await symlink('../secret.mp4', join(folder, LINK));
  execFileSync('mkfifo', [join(folder, PIPE)]);
  await writeLarge(folder);
  const limit = { maximumBytes };
  const clips = new ClipFolder({
    folder,
    maximumBytes: () => limit.maximumBytes,
    onDisk: () => {},
    onLeftOut: () => {},
  });
  await clips.start();
  const hidden = new Set<string>();
  const route = new ClipRoute({
    open: (name) => clips.open(name),
    mayBeShown: (camera) => !hidden.has(camera),
  });
  const errors: unknown[] = [];
  const browserFolder = await mkdtemp(join(tmpdir(), 'page-'));
  await writeFile(join(browserFolder, 'index.html'), '<p>First steps');
  let onPort: (port: number) => void;
  const listening = new Promise<number>((resolve) => {
    onPort = resolve;
  });
  const server = stopLater(
    new PageServer({
      host: '127.0.0.1',
      port: 0,
      key: 'page',
      folder: browserFolder,
      maxViewers: 8,
      password: PASSWORD,
      routes: [route],
      onViewer: (socket) => socket.close(),
      nowMs: () => 0,
      onFailure: (error) => errors.push(error),
      onError: (error) => errors.push(error),
      onListening: (address) => onPort(address.port),
    }),
  );
  await server.start(never);
  const port = await listening;
  let cookie = '';
  const send = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: 'POST',
      headers: { origin: `http://127.0.0.1:${port}`, 'content-type': 'application/json', cookie },
      body: JSON.stringify({ password: PASSWORD }),
    });
    return answer.headers.get('set-cookie')!.split(';')[0]!;
  };
  cookie = await send('/api/login');
  /** The path as it is given: `fetch` would resolve it. Nobody reads the body yet. */
  const ask = async (
    path: string,
    { method = 'GET', headers = {} }: Asked = {},
  ): Promise<IncomingMessage> => {
    const request = get({ host: '127.0.0.1', port, path, method, headers: { cookie, ...headers } });
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    return answer;
  };
  return { folder, clips, limit, hidden, route, errors, ask, logout: () => send('/api/logout') };
}

const openFiles = async (folder: string) => {
  const all = await readdir('/proc/self/fd');
  const paths = await Promise.all(all.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  return paths.filter((path) => path.startsWith(folder));
};

test('a clip whole, as a video that nobody keeps, and its head alone', async () => {
  const { ask, folder } = await served();
  const answer = await ask(`/api/clip/${NAME}`);
  expect(answer.statusCode).toBe(200);
  expect(answer.headers).toMatchObject({
    'content-type': 'video/mp4',
    'content-length': '1000',
    'accept-ranges': 'bytes',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
  });
  expect(answer.headers['content-security-policy']).toContain("media-src 'self'");
  expect(await buffer(answer)).toEqual(BYTES);
  const head = await ask(`/api/clip/${NAME}`, { method: 'HEAD', headers: { range: 'bytes=0-9' } });
  expect([head.statusCode, head.headers['content-length']]).toEqual([200, '1000']);
  expect(await buffer(head)).toHaveLength(0);
  await expect.poll(() => openFiles(folder)).toEqual([]);
});

test.each<[string, number, (string | undefined)?, [number, number]?]>([
  ['bytes=0-', 206, 'bytes 0-999/1000', [0, 1000]],
  ['bytes=0-0', 206, 'bytes 0-0/1000', [0, 1]],
  ['bytes=100-199', 206, 'bytes 100-199/1000', [100, 200]],
  ['bytes=990-5000', 206, 'bytes 990-999/1000', [990, 1000]],
  ['bytes=-10', 206, 'bytes 990-999/1000', [990, 1000]],
  ['bytes=-5000', 206, 'bytes 0-999/1000', [0, 1000]],
  ['bytes=1000-', 416, 'bytes */1000'],
  ['bytes=99999999999999999999-', 416, 'bytes */1000'],
  ['bytes=-0', 416, 'bytes */1000'],
  ['bytes=200-100', 200],
  ['bytes=0-9,20-29', 200],
  ['bytes=-', 200],
  ['bytes=a-b', 200],
  ['bytes=-1-5', 200],
  ['lines=0-9', 200],
])('Range: %s is answered by %i', async (range, status, contentRange, part) => {
  const { ask, folder } = await served();
  const answer = await ask(`/api/clip/${NAME}`, { headers: { range } });
  expect([answer.statusCode, answer.headers['content-range']]).toEqual([status, contentRange]);
  const expected = status === 416 ? Buffer.alloc(0) : BYTES.subarray(...(part ?? [0, 1000]));
  expect(await buffer(answer)).toEqual(expected);
  await expect.poll(() => openFiles(folder)).toEqual([]);
});

test('a range on a condition is no range, as nothing here has a validator', async () => {
  const { ask } = await served();
  const answer = await ask(`/api/clip/${NAME}`, { headers: { range: 'bytes=0-9', 'if-range': '"one"' } });
  expect([answer.statusCode, (await buffer(answer)).length]).toEqual([200, 1000]);
});

test.each([
  '',
  'other.mp4',
  'nobody-20260102T030405Z-000009.mp4',
  '../secret.mp4',
  '..%2Fsecret.mp4',
  '%2e%2e/secret.mp4',
  '..%5Csecret.mp4',
  `./../clips/../secret.mp4`,
  `${NAME}/`,
  `${NAME}/../../secret.mp4`,
  `${NAME}.part`,
  `${NAME}%00`,
  `${NAME.replace('door', '%64oor')}`,
  '/etc/passwd',
  '%2Fetc%2Fpasswd',
  LINK,
  PIPE,
  FOLDER,
])('nobody gets "%s"', async (name) => {
  const { ask, folder, errors } = await served();
  const answer = await ask(`/api/clip/${name}`);
  expect(answer.statusCode).toBe(404);
  expect((await buffer(answer)).toString()).not.toContain('none of');
  expect(await openFiles(folder)).toEqual([]);
  expect(errors).toEqual([]);
});

test('a clip is for those who are in, on pages of this server, and is only read', async () => {
  const { ask } = await served();
  const status = async (asked: Asked) => {
    const answer = await ask(`/api/clip/${NAME}`, asked);
    answer.resume();
    return answer.statusCode;
  };
  expect(await status({ headers: { cookie: '' } })).toBe(401);
  expect(await status({ headers: { 'sec-fetch-site': 'cross-site' } })).toBe(403);
  expect(await status({ headers: { host: 'evil.example' } })).toBe(421);
  expect(await status({ method: 'DELETE' })).toBe(403);
});

test('a clip that the ring has given up is gone, and so is one that somebody took away', async () => {
  const { ask, clips, folder, limit } = await served();
  await unlink(join(folder, LARGE));
  expect((await ask(`/api/clip/${LARGE}`)).statusCode).toBe(404);
  expect((await ask(`/api/clip/${NAME}`)).resume().statusCode).toBe(200);
  limit.maximumBytes = LARGE_BYTES + 2 * 4096;
  await clips.trim();
  expect((await ask(`/api/clip/${NAME}`)).statusCode).toBe(404);
  expect(await readdir(folder)).not.toContain(NAME);
});

test('what goes while it is read is read to its end; what is cut short ends the connection', async () => {
  const { ask, folder, errors } = await served();
  const gone = await ask(`/api/clip/${LARGE}`);
  await unlink(join(folder, LARGE));
  expect(await buffer(gone)).toHaveLength(LARGE_BYTES);

  await writeLarge(folder);
  const short = await ask(`/api/clip/${LARGE}`);
  await truncate(join(folder, LARGE), 1e6);
  await expect(buffer(short)).rejects.toThrow('aborted');
  expect((await ask(`/api/clip/${NAME}`)).statusCode).toBe(200);
  expect(errors).toEqual([]);
});

test('so many at a time, and others again once one has ended, in whatever way', async () => {
  const { ask, folder, errors } = await served();
  const answers: IncomingMessage[] = [];
  for (let i = 0; i < MOST_LONG_ANSWERS; i++) answers.push(await ask(`/api/clip/${LARGE}`));
  expect(answers.every(({ statusCode }) => statusCode === 200)).toBe(true);
  const refused = await ask(`/api/clip/${NAME}`);
  expect([refused.statusCode, refused.headers['retry-after']]).toEqual([503, '5']);
  // By its head a player finds out why.
  expect((await ask(`/api/clip/${NAME}`, { method: 'HEAD' })).statusCode).toBe(503);
  expect(await openFiles(folder)).toHaveLength(MOST_LONG_ANSWERS);
  answers[0]!.destroy();
  await expect.poll(async () => (await ask(`/api/clip/${NAME}`)).resume().statusCode).toBe(200);
  for (const answer of answers) answer.destroy();
  await expect.poll(() => openFiles(folder)).toEqual([]);
  expect(errors).toEqual([]);
});

test('who takes nothing is hung up on, and who takes it slowly is not', async () => {
  const answers = new LongAnswers(2000);
  const ended: Promise<void>[] = [];
  const chunk = Buffer.alloc(64 * 1024);
  const bytes = 200 * chunk.length;
  const server = stopLater(
    createServer((_, response) => {
      const stream = Readable.from(Array.from({ length: 200 }, () => chunk));
      ended.push(answers.send(response, { body: { stream, bytes } }, undefined));
    }).listen(0, '127.0.0.1'),
  );
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const ask = async () => (await once(get({ host: '127.0.0.1', port }), 'response'))[0] as IncomingMessage;
  const idle = await ask();
  await ended[0];
  await expect(buffer(idle)).rejects.toThrow('aborted');
  let taken = 0;
  for await (const part of await ask()) {
    taken += (part as Buffer).length;
    await wait(5);
  }
  expect(taken).toBe(bytes);
});

test('who logs out gets nothing more; nor does anybody of a camera that may not be shown any more', async () => {
  const { ask, errors, folder, hidden, logout, route } = await served();
  const forgotten = buffer(await ask(`/api/clip/${LARGE}`));
  hidden.add('yard');
  route.forget('door');
  route.forget('yard');
  await expect(forgotten).rejects.toThrow('aborted');
  const refused = await ask(`/api/clip/${LARGE}`);
  expect(refused.statusCode).toBe(404);
  hidden.clear();
  const sent = await ask(`/api/clip/${LARGE}`);
  await logout();
  await expect(buffer(sent)).rejects.toThrow('aborted');
  expect((await ask(`/api/clip/${NAME}`)).statusCode).toBe(401);
  await expect.poll(() => openFiles(folder)).toEqual([]);
  expect(errors).toEqual([]);
});

test('no range of any size is longer than what there is', () => {
  for (const size of [1, 2, 10])
    for (const first of ['', '0', '1', '9', '10'])
      for (const last of ['', '0', '1', '9', '10']) {
        const span = spanOf(`bytes=${first}-${last}`, size);
        if (span === undefined || span === 'outside') continue;
        expect(span.bytes).toBeGreaterThan(0);
        expect(span.start + span.bytes).toBeLessThanOrEqual(size);
      }
});
