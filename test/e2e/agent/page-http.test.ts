// The page by plain HTTP and WebSockets -> who is answered, how much, and what it costs the detector.

import { request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { loginTo, PASSWORD, post, type ServedPage, servePage, WatchingClient } from '../../support/page.js';
import { reload } from '../../support/reload.js';
import type { Seen } from '../../support/subscriber.js';

const VIEWERS = 20;
const BALL = { source: 'test:ball?width=320&height=240&fps=15', motion: { enabled: false } };

let served: ServedPage;
let cookie = '';
const clients: WatchingClient[] = [];
const watch = (cameras: readonly string[], draws = true) => {
  const client = new WatchingClient(served.address, cookie, cameras, draws);
  clients.push(client);
  return client;
};

beforeAll(async () => {
  served = await servePage(
    { ball: BALL, hidden: { ...BALL, pictures: { send: 'none' } } },
    { page: { password: PASSWORD, maxViewers: VIEWERS + 3, hosts: ['cameras.example.org'] } },
  );
  cookie = await loginTo(served.address);
});
afterEach(async () => {
  for (const client of clients) client.close();
  await Promise.all(clients.splice(0).map(({ closed }) => closed));
});
afterAll(async () => {
  await served?.daemon.close();
});

interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** With the headers as they are given: `fetch` would set its own. */
function ask({ method = 'GET', path = '/api/scene?camera=ball', headers = {}, body }: Asked) {
  const { port } = new URL(served.address);
  return new Promise<{ status: number; text: string; headers: NodeJS.Dict<string | string[]> }>(
    (resolve, reject) => {
      const sent = request(
        { host: '127.0.0.1', port, path, method, headers: { cookie, ...headers } },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('end', () =>
            resolve({
              status: answer.statusCode!,
              text: Buffer.concat(chunks).toString(),
              headers: answer.headers,
            }),
          );
        },
      );
      sent.on('error', reject);
      sent.end(body);
    },
  );
}

const here = () => new URL(served.address).host;
const JSON_TYPE = { 'content-type': 'application/json' };

test.each<[name: string, asked: () => Asked, status: number]>([
  ['as it should be', () => ({}), 200],
  ['localhost', () => ({ headers: { host: 'localhost:1' } }), 200],
  ['a name of page.hosts', () => ({ headers: { host: 'cameras.example.org' } }), 200],
  ['an IPv6 address', () => ({ headers: { host: '[::1]:80' } }), 200],
  ['a name that leads here (DNS rebinding)', () => ({ headers: { host: 'evil.example' } }), 421],
  ['the same for a static file', () => ({ path: '/', headers: { host: 'evil.example' } }), 421],
  ['a name that begins like an address', () => ({ headers: { host: '127.0.0.1.evil.example' } }), 421],
  ['a picture within a page of others', () => ({ headers: { 'sec-fetch-site': 'cross-site' } }), 403],
  ['within a page of another port of this host', () => ({ headers: { 'sec-fetch-site': 'same-site' } }), 403],
  ['typed into the address bar', () => ({ headers: { 'sec-fetch-site': 'none' } }), 200],
  ['without a session', () => ({ headers: { cookie: '' } }), 401],
  ['with a session that nobody gave', () => ({ headers: { cookie: cookie.replace(/.$/, '') } }), 401],
  [
    'a change without an origin',
    () => ({ method: 'POST', path: '/api/scene', headers: JSON_TYPE, body: '{}' }),
    403,
  ],
  [
    'a change from elsewhere (CSRF)',
    () => ({
      method: 'POST',
      path: '/api/scene',
      headers: { ...JSON_TYPE, origin: 'http://evil.example' },
      body: '{}',
    }),
    403,
  ],
  [
    'a change from another port of this host',
    () => ({
      method: 'POST',
      path: '/api/scene',
      headers: { ...JSON_TYPE, origin: 'http://127.0.0.1:1' },
      body: '{}',
    }),
    403,
  ],
  [
    'a change from a file or a sandbox',
    () => ({ method: 'POST', path: '/api/scene', headers: { ...JSON_TYPE, origin: 'null' }, body: '{}' }),
    403,
  ],
  [
    'a form',
    () => ({
      method: 'POST',
      path: '/api/scene',
      headers: { 'content-type': 'text/plain', origin: `http://${here()}` },
      body: '{}',
    }),
    415,
  ],
  [
    'a change that is none',
    () => ({
      method: 'POST',
      path: '/api/scene',
      headers: { ...JSON_TYPE, origin: `http://${here()}` },
      body: '{}',
    }),
    400,
  ],
  [
    'more than a scene can be',
    () => ({
      method: 'POST',
      path: '/api/scene',
      headers: { ...JSON_TYPE, origin: `http://${here()}` },
      body: `"${'x'.repeat(300_000)}"`,
    }),
    413,
  ],
  ['another method', () => ({ method: 'DELETE', headers: { origin: `http://${here()}` } }), 405],
  ['a way out of the folder', () => ({ path: '/../../../package.json' }), 404],
  ['the same, escaped', () => ({ path: '/%2e%2e/%2e%2e/package.json' }), 404],
  ['a picture of no object', () => ({ path: '/api/object.jpg?boot=&id=__proto__' }), 404],
  ['a camera that there is not', () => ({ path: '/api/scene?camera=constructor' }), 404],
])('%s', async (_, asked, status) => {
  const answer = await ask(asked());
  expect(answer.status, answer.text).toBe(status);
  expect(answer.headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
  });
  const policy = String(answer.headers['content-security-policy']);
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toMatch(/unsafe|https?:|\*/);
});

