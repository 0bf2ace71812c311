// SIGHUP with other keys of `mqtt` -> the connection is another one; cameras, numbers and events go on. Real Mosquittos.

import { mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { type Daemon, startDaemon } from '../../support/daemon.js';
import { closeAfterEach } from '../../support/ending.js';
import { freePort, mosquittoPub, startMosquitto } from '../../support/mosquitto.js';
import { reload } from '../../support/reload.js';
import { subscribe } from '../../support/subscriber.js';

const closeLater = closeAfterEach();
let daemon: Daemon | undefined;
afterEach(async () => {
  await daemon?.close();
  daemon = undefined;
});

const BALL = { source: 'test:ball?width=160&height=160&fps=5', motion: { enabled: false } };
const USER = { name: 'porch', password: 'opensesame' };

const detectionsOf = (device: string) => `cspcam/${device}/camera/ball/detections`;

/** Topics that a client which comes now is given, with their payloads. */
async function retained(port: number, device: string) {
  const late = closeLater(await subscribe(port, '#'));
  await late.next(({ topic, retained }) => retained && topic === `cspcam/${device}/state`);
  await mosquittoPub(port, 'end', 'end');
  await late.next(({ topic }) => topic === 'end');
  return new Map(
    late.seen.filter((message) => message.retained).map(({ topic, payload }) => [topic, payload]),
  );
}

test('another broker with another login, and back: the first is left offline, the cameras go on', async () => {
  daemon = await startDaemon({ ball: BALL });
  const { agent, config, file, subscriber, broker } = daemon;
  await subscriber.next(({ topic }) => topic === detectionsOf('porch'));
  const pid = await daemon.capturePid('ball');
  const other = closeLater(await startMosquitto({ user: USER }));
  const there = closeLater(await subscribe(other.port, 'cspcam/#', ['-u', USER.name, '-P', USER.password]));
  const mqtt = config['mqtt'] as object;
  const login = { url: other.url, username: USER.name, password: USER.password };
  const { refusal } = await reload(
    { agent, file, subscriber: there },
    { ...config, mqtt: { ...mqtt, ...login } },
  );
  expect(refusal).toBeUndefined();
  await subscriber.next(({ topic, payload }) => topic.endsWith('/state') && payload.state === 'offline');
  await there.next(({ topic }) => topic === detectionsOf('porch'));
  for (const one of ['info', 'settings', 'camera/ball/status', 'camera/ball/count/bright'])
    await there.next(({ topic }) => topic === `cspcam/porch/${one}`);
  await reload(daemon, config);
  await subscriber.next(
    ({ topic, payload }) => topic.endsWith('/state') && payload.state === 'online' && payload.sequence > 0,
  );
  const lastThere = there.seen.findLast(({ topic }) => topic === detectionsOf('porch'))!.payload.sequence;
  await subscriber.next(
    ({ topic, payload }) => topic === detectionsOf('porch') && payload.sequence > lastThere,
  );
  expect(await daemon.capturePid('ball')).toBe(pid);
  expect((await retained(broker.port, 'porch')).get('cspcam/porch/state').state).toBe('online');
  expect(agent.err).not.toContain(USER.password);
});

test('another device: everything stands under the new name, nothing under the old one, and the outbox moves', async () => {
  const state = await mkdtemp(join(tmpdir(), 'state-'));
  daemon = await startDaemon({ ball: BALL }, { mqtt: { outbox: {} } }, [], { XDG_STATE_HOME: state });
  const { config, subscriber, broker } = daemon;
  await subscriber.next(({ topic }) => topic === detectionsOf('porch'));
  const pid = await daemon.capturePid('ball');
  const before = await retained(broker.port, 'porch');
  const { refusal } = await reload(daemon, { ...config, device: 'barn' });
  expect(refusal).toBeUndefined();
  await subscriber.next(({ topic }) => topic === detectionsOf('barn'));
  const renamed = (topic: string) => topic.replace('porch', 'barn');
  await vi.waitFor(async () => {
    const after = await retained(broker.port, 'barn');
    expect([...after.keys()].filter((topic) => topic.includes('porch'))).toEqual([]);
    expect([...after.keys()]).toEqual(expect.arrayContaining([...before.keys()].map(renamed)));
  }, 60_000);
  expect(await daemon.capturePid('ball')).toBe(pid);
  expect((await readdir(join(state, 'cspcam', 'barn'))).sort()).toEqual(['names.json', 'outbox']);
  expect(await readdir(join(state, 'cspcam', 'porch'))).not.toContain('outbox');
});

test('events of an outage outlast another folder, and come in order', async () => {
  daemon = await startDaemon({ ball: { ...BALL, source: 'test:ball?width=160&height=160&fps=20' } });
  const { config, subscriber } = daemon;
  const isEvent = ({ topic }: { topic: string }) => topic.endsWith('ball/events');
  await subscriber.next(isEvent);
  const mqtt = config['mqtt'] as object;
  const away = { ...mqtt, url: `mqtt://127.0.0.1:${await freePort()}` };
  const { agent, file } = daemon;
  // Nobody tells of it: the broker is away.
  await writeFile(file, stringify({ ...config, mqtt: away }));
  agent.child.kill('SIGHUP');
  await vi.waitFor(() => expect(agent.err).toContain('reloaded: mqtt.url'), 60_000);
  const outbox = { directory: await mkdtemp(join(tmpdir(), 'other-')), maxMegabytes: 2 };
  await reload(daemon, { ...config, mqtt: { ...mqtt, outbox } });
  const numbers = () => [...new Set(subscriber.seen.filter(isEvent).map(({ payload }) => payload.sequence))];
  const newest = () => Math.max(...(numbers() as number[]));
  const then = newest();
  await subscriber.next((message) => isEvent(message) && message.payload.sequence > then + 20);
  const seen = numbers() as number[];
  expect(seen).toEqual(seen.map((_, i) => seen[0]! + i));
  expect(await readdir(outbox.directory)).toContain('outbox');
});

test('a folder that another agent has is refused, and so is a port in use', async () => {
  daemon = await startDaemon({ ball: BALL });
  const { config, broker } = daemon;
  const { payload: first } = await daemon.subscriber.next(({ topic }) => topic === detectionsOf('porch'));
  const pid = await daemon.capturePid('ball');
  const other = await startDaemon({ ball: BALL }, { mqtt: { url: broker.url, clientId: 'other' } });
  try {
    // Its `health` comes on the same topic, and is older than what is waited for below.
    await daemon.subscriber.next(
      ({ topic, payload }) => topic.endsWith('/health') && payload.bootId !== first.bootId,
    );
    const { outbox } = other.config['mqtt'] as { outbox: object };
    const mqtt = { ...(config['mqtt'] as object), outbox };
    const { refusal } = await reload(daemon, { ...config, mqtt, cameras: { shed: BALL } });
    expect(refusal).toContain('expected a folder that no other agent uses');
    const taken = { ...(config['mqtt'] as object), embeddedBroker: { port: broker.port } };
    const port = await reload(daemon, { ...config, mqtt: taken, cameras: { shed: BALL } });
    expect(port.refusal).toContain('expected a free address for mqtt.embeddedBroker');
    expect(await daemon.capturePid('ball')).toBe(pid);
  } finally {
    await other.close();
  }
});
