// Two configurations -> what a reload from one to the other does.

import { expect, test } from 'vitest';
import { complete, configFile } from '../../../agent/config/schema.js';
import type { Setup } from '../../../agent/inference/setup.js';
import { type Changes, changesBetween } from '../../../agent/reload/changes.js';
import { wordsOf } from '../../../agent/reload/words.js';

const PERSON = { name: 'a', input: { width: 320, height: 320 }, labels: ['person'] };
const SQUARE = [
  [0, 0],
  [1, 0],
  [1, 1],
  [0, 1],
];
const TWO = { door: { source: 'rtsp://door/s' }, yard: { source: 'rtsp://yard/s' } };

interface Other {
  readonly model?: object;
  readonly directory?: string;
  readonly execution?: object;
  readonly capture?: object;
}

function setupOf(
  keys: Record<string, unknown>,
  { model, directory = 'a', execution, capture }: Other = {},
): Setup {
  const mqtt = { url: 'mqtt://broker', ...(keys['mqtt'] as object | undefined) };
  const config = complete(configFile.parse({ device: 'porch', cameras: TWO, ...keys, mqtt }));
  return {
    config,
    model: { directory, description: { ...PERSON, ...model } },
    reasons: [],
    execution: { profile: 'pc', mode: 'latency', sessions: 1, threads: 2, ...execution },
    machine: { limits: { profile: { capture: { ...capture } } } },
  } as unknown as Setup;
}

const door = (keys: object) => ({ cameras: { ...TWO, door: { ...TWO.door, ...keys } } });

type Happens = 'opened' | 'counted' | 'pictures';

/** Of the camera `door`; `yard` is as it was. */
const ofCamera: [key: string, keys: object, happens: readonly Happens[]][] = [
  ['source', { source: 'rtsp://door/other' }, ['opened']],
  ['detect', { detect: 'rtsp://door/sub' }, ['opened', 'pictures']],
  ['transport', { transport: 'udp' }, ['opened']],
  ['tls', { tls: { ca: 'a.pem' } }, ['opened']],
  ['loop', { loop: true }, ['opened']],
  ['stallTimeoutSeconds', { stallTimeoutSeconds: 20 }, ['opened']],
  ['keyFrameTimeoutSeconds', { keyFrameTimeoutSeconds: 20 }, ['opened']],
  ['memoryLimitMegabytes', { memoryLimitMegabytes: 500 }, ['opened']],
  ['maxPictureSize', { maxPictureSize: '1920x1080' }, ['opened']],
  ['motion.enabled', { motion: { enabled: false } }, ['opened']],
  ['masks.privacy', { masks: { privacy: [SQUARE] } }, ['opened', 'pictures']],
  ['masks.motion', { masks: { motion: [SQUARE] } }, ['opened']],
  ['masks.objects', { masks: { objects: [{ points: SQUARE }] } }, []],
  ['enabled', { enabled: false }, []],
  ['minScore', { minScore: 0.5 }, []],
  ['maxFps', { maxFps: 5 }, []],
  // Objects are kept for longer where frames are far apart.
  ['maxFps', { maxFps: 0.5 }, ['counted']],
  ['pictures.send', { pictures: { send: 'none' } }, ['pictures']],
  ['secondLook', { secondLook: 'auto' }, ['opened']],
  ['clips.enabled', { clips: { enabled: true } }, ['opened']],
  // Nothing is kept of one without clips.
  ['clips.beforeSeconds', { clips: { beforeSeconds: 9 } }, []],
  ['clips.maxSeconds', { clips: { maxSeconds: 60 } }, []],
  ['labels', { labels: ['person'] }, ['counted']],
  ['stationarySeconds', { stationarySeconds: 3 }, ['counted']],
  ['zones.steps', { zones: { steps: { points: SQUARE } } }, ['counted']],
  ['lines.gate', { lines: { gate: { points: SQUARE.slice(0, 2) } } }, ['counted']],
];

const happensTo = (changes: Changes, camera: string) => {
  const change = changes.cameras.changed.get(camera);
  if (change === undefined) return undefined;
  const happens: Happens[] = [];
  if (change.isOpenedAnew) happens.push('opened');
  if (change.isCountedAnew) happens.push('counted');
  if (change.hasOtherPictures) happens.push('pictures');
  return happens;
};

/** Everything outside cameras that would be made anew. */
const others = (changes: Changes) =>
  (
    [
      'detector',
      'embeddedBroker',
      'session',
      'names',
      'encodings',
      'regularPictures',
      'regularReports',
      'prometheus',
      'page',
    ] as const
  ).filter((one) => changes[one]);

test.each(ofCamera)('%s of a camera', (key, keys, happens) => {
  for (const [from, to] of [
    [setupOf({}), setupOf(door(keys))],
    [setupOf(door(keys)), setupOf({})],
  ] as const) {
    const changes = changesBetween(from, to);
    expect(happensTo(changes, 'door')).toEqual(happens);
    expect(changes.cameras.changed.get('door')!.keys).toEqual([key]);
    expect(changes.cameras.unchanged).toEqual(['yard']);
    expect([others(changes), changes.keys]).toEqual([[], []]);
    expect(wordsOf(changes)).toBe(`cameras door (${key}); unchanged: yard`);
  }
});

const EMBEDDED = { embeddedBroker: { port: 1884 } };

