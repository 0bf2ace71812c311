// Names that an agent has no more -> what it left under them is gone from a real Mosquitto, by itself and by `cspcam mqtt forget`.

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { pino } from 'pino';
import { beforeEach, expect, test, vi } from 'vitest';
import { complete, configFile } from '../../../agent/config/schema.js';
import { Messaging } from '../../../agent/messaging/messaging.js';
import type { ModelDescription } from '../../../models/folder/description.js';
import { Cspcam, writeConfig } from '../../support/cspcam.js';
import { closeAfterEach, never } from '../../support/ending.js';
import { statusMessage } from '../../support/messages.js';
import { type Mosquitto, startMosquitto } from '../../support/mosquitto.js';

const closeLater = closeAfterEach();
const cameras = { door: { source: 'test:ball' } };
const USER = { name: 'porch', password: 'opensesame' };
const LOGIN = { username: USER.name, password: USER.password };

let broker: Mosquitto;
let folder: string;
beforeEach(async () => {
  broker = closeLater(await startMosquitto({ user: USER }));
  folder = await mkdtemp(join(tmpdir(), 'forget-'));
});

interface Called {
  readonly device?: string;
  readonly base?: string;
  readonly prefix?: string;
}

const keysOf = (
  { device = 'porch', base = 'cspcam', prefix = 'homeassistant' }: Called,
  directory = folder,
) => ({
  device,
  mqtt: { url: broker.url, ...LOGIN, base, homeAssistant: { prefix }, outbox: { directory } },
  cameras,
});

/** One run of everything between an agent and its broker, with a status and a count retained. */
async function run(called: Called, directory?: string): Promise<Messaging> {
  const messaging = new Messaging({
    config: complete(configFile.parse(keysOf(called, directory))),
    model: { name: 'tiny', labels: ['person'] } as unknown as ModelDescription,
    bootId: `boot-${Math.random()}`,
    log: pino({ level: 'silent' }),
  });
  messaging.publisher.publish(statusMessage('running'));
  await messaging.start(never);
  await vi.waitFor(() => expect(messaging.publisher.connected).toBe(true), 20_000);
  return messaging;
}

/** What a client that comes late is given. */
async function retained(): Promise<string[]> {
  const client = await mqtt.connectAsync(broker.url, LOGIN);
  const topics: string[] = [];
  client.on('message', (topic) => topics.push(topic));
  await client.subscribeAsync('#', { qos: 1 });
  await client.publishAsync('end', '', { qos: 1 });
  await vi.waitFor(() => expect(topics).toContain('end'));
  await client.endAsync();
  return topics.filter((topic) => topic !== 'end').sort();
}

const topicsOf = ({ device = 'porch', base = 'cspcam', prefix = 'homeassistant' }: Called) =>
  [
    `${base}/${device}/camera/door/status`,
    `${base}/${device}/state`,
    `${prefix}/device/cspcam_${device}/config`,
    `${prefix}/device/cspcam_${device}_door/config`,
  ].sort();

test.each<[string, Called]>([
  ['device', { device: 'barn' }],
  ['base', { base: 'home/cspcam' }],
  ['prefix', { prefix: 'ha' }],
  ['all', { device: 'barn', base: 'other', prefix: 'ha' }],
])('another %s: the old names are cleared by themselves', async (_, called) => {
  await (await run({})).stop();
  expect(await retained()).toEqual(topicsOf({}));
  const again = await run(called);
  await vi.waitFor(async () => expect(await retained()).toEqual(topicsOf(called)), 20_000);
  await again.stop();
  // And back.
  await (await run({})).stop();
  await vi.waitFor(async () => expect(await retained()).toEqual(topicsOf({})), 20_000);
});

test('renamed twice: no name is left behind', async () => {
  await (await run({})).stop();
  await (await run({ base: 'second' })).stop();
  expect(await retained()).toEqual(topicsOf({ base: 'second' }));
  await (await run({ base: 'third', device: 'barn' })).stop();
  expect(await retained()).toEqual(topicsOf({ base: 'third', device: 'barn' }));
});

