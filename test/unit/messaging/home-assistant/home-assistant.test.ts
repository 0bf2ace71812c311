// What the broker kept of earlier runs, and births of Home Assistant -> what is published, removed and cleared.

import { expect, test } from 'vitest';
import { HomeAssistant } from '../../../../agent/messaging/home-assistant/home-assistant.js';
import { StaleRetained } from '../../../../agent/messaging/stale-retained.js';
import { labels, porchConfig } from './porch.js';

const AGENT = 'homeassistant/device/cspcam_porch/config';
const DOOR = 'homeassistant/device/cspcam_porch_door/config';

function makeHomeAssistant(enabled = true, more: object = {}, prefix = 'homeassistant') {
  const config = porchConfig({
    mqtt: { url: 'mqtt://127.0.0.1', homeAssistant: { enabled, prefix } },
    ...more,
  });
  const done: string[] = [];
  const payloads = new Map<string, { components: Record<string, object> }>();
  const homeAssistant = new HomeAssistant({
    config,
    model: { name: 'tiny', labels },
    version: '1.2.3',
    retained: {
      put: (topic, payload) => {
        done.push(`put ${topic}`);
        payloads.set(topic, JSON.parse(payload));
      },
      repeat: (topic) => done.push(`repeat ${topic}`),
      clear: (topic) => done.push(`clear ${topic}`),
    },
  });
  return { homeAssistant, done, payloads };
}

const message = (topic: string, payload: unknown, retained = true) => ({
  topic,
  payload: Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)),
  retained,
});

const FRONT = 'homeassistant/device/cspcam_porch_front__door/config';

test('announces the agent before its cameras, and again at each birth', () => {
  const { homeAssistant, done } = makeHomeAssistant();
  homeAssistant.announce();
  expect(done.splice(0)).toEqual([`put ${AGENT}`, `put ${DOOR}`, `put ${FRONT}`]);
  homeAssistant.onMessage(message('homeassistant/status', 'offline', false));
  expect(done).toEqual([]);
  homeAssistant.onMessage(message('homeassistant/status', 'online', false));
  expect(done).toEqual([`repeat ${AGENT}`, `repeat ${DOOR}`, `repeat ${FRONT}`]);
  expect([homeAssistant.filters, homeAssistant.keptFilters]).toEqual([
    ['homeassistant/status'],
    [AGENT, DOOR, FRONT],
  ]);
});

test('a component that is gone is removed by its platform alone, beside those that are there', () => {
  const { homeAssistant, done, payloads } = makeHomeAssistant();
  homeAssistant.announce();
  const now = payloads.get(DOOR)!;
  done.length = 0;
  const gone = { platform: 'binary_sensor', unique_id: 'x', name: 'Shed occupancy' };
  const before = { ...now, components: { ...now.components, 'zone.shed.occupancy': gone } };
  homeAssistant.onMessage(message(DOOR, before));
  expect(done).toEqual([`put ${DOOR}`]);
  const after = payloads.get(DOOR)!;
  expect(after).toEqual({
    ...now,
    components: { ...now.components, 'zone.shed.occupancy': { platform: 'binary_sensor' } },
  });
  // The next start finds that removal, and says no more of it.
  homeAssistant.onMessage(message(DOOR, after));
  expect(done).toHaveLength(1);
});

test.each([
  ['what it says itself', { components: {} }, true],
  ['an echo', { components: { old: { platform: 'sensor', unique_id: 'x' } } }, false],
  ['nothing', '', true],
  ['no JSON', '{', true],
  ['null', null, true],
  ['no components', {}, true],
  ['components that are none', { components: { a: null } }, true],
  ['a platform that is none', { components: { a: { platform: 1, unique_id: 'x' } } }, true],
])('%s removes nothing', (_, payload, retained) => {
  const { homeAssistant, done } = makeHomeAssistant();
  homeAssistant.onMessage(message(DOOR, payload, retained));
  homeAssistant.onMessage(message('homeassistant/device/other/config', payload, retained));
  expect(done).toEqual([]);
});

test('switched off, it takes back what is there and says nothing', () => {
  const { homeAssistant, done } = makeHomeAssistant(false);
  homeAssistant.announce();
  homeAssistant.onMessage(message('homeassistant/status', 'online', false));
  homeAssistant.onMessage(message(DOOR, { components: {} }));
  homeAssistant.onMessage(message(DOOR, ''));
  expect(done).toEqual([`clear ${DOOR}`]);
  expect(homeAssistant.filters).not.toContain('homeassistant/status');
});