test.each<[name: string, options: () => object, path: string, status: number]>([
  ['from elsewhere', () => ({ origin: 'http://evil.example', headers: { cookie } }), '/api/live', 403],
  ['without an origin', () => ({ headers: { cookie } }), '/api/live', 403],
  [
    'of another name',
    () => ({ origin: 'http://evil.example', headers: { cookie, host: 'evil.example' } }),
    '/api/live',
    421,
  ],
  ['without a session', () => ({ origin: served.address }), '/api/live', 401],
  ['of another path', () => ({ origin: served.address, headers: { cookie } }), '/live', 404],
])('a WebSocket %s is refused', async (_, options, path, status) => {
  const socket = new WebSocket(`ws://${here()}${path}`, options());
  const refused = await new Promise<number | undefined>((resolve) => {
    socket.on('unexpected-response', (__, { statusCode }) => resolve(statusCode));
    socket.on('open', () => resolve(undefined));
    socket.on('error', () => {});
  });
  socket.terminate();
  expect(refused).toBe(status);
});

test('twenty viewers: each picture is made once for all, and the detections go on', async () => {
  const { subscriber } = served.daemon;
  const rate = async (name: string) => {
    const of = () => subscriber.seen.filter(({ topic }) => topic.endsWith('ball/detections')).length;
    const [before, beganMs] = [of(), Date.now()];
    await wait(5000);
    const perSecond = (1000 * (of() - before)) / (Date.now() - beganMs);
    process.stdout.write(`${name}: ${perSecond.toFixed(2)} detections per second\n`);
    return perSecond;
  };
  await subscriber.next(({ topic }) => topic.endsWith('ball/detections'));
  await rate('nobody looks');
  const viewers = Array.from({ length: VIEWERS }, () => watch(['ball']));
  await Promise.all(viewers.map((viewer) => viewer.until(({ pictures }) => pictures.length > 0)));
  expect(await rate(`${VIEWERS} viewers`)).toBeGreaterThan(0);
  // A picture of one moment is the same for all.
  const bySequence = new Map<number, Set<string>>();
  for (const { pictures } of viewers)
    for (const { head, jpeg } of pictures)
      bySequence.set(
        head.sequence,
        (bySequence.get(head.sequence) ?? new Set()).add(jpeg.toString('base64')),
      );
  for (const pictures of bySequence.values()) expect(pictures.size).toBe(1);
  const { head, jpeg } = viewers[0]!.pictures.at(-1)!;
  const { width, height } = await sharp(jpeg).metadata();
  expect(width! / height!).toBeCloseTo(head.sourceSize.width / head.sourceSize.height, 1);
  for (const viewer of viewers) viewer.close();
  await rate('nobody any more');
});

test('boxes come with the frame that they were found on', async () => {
  const { subscriber } = served.daemon;
  const ofBall = ({ topic }: Seen) => topic.endsWith('ball/detections');
  const boxes = (of: readonly { readonly box: readonly number[] }[]) => of.map(({ box }) => String(box));
  const viewer = watch(['ball']);
  await viewer.until(({ pictures }) => pictures.length >= 5);
  const last = viewer.pictures.at(-1)!.head.sequence;
  await subscriber.next((seen) => ofBall(seen) && seen.payload.frame.sequence > last);
  // A broker may drop what is told once.
  const both = viewer.pictures.flatMap(({ head }) => {
    const told = subscriber.seen.find(
      (seen) => ofBall(seen) && seen.payload.frame.sequence === head.sequence,
    );
    return told === undefined ? [] : [{ head, told: told.payload }];
  });
  expect(both.length).toBeGreaterThan(0);
  for (const { head, told } of both) {
    const followed = head.found.filter(({ id }) => id !== undefined);
    const others = head.found.filter(({ id }) => id === undefined);
    expect(boxes(head.found)).toEqual(expect.arrayContaining(boxes(told.detections)));
    expect(boxes(told.detections)).toEqual(expect.arrayContaining(boxes(others)));
    // What is only expected is told of to subscribers, who may go by ids, and is not drawn.
    expect(boxes(told.tracks)).toEqual(expect.arrayContaining(boxes(followed)));
  }
  viewer.close();
});

