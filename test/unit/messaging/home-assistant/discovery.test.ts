// Discovery messages -> Home Assistant's keys and values, each message field by field.

import { describe, expect, test } from 'vitest';
import type { Component } from '../../../../agent/messaging/home-assistant/component.js';
import { discoveryTopic } from '../../../../agent/messaging/home-assistant/discovery.js';
import { messageSchema } from '../../../../agent/messaging/schemas.js';
import { topicTable } from '../../../../agent/messaging/topics.js';
import { hasJinja, renderTemplates } from '../../../support/jinja.js';
import { labels, porchConfig, porchDiscoveries } from './porch.js';

// The key tables of Home Assistant's MQTT discovery.
const rootKeys = {
  required: ['device', 'origin', 'components'],
  allowed: ['availability', 'availability_mode', 'state_topic', 'command_topic', 'qos', 'encoding'],
};
const deviceKeys = {
  required: ['identifiers', 'name'],
  allowed: [
    'manufacturer',
    'model',
    'model_id',
    'hw_version',
    'sw_version',
    'serial_number',
    'via_device',
    'suggested_area',
    'configuration_url',
  ],
};
const originKeys = { required: ['name'], allowed: ['sw_version', 'support_url'] };
const availabilityKeys = {
  required: ['topic'],
  allowed: ['payload_available', 'payload_not_available', 'value_template'],
};
const entityKeys = {
  required: ['platform', 'unique_id', 'default_entity_id', 'name'],
  allowed: [
    'entity_category',
    'enabled_by_default',
    'icon',
    'json_attributes_topic',
    'json_attributes_template',
    'availability',
  ],
};
const platformKeys: Record<Component['platform'], { required: string[]; allowed: string[] }> = {
  sensor: {
    required: ['state_topic', 'value_template'],
    allowed: [
      'unit_of_measurement',
      'device_class',
      'state_class',
      'suggested_display_precision',
      'expire_after',
    ],
  },
  binary_sensor: { required: ['state_topic', 'value_template'], allowed: ['device_class', 'off_delay'] },
  image: { required: ['image_topic'], allowed: ['content_type'] },
  event: { required: ['state_topic', 'event_types'], allowed: ['value_template', 'device_class'] },
};

const deviceClasses: Record<string, Record<string, string[] | undefined>> = {
  sensor: {
    duration: ['d', 'h', 'min', 's', 'ms', 'μs'],
    temperature: ['°C', '°F', 'K'],
    data_size: ['bit', 'kbit', 'Mbit', 'Gbit', 'B', 'kB', 'MB', 'GB', 'TB', 'KiB', 'MiB', 'GiB', 'TiB'],
  },
  binary_sensor: { connectivity: [], occupancy: [] },
};
const stateClasses: Record<string, string[] | undefined> = {
  duration: ['measurement', 'total', 'total_increasing'],
  temperature: ['measurement'],
  data_size: ['measurement', 'total', 'total_increasing'],
};

const messages = porchDiscoveries();
const [agent, door, frontDoor] = [...messages.values()];
const components = [...messages.values()].flatMap((message) => Object.entries(message.components));
const ofPlatform = (platform: string) => components.filter(([, one]) => one.platform === platform);

function hasOnly(value: object, ...tables: { required: string[]; allowed: string[] }[]): void {
  const required = tables.flatMap((table) => table.required);
  const allowed = [...required, ...tables.flatMap((table) => table.allowed)];
  expect(required.filter((key) => !(key in value))).toEqual([]);
  expect(Object.keys(value).filter((key) => !allowed.includes(key))).toEqual([]);
  expect(Object.values(value).filter((field) => field === undefined || field === '')).toEqual([]);
}

