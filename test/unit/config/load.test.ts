// Configuration files that are right -> what the agent works with.

import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { clipsOf } from '../../../agent/config/clips.js';
import { loadConfig } from '../../../agent/config/load.js';
import { picturesOf } from '../../../agent/config/pictures.js';
import { ConfigError } from '../../../agent/config/problem.js';
import { configFile, SMALLEST } from './files.js';

test('the smallest file has every default', async () => {
  expect(await loadConfig(configFile(SMALLEST))).toEqual({
    device: 'porch',
    mqtt: {
      url: 'mqtt://127.0.0.1:1883',
      clientId: 'cspcam-porch',
      base: 'cspcam',
      protocol: '5',
      keepAliveSeconds: 30,
      outbox: { maxMegabytes: 16, maxAgeHours: 48, replayPerSecond: 100 },
      homeAssistant: { enabled: true, prefix: 'homeassistant' },
    },
    profile: 'auto',
    minScore: 0.3,
    secondLook: false,
    inference: {
      provider: 'auto',
      precision: 'auto',
      oneLabelOf: [['car', 'van', 'bus', 'truck']],
      mode: 'auto',
      sessions: 'auto',
      threads: 'auto',
    },
    tracking: { keepSeconds: 2 },
    clips: {
      enabled: false,
      maxMegabytes: 1000,
      beforeSeconds: 5,
      afterSeconds: 5,
      maxSeconds: 120,
      of: ['track'],
    },
    cameras: {
      door: {
        source: 'rtsp://camera.local/stream',
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
    pictures: { send: 'events', retain: true, everySeconds: 60, resolution: 'source' },
    requests: { allow: ['config'], perMinute: 60, keep: false },
    stats: { intervalSeconds: 5 },
    log: { level: 'info', format: 'auto' },
  });
});

test.each<[all: string, own: string, clips: object]>([
  ['', '', { enabled: false, maxSeconds: 120, of: ['track'] }],
  ['{ enabled: true, maxSeconds: 60 }', '', { enabled: true, maxSeconds: 60 }],
  [
    '{ enabled: true, maxSeconds: 60 }',
    '{ enabled: false, of: [zone] }',
    { enabled: false, maxSeconds: 60, of: ['zone'] },
  ],
])('clips %s of all cameras and %s of one', async (all, own, clips) => {
  const camera = SMALLEST.replace('stream" }', `stream"${own && `, clips: ${own}`} }`);
  const config = await loadConfig(configFile(all ? `${camera}clips: ${all}\n` : camera));
  expect(clipsOf(config, 'door')).toMatchObject(clips);
});

test('the folder of clips is relative to the file', async () => {
  const file = configFile(`${SMALLEST}clips: { folder: kept }\n`);
  expect((await loadConfig(file)).clips.folder).toBe(join(dirname(file), 'kept'));
});

test.each<[all: string, own: string, pictures: object]>([
  ['', '', { send: 'events', retain: true, everySeconds: 60, resolution: 'source' }],
  ['{ send: none }', '', { send: 'none', retain: true, everySeconds: 60, resolution: 'source' }],
  ['{ retain: false }', '', { send: 'events', retain: false, everySeconds: 60, resolution: 'source' }],
  [
    '{ send: none }',
    '{ send: events }',
    { send: 'events', retain: true, everySeconds: 60, resolution: 'source' },
  ],
  [
    '{ retain: false, everySeconds: 5 }',
    '{ send: always }',
    { send: 'always', retain: false, everySeconds: 5, resolution: 'source' },
  ],
  [
    '{ send: none, retain: false }',
    '{ retain: true }',
    { send: 'none', retain: true, everySeconds: 60, resolution: 'source' },
  ],
])('pictures %j, of the camera %j', async (all, own, expected) => {
  const camera = SMALLEST.replace('stream" }', `stream"${own && `, pictures: ${own}`} }`);
  const config = await loadConfig(configFile(all ? `${camera}pictures: ${all}\n` : camera));
  expect(picturesOf(config, 'door')).toEqual(expected);
});

test('a zone and a line have every default', async () => {
  const points = '[[0, 0], [1, 0], [1, 1]]';
  const text = SMALLEST.replace(
    'stream" }',
    `stream", zones: { constructor: { points: ${points} } }, lines: { 1: { points: ${points}, labels: [cat] } } }`,
  );
  const { zones, lines } = (await loadConfig(configFile(text))).cameras.door!;
  const common = {
    points: [
      [0, 0],
      [1, 0],
      [1, 1],
    ],
    minScore: 0,
    minArea: 0,
    maxArea: 1,
    anchor: 'bottom',
  };
  expect(zones).toEqual({ constructor: { ...common, inertiaSeconds: 0.5 } });
  expect(lines).toEqual({ 1: { ...common, labels: ['cat'], hysteresis: 0.25 } });
});

test('the environment is filled in, its values are taken as they are', async () => {
  const text = SMALLEST.replace('camera.local', () => `\${USER_NAME}:\${PASS}@camera.local/$\${HOST}`);
  const config = await loadConfig(configFile(text), { USER_NAME: 'me', PASS: `a:"\${X}#` });
  expect(config.cameras.door?.source).toBe(`rtsp://me:a:"\${X}#@camera.local/\${HOST}/stream`);
});

test.each([
  ['one line', 's3cret\n'],
  ['no end of line', 's3cret'],
  ['Windows', 's3cret\r\nmore\r\n'],
])('the password is the first line of its file: %s', async (_, content) => {
  const text = SMALLEST.replace('mqtt: {', 'mqtt: { username: porch, passwordFile: secret,');
  const config = await loadConfig(configFile(text, { secret: content }));
  expect(config.mqtt).toMatchObject({ username: 'porch', password: 's3cret' });
  expect(config.mqtt).not.toHaveProperty('passwordFile');
});

test('paths are relative to the file', async () => {
  const file = configFile(`${SMALLEST}model: models/mine\n`);
  expect((await loadConfig(file)).model).toBe(join(dirname(file), 'models/mine'));
  const here = configFile(`${SMALLEST}model: ./small\n`);
  expect((await loadConfig(here)).model).toBe(join(dirname(here), 'small'));
});

test("a camera's certificates are relative to the file", async () => {
  const file = configFile(
    SMALLEST.replace('rtsp://camera.local/stream"', 'rtsps://camera.local/stream", tls: { ca: cams.pem }'),
  );
  expect((await loadConfig(file)).cameras['door']!.tls).toEqual({ ca: join(dirname(file), 'cams.pem') });
});

test.each([
  ['passwordFile: gone', true],
  ['passwordFile: .', false],
  ['passwordFile: gone, nonsense: 1', false],
])('whether what is wrong may be right later: %s', async (keys, mayPass) => {
  const file = configFile(SMALLEST.replace(/mqtt: \{/, `mqtt: { username: me, ${keys},`));
  const refused = await loadConfig(file).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(ConfigError);
  expect((refused as ConfigError).mayPass).toBe(mayPass);
});

test.each(['auto', 'default', 'small'])('the model %s is no path', async (word) => {
  expect((await loadConfig(configFile(`${SMALLEST}model: ${word}\n`))).model).toBe(word);
});

test.each([
  ['jetson-tx2', 'jetson-tx2'],
  ['boards/mine.json', 'DIR/boards/mine.json'],
])('a profile is a name or a file: %s', async (written, expected) => {
  const file = configFile(`${SMALLEST}profile: ${written}\n`);
  expect((await loadConfig(file)).profile).toBe(expected.replace('DIR', dirname(file)));
});

test('a profile that the package does not have is named before the start, with those that it has', async () => {
  await expect(loadConfig(configFile(`${SMALLEST}profile: tx2\n`))).rejects.toThrow(
    /:\d+:10: expected auto, one of .*jetson-tx2, .*, or a file NAME\.json for profile, received tx2$/,
  );
});

test.each([
  ['embeddedBroker: {}', 'mqtt://127.0.0.1:1883'],
  ['embeddedBroker: { host: 0.0.0.0, port: 2000, username: a, password: s3cret }', 'mqtt://127.0.0.1:2000'],
  ['embeddedBroker: { host: "::1" }', 'mqtt://[::1]:1883'],
  ['embeddedBroker: {}, url: "mqtt://elsewhere"', 'mqtt://elsewhere'],
])('%s is reached at %s', async (keys, url) => {
  const config = await loadConfig(configFile(SMALLEST.replace(/mqtt: .*/, `mqtt: { ${keys} }`)));
  expect(config.mqtt.url).toBe(url);
});

test.each([
  ['embeddedBroker: { username: a, password: s3cret }', 'a', 's3cret'],
  ['embeddedBroker: { username: a, passwordFile: pw }', 'a', 'of the file'],
  ['embeddedBroker: { username: a, password: s3cret }, username: b, password: other', 'b', 'other'],
  ['embeddedBroker: { username: a, password: s3cret }, url: "mqtt://elsewhere"', undefined, undefined],
  ['embeddedBroker: {}', undefined, undefined],
])('%s: the agent logs in as %s', async (keys, username, password) => {
  const text = SMALLEST.replace(/mqtt: .*/, `mqtt: { ${keys} }`);
  const { mqtt } = await loadConfig(configFile(text, { pw: 'of the file\n' }));
  expect([mqtt.username, mqtt.password]).toEqual([username, password]);
});

test('names that JavaScript knows are ordinary camera ids; aliases work', async () => {
  const text = `${SMALLEST}  constructor: &ball { source: "test:ball" }\n  1: *ball\n`;
  const config = await loadConfig(configFile(text));
  expect(Object.keys(config.cameras).toSorted()).toEqual(['1', 'constructor', 'door']);
});

test.each([
  ['false', { enabled: false, prefix: 'homeassistant' }],
  ['true', { enabled: true, prefix: 'homeassistant' }],
  ['{ prefix: ha }', { enabled: true, prefix: 'ha' }],
])('homeAssistant: %s', async (written, expected) => {
  const text = SMALLEST.replace('mqtt: {', `mqtt: { homeAssistant: ${written}, `);
  expect((await loadConfig(configFile(text))).mqtt.homeAssistant).toEqual(expected);
});

test('what cameras have in common stands once', async () => {
  const text = SMALLEST.replace('door: {', 'door: { <<: *usual, ');
  const file = configFile(`x-usual: &usual { maxFps: 5, labels: [person] }\n${text}`);
  expect((await loadConfig(file)).cameras.door).toMatchObject({ maxFps: 5, labels: ['person'] });
});

test.each([
  ['UTF-16', Buffer.from(`\ufeff${SMALLEST}`, 'utf16le'), 'UTF-16'],
  [
    'Latin-1',
    Buffer.from(SMALLEST.replace('porch', 'T\u00fcr'), 'latin1'),
    'other bytes from line 1 on (Latin-1?)',
  ],
])('a file in %s is named, and nothing of it shown', async (_, bytes, received) => {
  const file = configFile('');
  writeFileSync(file, bytes);
  await expect(loadConfig(file)).rejects.toThrow(`${file}: expected text in UTF-8, received ${received}`);
});