test('a camera that is gone is removed', () => {
  const { homeAssistant, done } = makeHomeAssistant();
  homeAssistant.removeCamera('back_yard');
  expect(done).toEqual(['clear homeassistant/device/cspcam_porch_back__yard/config']);
});

const cleared: [topic: string, cleared: string[]][] = [
  ['camera/door/status', []],
  ['camera/front_door/status', []],
  ['camera/shed/status', ['camera shed', 'camera/shed/snapshot', 'camera/shed/crop', 'camera/shed/status']],
  ['camera/door/zone/yard', []],
  ['camera/door/zone/pond', ['camera/door/zone/pond']],
  ['camera/front_door/zone/yard', ['camera/front_door/zone/yard']],
  ['camera/shed/zone/yard', ['camera/shed/zone/yard']],
  ['camera/door/line/gate', []],
  ['camera/door/line/yard', ['camera/door/line/yard']],
  ['camera/door/zone/constructor', ['camera/door/zone/constructor']],
  ['camera/constructor/line/gate', ['camera/constructor/line/gate']],
  ['camera/door/count/person', []],
  ['camera/door/count/dog', ['camera/door/count/dog']],
  ['camera/shed/count/person', ['camera/shed/count/person']],
  ['camera/door/snapshot', []],
  ['info', []],
];

function makeStaleRetained() {
  const done: string[] = [];
  const own = 'cspcam/porch/';
  const staleRetained = new StaleRetained({
    config: porchConfig(),
    retained: {
      hasRetained: (topic) => topic === `${own}camera/door/count/person`,
      clearRetained: (topic) => done.push(topic.slice(own.length)),
    },
    onCamera: (camera) => done.push(`camera ${camera}`),
  });
  return { staleRetained, done };
}

test.each(cleared)('%s clears %j', (topic, expected) => {
  const { staleRetained, done } = makeStaleRetained();
  staleRetained.onMessage(message(`cspcam/porch/${topic}`, { sequence: 1 }));
  expect(done).toEqual(expected);
});

test('echoes, empty messages and other devices clear nothing', () => {
  const { staleRetained, done } = makeStaleRetained();
  staleRetained.onMessage(message('cspcam/porch/camera/shed/status', '{}', false));
  staleRetained.onMessage(message('cspcam/porch/camera/shed/status', ''));
  staleRetained.onMessage(message('cspcam/barn/camera/shed/status', '{}'));
  staleRetained.onMessage(message('cspcam/porches/camera/shed/status', '{}'));
  expect(done).toEqual([]);
  expect(staleRetained.keptFilters).toEqual([
    'cspcam/porch/camera/+/count/+',
    'cspcam/porch/camera/+/zone/+',
    'cspcam/porch/camera/+/line/+',
    'cspcam/porch/camera/+/status',
  ]);
});

test('after another one of the same run: what there is no more of it is removed, without a look at the broker', () => {
  const before = makeHomeAssistant();
  before.homeAssistant.announce();
  const keys = (payloads: typeof before.payloads, topic: string) =>
    Object.entries(payloads.get(topic)!.components);
  const { homeAssistant, done, payloads } = makeHomeAssistant(true, {
    cameras: { door: { source: 'test:ball' } },
  });
  homeAssistant.announce(before.homeAssistant);
  expect(done, 'the agent is as it was').toEqual([`clear ${FRONT}`, `put ${DOOR}`]);
  const removed = keys(payloads, DOOR).filter(([, component]) => !('unique_id' in component));
  const kept = keys(payloads, DOOR).filter(([, component]) => 'unique_id' in component);
  expect(removed.length).toBeGreaterThan(0);
  expect(removed.every(([, component]) => Object.keys(component).join() === 'platform')).toBe(true);
  expect([...removed, ...kept].map(([key]) => key).sort()).toEqual(
    [...new Set([...keys(before.payloads, DOOR), ...kept].map(([key]) => key))].sort(),
  );
});

test.each([
  ['switched off', false, 'homeassistant', [`clear ${AGENT}`, `clear ${DOOR}`, `clear ${FRONT}`]],
  [
    'another prefix',
    true,
    'ha',
    [AGENT, DOOR, FRONT].flatMap((topic) => [
      `clear ${topic}`,
      `put ${topic.replace('homeassistant', 'ha')}`,
    ]),
  ],
] as const)('after another one of the same run: %s', (_, enabled, prefix, expected) => {
  const before = makeHomeAssistant();
  before.homeAssistant.announce();
  const { homeAssistant, done } = makeHomeAssistant(enabled, {}, prefix);
  homeAssistant.announce(before.homeAssistant);
  expect(done.toSorted()).toEqual(expected.toSorted());
});