/** Topics that the agent publishes, of any camera, label, zone or line, and whether they are retained. */
const pictures = ['snapshot', 'crop'].map((kind) => ({ path: `camera/<id>/${kind}`, retain: true }));
const published = [...Object.values(topicTable), ...pictures].map(({ path, retain }) => ({
  pattern: new RegExp(`^cspcam/porch/${path.replace(/<\w+>/g, '[^/+#]+')}$`),
  retain,
}));
const publishedAt = (topic: string) => published.filter(({ pattern }) => pattern.test(topic));

describe('devices', () => {
  test('one for the agent and one for each camera, at topics of their own', () => {
    expect([...messages.keys()]).toEqual([
      'ha/discovery/device/cspcam_porch/config',
      'ha/discovery/device/cspcam_porch_door/config',
      'ha/discovery/device/cspcam_porch_front__door/config',
    ]);
  });

  test.each([...messages])('%s has the keys of the device form', (topic, message) => {
    expect(topic).toMatch(/\/device\/[a-zA-Z0-9_-]+\/config$/);
    hasOnly(message, rootKeys);
    hasOnly(message.device, deviceKeys);
    hasOnly(message.origin, originKeys);
    expect(['all', 'any', 'latest']).toContain(message.availability_mode);
    for (const at of message.availability) {
      hasOnly(at, availabilityKeys);
      expect(publishedAt(at.topic)).toMatchObject([{ retain: true }]);
    }
  });

  test('cameras are seen through the agent', () => {
    expect(agent!.device).toEqual({
      identifiers: ['cspcam_porch'],
      name: 'Porch',
      manufacturer: 'cspcam',
      model: 'Camera agent',
      model_id: 'tiny',
      sw_version: '1.2.3',
    });
    expect(frontDoor!.device).toEqual({
      identifiers: ['cspcam_porch_front__door'],
      name: 'Porch front door',
      manufacturer: 'cspcam',
      model: 'Camera',
      sw_version: '1.2.3',
      via_device: 'cspcam_porch',
    });
  });

  test('names with _ in them never meet', () => {
    const topics = [
      ['a', undefined],
      ['a_b', undefined],
      ['a', 'b'],
      ['a_', 'b'],
      ['a', 'b_'],
      ['a_b', 'c'],
      ['a', 'b_c'],
      ['a_b_c', undefined],
      ['a-b', 'c'],
    ].map(([device, camera]) => discoveryTopic('homeassistant', device!, camera));
    expect(new Set(topics).size).toBe(topics.length);
  });
});

