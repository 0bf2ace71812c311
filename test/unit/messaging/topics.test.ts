// Topics and payloads -> the contract, and what the documentation says of it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import type { Config } from '../../../agent/config/schema.js';
import { infoBody, statsBody, statusBody } from '../../../agent/messaging/payloads/agent.js';
import { detectionsBody } from '../../../agent/messaging/payloads/frames.js';
import { round } from '../../../agent/messaging/payloads/numbers.js';
import { messageSchema, messagesJsonSchema } from '../../../agent/messaging/schemas.js';
import { type MessageKind, topicLevel, topicOf, topicTable } from '../../../agent/messaging/topics.js';
import type { ModelDescription } from '../../../models/folder/description.js';
import { seededRandom } from '../../../models/networks/random.js';
import { detectionsMessage } from '../../support/messages.js';
import { mqttConfig } from '../../support/publisher.js';

test('ids stand in topics as they are, labels as their levels', () => {
  const body = { camera: 'front_door', zone: 'back_yard', line: 'main_gate', label: 'traffic_light' };
  const topics = (['zone', 'line', 'count'] as const).map((kind) => topicOf('cspcam', 'porch_2', kind, body));
  const below = 'cspcam/porch_2/camera/front_door';
  expect(topics).toEqual([
    `${below}/zone/back_yard`,
    `${below}/line/main_gate`,
    `${below}/count/traffic__light`,
  ]);
});

test.each([
  ['state', undefined, 'home/cspcam/porch/state'],
  ['info', undefined, 'home/cspcam/porch/info'],
  ['status', 'door', 'home/cspcam/porch/camera/door/status'],
  ['detections', 'door', 'home/cspcam/porch/camera/door/detections'],
  ['stats', undefined, 'home/cspcam/porch/stats'],
] as const)('%s of %s', (kind, camera, topic) => {
  expect(topicOf('home/cspcam', 'porch', kind, { camera })).toBe(topic);
});

const messages = join(import.meta.dirname, '../../../agent/messaging/messages.schema.json');

test('messages.schema.json is the schemas (else: npm run schema)', () => {
  expect(JSON.parse(readFileSync(messages, 'utf8'))).toEqual(messagesJsonSchema());
});

const fits = new Ajv2020({ strict: false, validateFormats: false }).compile(messagesJsonSchema());
const envelope = { schemaVersion: 1, bootId: 'c1f4', sequence: 0, sentAt: '2026-01-02T03:04:05.678Z' };
test.each([
  ['a state', { ...envelope, state: 'online' }, true],
  ['a key of a later version', { ...envelope, state: 'online', uptime: 1 }, true],
  ['a state that there is not', { ...envelope, state: 'asleep' }, false],
  ['another schema version', { ...envelope, schemaVersion: 2, state: 'online' }, false],
  ['no envelope', { state: 'online' }, false],
  ['detections', { ...envelope, ...detectionsMessage(0).body }, true],
])('an independent validator reads messages.schema.json: %s', (_, message, expected) => {
  expect(fits(message)).toBe(expected);
});

describe('README', () => {
  const readme = readFileSync(join(import.meta.dirname, '../../../agent/messaging/README.md'), 'utf8');
  test.each(Object.entries(topicTable))(
    '%s stands in the table as it is',
    (_, { path, retain, qos, about, maximumBytes }) => {
      expect(readme.replace(/ +/g, ' ')).toContain(
        `| \`${path}\` | ${retain ? 'yes' : 'no'} | ${qos} | ${maximumBytes / 1024} | ${about} |`,
      );
    },
  );

  const examples = [...readme.matchAll(/^`([a-z/<>]+)`:\n\n```json\n([\s\S]*?)```/gm)];
  test('each topic has an example', () => {
    expect(examples.map(([, path]) => path)).toEqual(Object.values(topicTable).map(({ path }) => path));
  });
  test.each(examples.map(([, path, json]) => [path!, json!] as const))(
    'the example of %s fits its schema',
    (path, json) => {
      const kind = Object.entries(topicTable).find(([, row]) => row.path === path)![0] as MessageKind;
      const message: unknown = JSON.parse(json);
      expect(messageSchema(kind).parse(message)).toEqual(message);
    },
  );
});

test.each([
  [1.25, 1, 1.3],
  [-0.04, 1, 0],
  [0.30000000000000004, 3, 0.3],
  [1e6 + 0.06, 1, 1000000.1],
  [17, 2, 17],
])('%d to %d digits is %d', (value, digits, rounded) => {
  expect(round(value, digits)).toBe(rounded);
});