test('one who draws nothing gets no more than two pictures, and then the newest', async () => {
  const slow = watch(['ball'], false);
  const quick = watch(['ball']);
  await quick.until(({ pictures }) => pictures.length >= 12);
  expect(slow.pictures).toHaveLength(2);
  expect(slow.messages[0]?.kind).toBe('hello');
  slow.close();
  quick.close();
});

test('the picture of an object that has gone', async () => {
  const { daemon, address } = served;
  const viewer = watch(['ball']);
  await viewer.until(({ pictures }) =>
    pictures.some(({ head }) => head.found.some(({ id }) => id !== undefined)),
  );
  const { ball, hidden } = daemon.config['cameras'] as Record<string, object>;
  // Whoever counts anew lets all objects go.
  await reload(daemon, { ...daemon.config, cameras: { ball: { ...ball, stationarySeconds: 3 }, hidden } });
  await viewer.until(({ messages }) => messages.some(({ kind }) => kind === 'object-picture'));
  const told = viewer.messages.findLast((message) => message.kind === 'object-picture')!;
  // Its picture may come after those events that a page is told first.
  const ended = viewer.messages.flatMap((message) => ('events' in message ? message.events : []));
  expect(ended.map(({ trackId }) => trackId)).toContain(told.trackId);
  const { bootId } = viewer.messages.find((message) => message.kind === 'hello')!;
  const path = `/api/object.jpg?boot=${bootId}&id=${told.trackId}`;
  const picture = await fetch(`${address}${path}`, { headers: { cookie } });
  expect(picture.headers.get('content-type')).toBe('image/jpeg');
  expect(await sharp(Buffer.from(await picture.arrayBuffer())).metadata()).toMatchObject({
    width: 320,
    height: 240,
  });
  // Ids begin at 1 again with each start: a page of the one before asks for another object.
  const before = path.replace(bootId, crypto.randomUUID());
  expect((await fetch(`${address}${before}`, { headers: { cookie } })).status).toBe(404);
  expect((await fetch(`${address}${path}`)).status).toBe(401);
  viewer.close();
});

test('a camera without pictures: boxes alone', async () => {
  const viewer = watch(['hidden']);
  await viewer.until(({ pictures }) => pictures.some(({ head }) => head.found.length > 0));
  for (const { jpeg } of viewer.pictures) expect(jpeg.byteLength).toBe(0);
  viewer.close();
});

test('there are never more viewers than the configuration allows', async () => {
  const sockets = Array.from(
    { length: VIEWERS + 8 },
    () => new WebSocket(`ws://${here()}/api/live`, { origin: served.address, headers: { cookie } }),
  );
  const outcomes = await Promise.all(
    sockets.map(
      (socket) =>
        new Promise((resolve) => {
          socket.on('unexpected-response', (_, { statusCode }) => resolve(statusCode));
          socket.on('open', () => resolve('open'));
          socket.on('error', () => {});
        }),
    ),
  );
  for (const socket of sockets) socket.terminate();
  expect(new Set(outcomes)).toEqual(new Set(['open', 503]));
  // Those of tests before may still be there.
  expect(outcomes.filter((outcome) => outcome === 'open').length).toBeLessThanOrEqual(VIEWERS + 3);
});

test('logging out ends the session and its connections', async () => {
  const own = await loginTo(served.address);
  const viewer = new WatchingClient(served.address, own, []);
  clients.push(viewer);
  await viewer.until(({ messages }) => messages.length > 0);
  expect((await post(`${served.address}/api/logout`, {}, { cookie: own })).status).toBe(204);
  expect((await ask({ headers: { cookie: own } })).status).toBe(401);
  await viewer.closed;
});

test('its cookie is for this page alone; wrong passwords are slowed down', async () => {
  const answer = await post(`${served.address}/api/login`, { password: PASSWORD });
  const given = answer.headers.get('set-cookie')!;
  for (const part of ['HttpOnly', 'SameSite=Strict', 'Path=/']) expect(given).toContain(part);
  // Each wait is twice the one before: a slow machine meets one as well.
  const statuses: number[] = [];
  let late = answer;
  while (late.status !== 429 && statuses.length < 20) {
    late = await post(`${served.address}/api/login`, { password: 'wrong one' });
    statuses.push(late.status);
  }
  expect(statuses.slice(0, 3)).toEqual([401, 401, 401]);
  expect(late.status).toBe(429);
  expect(Number(late.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(((await late.json()) as { message: string }).message).toMatch(
    /^Too many wrong passwords\. Try again in \d+ s\.$/,
  );
  expect(served.daemon.agent.err).not.toContain(PASSWORD);
});
