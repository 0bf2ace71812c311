// Discovery and what earlier runs left retained, on a real Mosquitto, seen by mosquitto_sub as Home Assistant would.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { complete, configFile } from '../../../agent/config/schema.js';
import { HomeAssistant } from '../../../agent/messaging/home-assistant/home-assistant.js';
import type { Publisher } from '../../../agent/messaging/publisher.js';
import { StaleRetained } from '../../../agent/messaging/stale-retained.js';
import { closeAfterEach, never } from '../../support/ending.js';
import { type Mosquitto, startMosquitto } from '../../support/mosquitto.js';
import { makePublisher } from '../../support/publisher.js';
import { subscribe } from '../../support/subscriber.js';

const run = promisify(execFile);
const closeLater = closeAfterEach();

const square = {
  points: [
    [0, 0],
    [1, 0],
    [1, 1],
  ],
};
const door = { source: 'test:ball', zones: { steps: square, yard: square } };
const both = { door, shed: { source: 'test:ball' } };
const DISCOVERY = 'homeassistant/device/cspcam_porch';
const PORCH = 'cspcam/porch';

let broker: Mosquitto;
beforeEach(async () => {
  broker = await startMosquitto();
});
afterEach(() => broker.close());

const sourceSize = { width: 640, height: 480 };

/** One run of the agent, as far as its messages go: state, status of each camera, zones, and counts of the labels. */
function startRun(
  protocol: '3.1.1' | '5',
  cameras: object,
  labels: readonly string[],
  enabled = true,
): Publisher {
  const mqtt = { url: broker.url, protocol, homeAssistant: { enabled } };
  const config = complete(configFile.parse({ device: 'porch', mqtt, cameras }));
  const homeAssistant = new HomeAssistant({
    config,
    model: { name: 'tiny', labels: ['person', 'car'] },
    version: '1.2.3',
    retained: {
      put: (topic, payload) => publisher.publishRetained(topic, payload),
      repeat: (topic) => publisher.repeatRetained(topic),
      clear: (topic) => publisher.clearRetained(topic),
    },
  });
  const staleRetained = new StaleRetained({
    config,
    retained: {
      hasRetained: (topic) => publisher.hasRetained(topic),
      clearRetained: (topic) => publisher.clearRetained(topic),
    },
    onCamera: (camera) => homeAssistant.removeCamera(camera),
  });
  const { publisher } = makePublisher(broker.url, config.mqtt);
  publisher.listen(
    homeAssistant.filters,
    (message) => homeAssistant.onMessage(message),
    homeAssistant.keptFilters,
  );
  publisher.listen([], (message) => staleRetained.onMessage(message), staleRetained.keptFilters);
  closeLater(publisher);
  const since = new Date(0).toISOString();
  for (const [camera, { zones }] of Object.entries(config.cameras)) {
    publisher.publish({ kind: 'status', body: { camera, state: 'running', since, restarts: 0, source: '' } });
    for (const zone of Object.keys(zones))
      publisher.publish({
        kind: 'zone',
        body: { camera, zone, occupied: true, count: 1, byLabel: { person: 1 } },
      });
    for (const label of labels)
      publisher.publish({ kind: 'count', body: { camera, label, count: 3, stationary: 0 } });
    publisher.publishPicture(camera, { jpeg: Buffer.from('a picture'), capturedAtMs: 0, sourceSize });
  }
  homeAssistant.announce();
  void publisher.start(never);
  return publisher;
}

/** Whatever a subscriber that comes now is given, by topic. */
async function retained(): Promise<Map<string, { components: Record<string, object> }>> {
  const late = await subscribe(broker.port, '#');
  closeLater(late);
  await run('mosquitto_pub', [
    '-h',
    '127.0.0.1',
    '-p',
    String(broker.port),
    '-t',
    'fence',
    '-m',
    '1',
    '-q',
    '1',
  ]);
  await late.next(({ topic }) => topic === 'fence');
  return new Map(late.seen.filter((one) => one.retained).map(({ topic, payload }) => [topic, payload]));
}

const topicsOf = (all: Map<string, unknown>) => [...all.keys()].sort();