describe('entities', () => {
  test('of the agent', () => {
    expect(Object.keys(agent!.components)).toEqual([
      'inference_p95',
      'latency_p95',
      'temperature',
      'cpu',
      'memory',
      'uptime',
    ]);
  });

  test('of a camera: labels that are common, all of its zones and lines', () => {
    expect(Object.keys(door!.components)).toEqual([
      'count.person',
      'count.bicycle',
      'count.car',
      ...['zone.steps.occupancy', 'zone.steps.count'],
      ...['zone.steps.occupancy.person', 'zone.steps.occupancy.bicycle', 'zone.steps.occupancy.car'],
      ...[
        'zone.yard.occupancy',
        'zone.yard.count',
        'zone.yard.occupancy.car',
        'zone.yard.occupancy.d%27Artagnan%5C',
      ],
      ...['zone.lawn.occupancy', 'zone.lawn.count'],
      ...['line.gate.in', 'line.gate.out'],
      ...['events', 'snapshot', 'crop', 'connectivity', 'fps', 'dropped'],
    ]);
  });

  test('of a camera with labels of its own: those that the model knows', () => {
    expect(Object.keys(frontDoor!.components).slice(0, 2)).toEqual(['count.d%27Artagnan%5C', 'events']);
  });

  test('ids are unique, stay the same over restarts and fit', () => {
    const ids = components.map(([, { unique_id }]) => unique_id);
    expect(new Set(ids).size).toBe(ids.length);
    const proposed = components.map(([, { default_entity_id }]) => default_entity_id);
    expect(new Set(proposed).size).toBe(proposed.length);
    const again = [...porchDiscoveries().values()].flatMap((message) => Object.values(message.components));
    expect(again.map(({ unique_id }) => unique_id)).toEqual(ids);
    for (const [key, { platform, default_entity_id }] of components) {
      expect(key).toMatch(/^[A-Za-z0-9_.%-]+$/);
      expect(default_entity_id).toMatch(new RegExp(`^${platform}\\.[a-z0-9][a-z0-9_]*$`));
    }
  });

  test('every topic is one that the agent publishes', () => {
    for (const [key, component] of components) {
      const topics = Object.entries(component).filter(([name]) => name.endsWith('topic'));
      expect(topics.length, key).toBeGreaterThan(0);
      for (const [, topic] of topics) expect(publishedAt(topic as string), key).toHaveLength(1);
    }
  });

  test('what comes on no retained topic says when it is no longer true', () => {
    for (const [key, component] of ofPlatform('sensor')) {
      if (component.platform !== 'sensor') continue;
      const isRetained =
        publishedAt(component.state_topic)[0]!.retain && !component.state_topic.endsWith('/health');
      expect(component.expire_after === undefined, key).toBe(isRetained);
    }
  });

  test('of diagnostics none is on by default, and none has a new value more than once a minute', () => {
    const diagnostics = components.filter(([, { entity_category }]) => entity_category === 'diagnostic');
    expect(diagnostics.length).toBeGreaterThan(6);
    for (const [key, component] of components) {
      const isDiagnostic = component.entity_category === 'diagnostic';
      expect(component.enabled_by_default, key).toBe(isDiagnostic ? false : undefined);
      const topics = Object.entries(component).filter(([name]) => name.endsWith('topic'));
      for (const [, topic] of topics) expect(topic, key).not.toMatch(/\/(stats|detections)$/);
    }
  });

  test('values expire after three intervals, which are a minute at least', () => {
    const after = (intervalSeconds: number) => {
      const message = porchDiscoveries({ stats: { intervalSeconds } }).get(
        'ha/discovery/device/cspcam_porch/config',
      )!;
      return (message.components.cpu as { expire_after?: number }).expire_after;
    };
    expect([1, 5, 7, 45, 59, 60, 300].map(after)).toEqual([180, 180, 189, 270, 354, 180, 900]);
  });
});

describe.each(Object.entries(platformKeys))('%s', (platform, keys) => {
  const all = ofPlatform(platform);
  test('there are some', () => expect(all.length).toBeGreaterThan(1));

  test.each(all)('%s has its keys, and no others', (_, component) => {
    hasOnly(component, entityKeys, keys);
    expect([undefined, 'diagnostic']).toContain(component.entity_category);
    expect(component.icon ?? 'mdi:x').toMatch(/^mdi:[a-z0-9-]+$/);
    for (const at of component.availability ?? []) hasOnly(at, availabilityKeys);
  });
});

test.each(ofPlatform('sensor'))(
  'sensor %s: device class, unit and state class fit each other',
  (_, component) => {
    if (component.platform !== 'sensor') throw new Error('not a sensor');
    const {
      device_class,
      unit_of_measurement,
      state_class,
      suggested_display_precision = 0,
      expire_after = 1,
    } = component;
    if (device_class !== undefined) {
      expect(deviceClasses.sensor![device_class]).toContain(unit_of_measurement);
      expect(stateClasses[device_class]).toContain(state_class);
    }
    expect(['measurement', 'total_increasing']).toContain(state_class);
    expect(
      Number.isInteger(suggested_display_precision) && Number.isInteger(expire_after) && expire_after > 0,
    ).toBe(true);
  },
);

test.each(ofPlatform('binary_sensor'))('binary sensor %s is of a device class', (_, component) => {
  if (component.platform !== 'binary_sensor') throw new Error('not a binary sensor');
  expect(Object.keys(deviceClasses.binary_sensor!)).toContain(component.device_class);
});

