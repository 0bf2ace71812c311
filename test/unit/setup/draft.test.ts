// Choices of the first steps -> the file that is written: what is set in it, and that it is a configuration.

import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../../agent/config/load.js';
import { configTemplate } from '../../../agent/config/template.js';
import { type Draft, deviceName, draftText } from '../../../agent/setup/draft.js';
import { configFile } from '../config/files.js';

const MAIN = `rtsp://admin:\${CAMERA_PASSWORD}@10.0.0.2/main`;
const SUB = `rtsp://admin:\${CAMERA_PASSWORD}@10.0.0.2/sub`;

const DRAFT: Draft = {
  device: 'porch',
  mqtt: { url: 'mqtt://10.0.0.5:1883', username: 'porch', password: `\${MQTT_PASSWORD}` },
  cameras: {
    door: { source: MAIN, detect: SUB },
    '123': { source: 'v4l2:/dev/video0' },
    street: { source: 'file:/a clip: of #1.mp4', loop: true },
  },
  secrets: { CAMERA_PASSWORD: 'x', MQTT_PASSWORD: 'y' },
};

test('has what was chosen, machine and model by themselves, and nothing else set', () => {
  expect(parse(draftText(DRAFT), { stringKeys: true })).toEqual({
    device: 'porch',
    mqtt: DRAFT.mqtt,
    model: 'auto',
    profile: 'auto',
    cameras: DRAFT.cameras,
  });
});

test('is a configuration', async () => {
  const environment = { CAMERA_PASSWORD: 'camera-secret', MQTT_PASSWORD: 'brokers-secret' };
  const config = await loadConfig(configFile(draftText(DRAFT)), environment);
  expect(Object.keys(config.cameras).toSorted()).toEqual(['123', 'door', 'street']);
  expect(config.cameras['door']).toMatchObject({ source: MAIN.replace(/\$\{.*\}/, 'camera-secret') });
  expect(config.mqtt).toMatchObject({ password: 'brokers-secret' });
});

test('the broker inside the agent stands there with its port', async () => {
  const mqtt = { embeddedBroker: { host: '127.0.0.1', port: 1884 } };
  const { mqtt: read } = await loadConfig(
    configFile(draftText({ ...DRAFT, mqtt, cameras: { a: { source: 'test:ball' } } })),
    {},
  );
  expect(read.url).toBe('mqtt://127.0.0.1:1884');
});

test('every comment and key of config init is in it, in the same order', () => {
  const bare = (text: string) =>
    text.split('\n').flatMap((line) => /^ *#?( *)([A-Za-z]+):/.exec(line)?.[2] ?? []);
  const ofDraft = bare(draftText({ ...DRAFT, cameras: { door: DRAFT.cameras['door']! } }));
  expect(ofDraft).toEqual(bare(configTemplate()));
});

test.each([
  ['porch', 'porch'],
  ['Living-Room.lan', 'living-room'],
  ['_odd name_', 'odd-name'],
  ['行', 'cspcam'],
  ['', 'cspcam'],
])('machine %j is device %j', (hostname, device) => {
  expect(deviceName(hostname)).toBe(device);
});