test('detections are compact, in source pixels, with their age', () => {
  const { body } = detectionsMessage(3, 1);
  expect(body).toEqual({
    camera: 'door',
    frame: {
      sequence: 3,
      capturedAt: '2026-01-02T03:04:05.678Z',
      mediaTimeMs: 120,
      ageMs: 42.3,
      sourceSize: { width: 1280, height: 720 },
      inputSize: { width: 320, height: 320 },
      content: { x: 0, y: 70, width: 320, height: 180 },
    },
    model: 'yolo-fastest',
    inferenceMs: 17.3,
    detections: [{ label: 'person', score: 0.912, box: [10, 20.1, 110.1, 221] }],
    tracks: [],
  });
});

test('a frame from the future of a stepped clock has no negative age', () => {
  const frame = {
    source: 'a',
    sequence: 0,
    capturedAtMs: 0,
    capturedMonotonicMs: 10,
    mediaTimeMs: -1,
    sourceSize: { width: 1, height: 1 },
    inputSize: { width: 1, height: 1 },
    content: { x: 1 / 3, y: 0, width: 1, height: 1 },
  };
  const report = { frame, inferenceMs: 1, tracks: [], sourceDetections: [], reportedMonotonicMs: 5 };
  const body = detectionsBody(report, 'm');
  expect(body.frame).toMatchObject({ ageMs: 0, mediaTimeMs: 0, content: { x: 0.3 } });
});

test('stats are compact; stages come in their order', () => {
  const times = { p50: 1.23456, p95: 2, p99: 3.005, max: 9.999, count: 7 };
  const frames = { captured: 10, inferred: 5, skipped: 3, dropped: 2, restarts: 1 };
  const rates = { capturedFps: 3.3333, inferredFps: 1.6666, skippedFps: 1, droppedFps: 0.0049 };
  const mqtt = { published: 1, droppedOffline: 2, droppedSlow: 3, refused: 7, connects: 4 };
  const snapshot = {
    intervalSeconds: 5.00049,
    cameras: { door: { ...frames, ...rates } },
    latencyMs: { total: times, wait: times },
    process: { cpuPercent: 61.25, residentBytes: 1000 },
    system: { cpuPercent: 1 / 3, memoryUsedBytes: 1, memoryTotalBytes: 2, temperaturesC: { cpu: 50.125 } },
  };
  const short = { p50: 1.23, p95: 2, p99: 3.01, max: 10, count: 7 };
  expect(statsBody(snapshot, mqtt)).toEqual({
    intervalSeconds: 5,
    cameras: { door: { ...frames, capturedFps: 3.33, inferredFps: 1.67, skippedFps: 1, droppedFps: 0 } },
    latencyMs: { wait: short, total: short },
    process: { cpuPercent: 61.3, residentBytes: 1000 },
    system: { cpuPercent: 0.3, memoryUsedBytes: 1, memoryTotalBytes: 2, temperaturesC: { cpu: 50.1 } },
    mqtt,
  });
  expect(Object.keys(statsBody(snapshot, mqtt).latencyMs)).toEqual(['wait', 'total']);
});

test('statuses leave out what there is not, and hide passwords', () => {
  const message = 'cannot open rtsp://me:se3cret@camera/';
  expect(
    statusBody({
      camera: 'door',
      state: 'retrying',
      sinceMs: 0,
      restarts: 2,
      source: 'rtsp://me:se3cret@camera/',
      failure: 'refused',
      message,
      retryInMs: 12.6,
      attempt: undefined,
    }),
  ).toEqual({
    camera: 'door',
    state: 'retrying',
    since: '1970-01-01T00:00:00.000Z',
    restarts: 2,
    source: 'rtsp://***@camera/',
    failure: 'refused',
    message: 'cannot open rtsp://***@camera/',
    retryInMs: 13,
  });
});