test('a successor under the old name keeps its topics, running or not', async () => {
  await (await run({})).stop();
  const successor = await run({}, await mkdtemp(join(tmpdir(), 'forget-')));
  await (await run({ device: 'barn' })).stop();
  const both = [...topicsOf({}), ...topicsOf({ device: 'barn' })].sort();
  expect(await retained()).toEqual(both);
  await successor.stop();
  await (await run({ device: 'barn' })).stop();
  expect(await retained()).toEqual(both);
});

async function forget(called: Called, ...given: string[]) {
  const config = await writeConfig(keysOf(called));
  return new Cspcam(['mqtt', 'forget', '--config', config, ...given]).finished();
}

test('the command: looked at, cleared, and nothing left to clear', async () => {
  await (await run({}, await mkdtemp(join(tmpdir(), 'forget-')))).stop();
  const other = await run({ device: 'porch_2' }, await mkdtemp(join(tmpdir(), 'forget-')));
  const all = await retained();
  const dry = await forget({ device: 'barn' }, '--device', 'porch', '--dry-run');
  expect(dry.out).toBe(`${[...topicsOf({}), 'would clear 4 topics of cspcam/porch'].join('\n')}\n`);
  expect(await retained()).toEqual(all);
  const { out, code } = await forget({ device: 'barn' }, '--device', 'porch', '--json');
  expect(JSON.parse(out)).toEqual({
    ...{ base: 'cspcam', device: 'porch', prefix: 'homeassistant' },
    ...{ dryRun: false, topics: topicsOf({}) },
  });
  expect(code).toBe(0);
  expect(await retained()).toEqual(all.filter((topic) => !topicsOf({}).includes(topic)));
  const again = await forget({ device: 'barn' }, '--device', 'porch');
  expect(again.out).toBe('cleared 0 topics of cspcam/porch\n');
  await other.stop();
});

test('the command: a topic that somebody else has chosen does not turn the reading around', async () => {
  const client = await mqtt.connectAsync(broker.url, LOGIN);
  const topic = 'cspcam/old/camera/\u202ed/status';
  await client.publishAsync(topic, 'x', { qos: 1, retain: true });
  await client.endAsync();
  const { out } = await forget({}, '--device', 'old');
  expect(out).toBe('cspcam/old/camera/ d/status\ncleared 1 topic of cspcam/old\n');
  expect(await retained()).toEqual([]);
});

test('the command: another prefix alone leaves what is below the base', async () => {
  await (await run({})).stop();
  const { out } = await forget({ prefix: 'ha' }, '--prefix', 'homeassistant');
  const announced = topicsOf({}).filter((topic) => topic.startsWith('homeassistant/'));
  expect(out).toBe(`${[...announced, 'cleared 2 topics of cspcam/porch'].join('\n')}\n`);
});

test('the command: a device that is taken down; one that runs is left alone', async () => {
  const running = await run({});
  const here = await forget({});
  expect(here.err).toBe(
    'cspcam: expected names that the agent has no more (--base, --device, --prefix), or --all for those of the configuration for mqtt forget, received cspcam/porch\n',
  );
  expect(here.code).toBe(2);
  const online = await forget({}, '--all');
  expect(online.err).toBe(
    'cspcam: expected no agent that runs as cspcam/porch (stop it, or --force) for cspcam/porch/state, received online\n',
  );
  expect(online.code).toBe(1);
  expect(await retained()).toEqual(topicsOf({}));
  await running.stop();
  expect((await forget({}, '--all')).code).toBe(0);
  expect(await retained()).toEqual([]);
});

test.each([
  ['--device', 'a/b', 'letters, digits, - and _ for --device, received a/b'],
  ['--base', 'a/#', 'levels of letters, digits, - and _ with / between them for --base, received a/#'],
])('the command: %s %s is no name', async (option, value, line) => {
  const { err, code } = await forget({}, option, value);
  expect(err).toBe(`cspcam: expected ${line}\n`);
  expect(code).toBe(2);
});

test('the command: a broker that is away, or refuses, is one line and exit code 1', async () => {
  await broker.stop();
  const { err, code } = await forget({}, '--device', 'old');
  expect(err).toMatch(/^cspcam: expected a broker .*\n$/);
  expect(code).toBe(1);
});