test.each(ofPlatform('image'))('image %s is a JPEG from a retained topic', (_, component) => {
  expect(component).toMatchObject({
    image_topic: expect.stringMatching(/\/(snapshot|crop)$/),
    content_type: 'image/jpeg',
  });
});

test.each(ofPlatform('event'))(
  'event %s has the types of the payload, and is not retained',
  (_, component) => {
    if (component.platform !== 'event') throw new Error('not an event');
    const schema = messageSchema('events').shape.event as unknown as { options: string[] };
    expect(component.event_types).toEqual(schema.options);
    expect(publishedAt(component.state_topic)).toMatchObject([{ retain: false }]);
  },
);

const stats = {
  latencyMs: { inference: { p95: 19.4 }, total: { p95: 44 } },
  cameras: { door: { inferredFps: 24.6, dropped: 20 } },
  process: { residentBytes: 142_000_000 },
  system: { cpuPercent: 48.9, temperaturesC: { cpu: 41.5, gpu: 43 } },
};
const idle = {
  latencyMs: {},
  cameras: {},
  process: stats.process,
  system: { cpuPercent: 0, temperaturesC: {} },
};
const track = { id: 17, label: 'say "hi" <b>', score: 0.9 };

const values: [
  device: 'porch' | 'door' | 'front_door',
  key: string,
  message: object,
  value: string | object,
][] = [
  ['porch', 'inference_p95', stats, '19.4'],
  ['porch', 'inference_p95', idle, 'None'],
  ['porch', 'latency_p95', stats, '44'],
  ['porch', 'temperature', stats, '43'],
  ['porch', 'temperature', idle, 'None'],
  ['porch', 'cpu', stats, '48.9'],
  ['porch', 'memory', stats, '142.0'],
  ['porch', 'uptime', { uptimeSeconds: 420 }, '420'],
  ['door', 'fps', stats, '24.6'],
  ['door', 'fps', idle, 'None'],
  ['door', 'dropped', stats, '20'],
  ['front_door', 'dropped', stats, 'None'],
  ['door', 'count.person', { count: 2, stationary: 1 }, '2'],
  ['door', 'zone.steps.occupancy', { occupied: true, byLabel: {} }, 'ON'],
  ['door', 'zone.steps.occupancy', { occupied: false, byLabel: {} }, 'OFF'],
  ['door', 'zone.steps.count', { count: 3 }, '3'],
  ['door', 'zone.steps.occupancy.person', { byLabel: { person: 1, car: 0 } }, 'ON'],
  ['door', 'zone.steps.occupancy.car', { byLabel: { person: 1, car: 0 } }, 'OFF'],
  ['door', 'zone.steps.occupancy.car', { byLabel: {} }, 'OFF'],
  ['door', 'zone.yard.occupancy.d%27Artagnan%5C', { byLabel: { [labels[3]!]: 2 } }, 'ON'],
  ['door', 'line.gate.in', { in: 3, out: 2 }, '3'],
  ['door', 'line.gate.out', { in: 3, out: 2 }, '2'],
  ['door', 'connectivity', { state: 'running' }, 'ON'],
  ['door', 'connectivity', { state: 'retrying' }, 'OFF'],
  [
    'door',
    'events',
    { event: 'track_start', track },
    {
      event_type: 'track_start',
      label: 'say "hi" <b>',
      track: 17,
      score: 0.9,
      zone: null,
      line: null,
      seconds: null,
    },
  ],
  [
    'door',
    'events',
    { event: 'zone_leave', track, zone: 'steps', seconds: 4.2 },
    {
      event_type: 'zone_leave',
      label: 'say "hi" <b>',
      track: 17,
      score: 0.9,
      zone: 'steps',
      line: null,
      seconds: 4.2,
    },
  ],
];