test('info carries the model and the configuration without passwords', () => {
  const model = {
    name: 'tiny',
    input: { width: 320, height: 320, layout: 'NCHW', type: 'uint8', colour: 'RGB' },
    labels: ['person'],
    parameters: 5,
    bflops: 0.25234,
  } as unknown as ModelDescription;
  const config: Config = {
    device: 'porch',
    mqtt: mqttConfig('mqtt://me:se3cret@broker', { password: 'se3cret' }),
    profile: 'auto',
    minScore: 0.3,
    secondLook: false,
    inference: {
      provider: 'cpu',
      precision: 'auto',
      oneLabelOf: [['car', 'truck']],
      mode: 'auto',
      sessions: 'auto',
      threads: 'auto',
    },
    tracking: { keepSeconds: 2 },
    pictures: { send: 'events', retain: true, everySeconds: 60, resolution: 'source' },
    clips: {
      enabled: false,
      maxMegabytes: 1000,
      beforeSeconds: 5,
      afterSeconds: 5,
      maxSeconds: 120,
      of: ['track'],
    },
    requests: { allow: ['config'], perMinute: 60, keep: false },
    cameras: {
      door: {
        source: 'rtsp://me:se3cret@camera',
        enabled: true,
        loop: false,
        stallTimeoutSeconds: 10,
        keyFrameTimeoutSeconds: 45,
        transport: 'auto',
        memoryLimitMegabytes: 1000,
        maxPictureSize: '7680x4320',
        motion: { enabled: true, lookEverySeconds: 1, keepLookingSeconds: 2 },
        stationarySeconds: 10,
        zones: {},
        lines: {},
        masks: { privacy: [], motion: [], objects: [] },
      },
    },
    stats: { intervalSeconds: 5 },
    log: { level: 'info', format: 'auto' },
  };
  const execution = { profile: 'generic-x86-64', mode: 'latency', sessions: 1, threads: 2 } as const;
  const network = { precision: 'int8', reason: 'it is faster', form: 'vnni' } as const;
  const body = infoBody({ version: '1', node: 'v20', provider: 'cpu', network, model, execution, config });
  expect(body).toMatchObject({
    model: {
      name: 'tiny',
      input: { width: 320, height: 320 },
      bflops: 0.252,
      precision: 'int8',
      precisionReason: 'it is faster',
      form: 'vnni',
    },
    inference: execution,
    cameras: ['door'],
    config: { mqtt: { password: '***' } },
  });
  expect(JSON.stringify(body)).not.toContain('se3cret');
});

/** The way back, as a subscriber would write it by the README. */
function nameOfLevel(level: string): string {
  return level.replace(/__|_|(%[0-9A-F]{2})+/g, (written) => {
    if (written === '__') return '_';
    return written === '_' ? ' ' : Buffer.from(written.replaceAll('%', ''), 'hex').toString();
  });
}

describe('names as levels of topics', () => {
  test.each([
    // As they were before names had to differ.
    ['person', 'person'],
    ['traffic light', 'traffic_light'],
    ['t-shirt', 't-shirt'],
    ['class 12 b', 'class_12_b'],
    // What used to overwrite another.
    ['traffic_light', 'traffic__light'],
    ['Car', 'Car'],
    ['\u884c\u4eba', '\u884c\u4eba'],
    ['\u6c7d\u8f66', '\u6c7d\u8f66'],
    ['caf\u00e9', 'caf\u00e9'],
    ['cafe\u0301', 'cafe\u0301'],
    ["d'Artagnan", 'd%27Artagnan'],
    ['a/b', 'a%2Fb'],
    ['a+b#', 'a%2Bb%23'],
    ['100%', '100%25'],
    ['a_ b', 'a__%20b'],
    ['a  b', 'a%20%20b'],
    [' a', '_a'],
    ['$SYS', '%24SYS'],
    ['\u{1f697}', '%F0%9F%9A%97'],
  ])('%j is %s', (name, level) => {
    expect(topicLevel(name)).toBe(level);
    expect(nameOfLevel(level)).toBe(name);
  });

  test('10,000 names of any characters: one level each, and the way back', () => {
    const random = seededRandom(17);
    const characters = [
      'a',
      'B',
      '7',
      ' ',
      '_',
      '-',
      '%',
      '2',
      '0',
      '5',
      'F',
      '/',
      '+',
      '#',
      '.',
      '\u00e9',
      '\u884c',
      '\u{1f697}',
    ];
    const names = Array.from({ length: 10_000 }, () =>
      Array.from(
        { length: 1 + Math.floor(8 * random()) },
        () => characters[Math.floor(characters.length * random())],
      ).join(''),
    );
    const levels = new Map(names.map((name) => [topicLevel(name), name]));
    expect(levels.size).toBe(new Set(names).size);
    for (const [level, name] of levels) {
      expect(nameOfLevel(level)).toBe(name);
      expect(level).not.toMatch(/[/+#\0]/);
    }
  });
});