/** Outside cameras: what is made anew, and what that is to both cameras. */
const ofAll: [key: string, keys: object, anew: readonly string[], happens?: readonly Happens[]][] = [
  ['device', { device: 'barn' }, ['session', 'names', 'encodings']],
  ['mqtt.base', { mqtt: { base: 'home' } }, ['session', 'names', 'encodings']],
  ['mqtt.url', { mqtt: { url: 'mqtt://other' } }, ['session', 'encodings']],
  ['mqtt.protocol', { mqtt: { protocol: '3.1.1' } }, ['session', 'encodings']],
  ['mqtt.keepAliveSeconds', { mqtt: { keepAliveSeconds: 60 } }, ['session', 'encodings']],
  ['mqtt.clientId', { mqtt: { clientId: 'me' } }, ['session', 'encodings']],
  ['mqtt.encodings', { mqtt: { encodings: { onvif: {} } } }, ['encodings']],
  ['mqtt.homeAssistant', { mqtt: { homeAssistant: { prefix: 'ha' } } }, []],
  ['mqtt.outbox', { mqtt: { outbox: { maxMegabytes: 1 } } }, []],
  ['mqtt.embeddedBroker', { mqtt: EMBEDDED }, ['embeddedBroker']],
  ['requests.allow', { requests: { allow: [] } }, []],
  ['requests.keep', { requests: { keep: true } }, []],
  ['stats.intervalSeconds', { stats: { intervalSeconds: 1 } }, ['regularReports']],
  ['stats.prometheus', { stats: { prometheus: {} } }, ['prometheus']],
  ['page', { page: { port: 1234 } }, ['page']],
  ['log.level', { log: { level: 'debug' } }, []],
  ['log.format', { log: { format: 'json' } }, []],
  ['inference.provider', { inference: { provider: 'cuda' } }, ['detector']],
  ['inference.precision', { inference: { precision: 'fp32' } }, ['detector']],
  ['inference.oneLabelOf', { inference: { oneLabelOf: [] } }, ['detector'], ['counted']],
  ['secondLook', { secondLook: true }, [], ['opened']],
  ['minScore', { minScore: 0.2 }, [], []],
  ['minScore', { minScore: 0.05 }, ['detector'], []],
  ['tracking.startScore', { tracking: { startScore: 0.9 } }, [], []],
  ['tracking.keepSeconds', { tracking: { keepSeconds: 9 } }, [], ['counted']],
  ['pictures.send', { pictures: { send: 'always' } }, ['regularPictures'], ['pictures']],
  ['clips.enabled', { clips: { enabled: true } }, [], ['opened']],
  ['clips.maxMegabytes', { clips: { maxMegabytes: 50 } }, []],
  ['clips.folder', { clips: { folder: '/srv/clips' } }, []],
];

test.each(ofAll)('%s', (key, keys, anew, happens) => {
  const changes = changesBetween(setupOf({}), setupOf(keys as Record<string, unknown>));
  expect(changes.keys).toContain(key);
  expect(others(changes)).toEqual(anew);
  for (const camera of ['door', 'yard']) expect(happensTo(changes, camera)).toEqual(happens);
});

const ofMachine: [what: string, other: Other, anew: readonly string[], happens?: readonly Happens[]][] = [
  ['a model of the same picture and labels', { model: { name: 'b' } }, ['detector']],
  ['the same model in another folder', { directory: 'b' }, ['detector']],
  ['a model of another size', { model: { input: { width: 416, height: 416 } } }, ['detector'], ['opened']],
  ['a model of other labels', { model: { labels: ['dog'] } }, ['detector'], ['counted']],
  ['another number of sessions', { execution: { sessions: 2 } }, ['detector']],
  ['another decoder', { capture: { h264: 'nvv4l2decoder' } }, [], ['opened']],
];

test.each(ofMachine)('%s', (_, other, anew, happens) => {
  const changes = changesBetween(setupOf({}), setupOf({}, other));
  expect(others(changes)).toEqual(anew);
  for (const camera of ['door', 'yard']) expect(happensTo(changes, camera)).toEqual(happens);
});

test('a broker of its own that the agent uses is another connection; one that it does not is none', () => {
  const own = { url: undefined, ...EMBEDDED };
  const larger = { ...own, embeddedBroker: { port: 1884, maxClients: 5 } };
  const used = changesBetween(setupOf({ mqtt: own }), setupOf({ mqtt: larger }));
  expect(others(used)).toEqual(['embeddedBroker', 'session', 'encodings']);
  const beside = changesBetween(
    setupOf({ mqtt: EMBEDDED }),
    setupOf({ mqtt: { embeddedBroker: { port: 1884, maxClients: 5 } } }),
  );
  expect(others(beside)).toEqual(['embeddedBroker']);
});

test('cameras come and go, and the same again changes nothing', () => {
  const from = setupOf({});
  const to = setupOf({ cameras: { yard: TWO.yard, shed: { source: 'test:ball' } } });
  const changes = changesBetween(from, to);
  expect(changes.cameras).toEqual({
    added: ['shed'],
    removed: ['door'],
    changed: new Map(),
    unchanged: ['yard'],
  });
  expect(wordsOf(changes)).toBe('cameras shed (added), door (removed); unchanged: yard');
  const none = changesBetween(from, setupOf({}));
  expect([wordsOf(none), others(none), none.cameras.unchanged]).toEqual([
    'nothing has changed',
    [],
    ['door', 'yard'],
  ]);
});

test('words name keys and never what they hold', () => {
  const other = setupOf({
    mqtt: { url: 'mqtt://joe:se3cret@broker' },
    cameras: { ...TWO, door: { source: 'rtsp://joe:se3cret@door/s' } },
  });
  expect(wordsOf(changesBetween(setupOf({}), other))).toBe(
    'cameras door (source), mqtt.url; unchanged: yard',
  );
});