describe.skipIf(!hasJinja)('templates, by Jinja (skipped where Python has none)', () => {
  const of = { porch: agent!, door: door!, front_door: frontDoor! };
  const templates = values.map(([device, key, message]) => {
    const component = of[device].components[key];
    return [(component as { value_template: string }).value_template, message] as const;
  });
  const rendered = hasJinja ? renderTemplates(templates) : [];
  test.each(values.map((row, i) => [...row, rendered[i]!] as const))(
    '%s %s %j',
    (_, __, ___, value, text) => {
      expect(typeof value === 'string' ? text : JSON.parse(text)).toEqual(value);
    },
  );

  test('every template is in the table', () => {
    const keys = components.filter(([, one]) => 'value_template' in one).map(([key]) => key.split('.')[0]);
    const tried = values.map(([, key]) => key.split('.')[0]);
    expect(keys.filter((key) => !tried.includes(key))).toEqual([]);
  });

  test('attributes of a camera stay the same while it is tried again', () => {
    const { json_attributes_template } = door!.components.connectivity as {
      json_attributes_template: string;
    };
    const status = { camera: 'door', state: 'retrying', since: 'then', restarts: 2, failure: 'unreachable' };
    const tries = [1, 2].map((attempt) => ({ ...status, attempt, retryInMs: 1000 * attempt }));
    const said = renderTemplates(tries.map((message) => [json_attributes_template, message]));
    const expected = { ...status, source: null, message: null };
    expect(said.map((text) => JSON.parse(text))).toEqual([expected, expected]);
  });

  test.each([
    ['online', 'running', ['online', 'online']],
    ['offline', 'running', ['offline', 'online']],
    ['online', 'retrying', ['online', 'offline']],
    ['online', 'stopped', ['online', 'offline']],
  ])('agent %s, camera %s', (state, status, available) => {
    const said = renderTemplates(
      door!.availability.map(({ topic, value_template }) => [
        value_template,
        { state: topic.endsWith('/status') ? status : state },
      ]),
    );
    expect(said).toEqual(available);
  });
});

test('a camera of which no picture is made has no image, and everything else', () => {
  const keysOf = (changes: Record<string, unknown>) =>
    [...porchDiscoveries(changes).values()].map(({ components }) => Object.keys(components));
  const all = keysOf({});
  expect(all.flat().filter((key) => key === 'snapshot').length).toBeGreaterThan(0);
  expect(keysOf({ pictures: { send: 'none' } })).toEqual(
    all.map((keys) => keys.filter((key) => key !== 'snapshot' && key !== 'crop')),
  );
  expect(keysOf({ pictures: { retain: false } })).toEqual(all);
});

test('a camera that keeps clips tells of them', () => {
  const message = [...porchDiscoveries({ clips: { enabled: true } }).values()][1]!;
  const { clips } = message.components;
  expect(clips).toMatchObject({ platform: 'event', state_topic: 'cspcam/porch/camera/door/clips' });
  const { value_template, event_types } = clips as unknown as {
    value_template: string;
    event_types: string[];
  };
  const about = {
    file: 'a.mp4',
    path: '/b/a.mp4',
    startedAt: 'then',
    seconds: 9.5,
    end: 'done',
    zones: ['yard'],
    lines: [],
  };
  const tracks = [1, 2, 3].map((id) => ({ id, label: id === 2 ? 'say "hi" <b>' : 'car' }));
  if (!hasJinja) return;
  const [said] = renderTemplates([[value_template, { ...about, tracks, bytes: 5 }]]);
  expect(JSON.parse(said!)).toEqual({
    event_type: event_types[0],
    labels: ['car', 'say "hi" <b>'],
    ...about,
  });
});

test('the configuration has a prefix of its own, and is on by default', () => {
  expect(porchConfig({ mqtt: { url: 'mqtt://127.0.0.1' } }).mqtt.homeAssistant).toEqual({
    enabled: true,
    prefix: 'homeassistant',
  });
});
