// What analytics and telemetry say -> the messages that are published, and those that are not.

import { expect, test } from 'vitest';
import type { SceneCounts } from '../../../agent/analytics/scene/events.js';
import { Announcements } from '../../../agent/messaging/announcements.js';
import { type Message, messageSchema } from '../../../agent/messaging/schemas.js';

const counters = { published: 4, droppedOffline: 3, droppedSlow: 2, refused: 7, connects: 1 };
const outbox = {
  report: {
    ...{ produced: 9, delivered: 3, refused: 1, expired: 0, evicted: 3, pending: 2, inMemory: 1 },
    refusedFor: { 'not-authorized': 1 },
    evictedFor: { space: 1, damaged: 2 },
  },
};

const refusedTopic = { of: 'message', topic: 'a', reason: 'not-authorized', count: 2, bytes: 9 } as const;

function setUp() {
  const published: Message[] = [];
  const cleared: Message['body'][] = [];
  const announcements = new Announcements({
    model: 'yolo',
    publisher: {
      counters,
      publish: (message) => published.push(message),
      publishPicture: () => {},
      clear: (message) => cleared.push(message.body),
    },
    outbox,
    refusals: { report: { refused: { 'not-authorized': 2 }, topics: [refusedTopic] } },
  });
  const take = () => published.splice(0).map(({ kind, body }) => [kind, body]);
  return { announcements, take, cleared };
}

/** Whether a message of the kind is what its schema says. */
function expectToFit(kind: Message['kind'], body: unknown): void {
  const envelope = { schemaVersion: 1, bootId: 'b', sequence: 0, sentAt: new Date(0).toISOString() };
  const message = { ...envelope, ...(body as object) };
  expect(messageSchema(kind).parse(message)).toEqual(message);
}

const people = (visible: number, stationary = 0): SceneCounts => ({
  labels: { person: { visible, stationary }, dog: { visible: 0, stationary: 0 } },
  zones: { steps: { person: visible, dog: 0 } },
  lines: { gate: { in: 1, out: 0 } },
});

test('counts are published where they changed, each camera for itself', () => {
  const { announcements, take } = setUp();
  announcements.counts('door', people(1));
  expect(take()).toEqual([
    ['count', { camera: 'door', label: 'person', count: 1, stationary: 0 }],
    ['count', { camera: 'door', label: 'dog', count: 0, stationary: 0 }],
    ['zone', { camera: 'door', zone: 'steps', occupied: true, count: 1, byLabel: { person: 1, dog: 0 } }],
    ['line', { camera: 'door', line: 'gate', in: 1, out: 0 }],
  ]);
  announcements.counts('door', people(1));
  expect(take()).toEqual([]);
  announcements.counts('door', people(1, 1));
  expect(take()).toEqual([['count', { camera: 'door', label: 'person', count: 1, stationary: 1 }]]);
  announcements.counts('yard', people(1, 1));
  expect(take()).toHaveLength(4);
  announcements.counts('door', people(0));
  expect(take()).toMatchObject([
    ['count', { label: 'person', count: 0 }],
    ['zone', { zone: 'steps', occupied: false, count: 0 }],
  ]);
});

test('labels whose topics are the same are two counts', () => {
  const { announcements, take } = setUp();
  const labels = { Car: { visible: 1, stationary: 0 }, car: { visible: 2, stationary: 0 } };
  announcements.counts('door', { labels, zones: {}, lines: {} });
  take();
  const one = { visible: 3, stationary: 0 };
  announcements.counts('door', { labels: { ...labels, car: one }, zones: {}, lines: {} });
  expect(take()).toMatchObject([['count', { label: 'car', count: 3 }]]);
});

test('health and stats carry what became of events and messages', () => {
  const { announcements, take } = setUp();
  announcements.health({
    uptimeSeconds: 12.6,
    residentBytes: 5,
    inferenceAgeSeconds: 0.456,
    detector: {
      state: 'failing',
      failures: 3,
      failure: 'memory',
      message: 'mqtt://joe:secret@broker is no memory',
    },
    cameras: { door: { state: 'running', restarts: 3 } },
  });
  announcements.stats({
    intervalSeconds: 1,
    cameras: {},
    latencyMs: {},
    process: { cpuPercent: 0, residentBytes: 0 },
    system: { cpuPercent: 0, memoryUsedBytes: 0, memoryTotalBytes: 0, temperaturesC: {} },
  });
  const [health, stats, diagnostics] = take();
  expect(health).toMatchObject([
    'health',
    {
      uptimeSeconds: 13,
      inferenceAgeSeconds: 0.5,
      detector: {
        state: 'failing',
        failures: 3,
        failure: 'memory',
        message: expect.not.stringContaining('secret'),
      },
      cameras: { door: { state: 'running', restarts: 3 } },
      events: outbox.report,
    },
  ]);
  expect(stats).toMatchObject(['stats', { mqtt: counters }]);
  expectToFit('health', health![1]);
  expectToFit('stats', stats![1]);
  expect(diagnostics).toEqual(['diagnostics', stats![1]]);
  const detector = { state: 'working', failures: 0 } as const;
  const unborn = {
    uptimeSeconds: 1,
    residentBytes: 5,
    inferenceAgeSeconds: undefined,
    detector,
    cameras: {},
  };
  announcements.health(unborn);
  const [[, body]] = take() as [[string, object]];
  expect(body).toMatchObject({ inferenceAgeSeconds: null });
  expectToFit('health', body);
});

test.each([
  [5, 12],
  [7, 9],
  [60, 1],
  [4.999, 12],
  [59.98, 1],
  [300, 1],
])('stats every %d s: diagnostics with the first, then with every %dth', (intervalSeconds, nth) => {
  const { announcements, take } = setUp();
  const kinds: string[] = [];
  for (let message = 0; message <= 3 * nth; message++) {
    announcements.stats({
      intervalSeconds,
      cameras: {},
      latencyMs: {},
      process: { cpuPercent: 0, residentBytes: 0 },
      system: { cpuPercent: 0, memoryUsedBytes: 0, memoryTotalBytes: 0, temperaturesC: {} },
    });
    kinds.push(take().length === 2 ? 'both' : 'stats');
  }
  const at = kinds.flatMap((kind, index) => (kind === 'both' ? [index] : []));
  expect(at).toEqual([0, nth, 2 * nth, 3 * nth]);
});

test('what is counted no more is cleared, and all counts can be told again', () => {
  const { announcements, take, cleared } = setUp();
  announcements.counts('door', people(1));
  take();
  announcements.counts('door', { labels: { person: { visible: 1, stationary: 0 } }, zones: {}, lines: {} });
  expect(take()).toEqual([]);
  expect(cleared.splice(0)).toMatchObject([
    { camera: 'door', label: 'dog' },
    { camera: 'door', zone: 'steps' },
    { camera: 'door', line: 'gate' },
  ]);
  announcements.countsAgain();
  expect(take()).toMatchObject([['count', { label: 'person', count: 1 }]]);
  announcements.forget('door');
  announcements.countsAgain();
  expect([take(), cleared]).toEqual([[], []]);
});