describe.each(['3.1.1', '5'] as const)('MQTT %s', (protocol) => {
  test('what there is is retained; what is gone with the next run is cleared, and removed from Home Assistant', async () => {
    const early = await subscribe(broker.port, '#');
    closeLater(early);
    const first = startRun(protocol, both, ['person', 'dog']);
    await early.next(({ topic }) => topic === `${DISCOVERY}_shed/config`);
    await first.stop();
    const before = await retained();
    expect(topicsOf(before)).toEqual([
      ...['count/dog', 'count/person', 'snapshot', 'status', 'zone/steps', 'zone/yard'].map(
        (path) => `${PORCH}/camera/door/${path}`,
      ),
      ...['count/dog', 'count/person', 'snapshot', 'status'].map((path) => `${PORCH}/camera/shed/${path}`),
      `${PORCH}/state`,
      ...['', '_door', '_shed'].map((camera) => `${DISCOVERY}${camera}/config`),
    ]);
    expect(Object.keys(before.get(`${DISCOVERY}_door/config`)!.components)).toContain('zone.yard.occupancy');

    const fewer = { door: { ...door, zones: { steps: square } } };
    const second = startRun(protocol, fewer, ['person']);
    const isEmpty = (topic: string) => early.next((one) => one.topic === topic && !one.payload);
    await isEmpty(`${DISCOVERY}_shed/config`);
    await isEmpty(`${PORCH}/camera/shed/status`);
    await isEmpty(`${PORCH}/camera/door/count/dog`);
    await early.next(
      ({ payload }) =>
        payload?.components?.['zone.yard.occupancy']?.name === undefined &&
        payload?.components?.['zone.yard.occupancy']?.platform === 'binary_sensor',
    );
    await second.stop();
    const after = await retained();
    expect(topicsOf(after)).toEqual([
      ...['count/person', 'snapshot', 'status', 'zone/steps'].map((path) => `${PORCH}/camera/door/${path}`),
      `${PORCH}/state`,
      ...['', '_door'].map((camera) => `${DISCOVERY}${camera}/config`),
    ]);
    const { components } = after.get(`${DISCOVERY}_door/config`)!;
    expect(components['zone.yard.occupancy']).toEqual({ platform: 'binary_sensor' });
    expect(components['zone.steps.occupancy']).toEqual(
      before.get(`${DISCOVERY}_door/config`)!.components['zone.steps.occupancy'],
    );

    const from = early.seen.length;
    const third = startRun(protocol, fewer, ['person']);
    await early.next((one) => one.topic === `${DISCOVERY}_door/config` && early.seen.indexOf(one) >= from);
    await third.stop();
    const last = (await retained()).get(`${DISCOVERY}_door/config`)!;
    expect(Object.keys(last.components).filter((key) => key.includes('yard'))).toEqual([]);
  });

  test('is published again when Home Assistant is born, and when the broker has forgotten it', async () => {
    const early = await subscribe(broker.port, 'homeassistant/#');
    closeLater(early);
    const publisher = startRun(protocol, { door }, []);
    const times = (topic: string, count: number) =>
      early.next(
        (one) => one.topic === topic && early.seen.filter((other) => other.topic === topic).length >= count,
      );
    await times(`${DISCOVERY}_door/config`, 1);
    await run('mosquitto_pub', [
      '-h',
      '127.0.0.1',
      '-p',
      String(broker.port),
      '-t',
      'homeassistant/status',
      '-m',
      'online',
    ]);
    await times(`${DISCOVERY}_door/config`, 2);
    await times(`${DISCOVERY}/config`, 2);
    const [one, two] = early.seen.filter(({ topic }) => topic === `${DISCOVERY}_door/config`);
    expect(two!.payload).toEqual(one!.payload);

    await broker.restart();
    const later = await subscribe(broker.port, 'homeassistant/#');
    closeLater(later);
    await later.next(({ topic }) => topic === `${DISCOVERY}_door/config`);
    await publisher.stop();
    expect(topicsOf(await retained()).filter((topic) => topic.startsWith('home'))).toEqual([
      `${DISCOVERY}/config`,
      `${DISCOVERY}_door/config`,
    ]);
  });

  test('switched off, nothing is announced and what was is removed', async () => {
    const early = await subscribe(broker.port, 'homeassistant/#');
    closeLater(early);
    const first = startRun(protocol, both, []);
    await early.next(({ topic }) => topic === `${DISCOVERY}_shed/config`);
    await first.stop();
    const second = startRun(protocol, both, [], false);
    for (const camera of ['', '_door', '_shed'])
      await early.next(({ topic, payload }) => topic === `${DISCOVERY}${camera}/config` && !payload);
    await second.stop();
    expect(topicsOf(await retained()).filter((topic) => topic.startsWith('home'))).toEqual([]);
  });
});
