// Malformed or hostile configuration files, ten thousand by CSPCAM_FUZZ=10000 -> each loads or ends in a clear error, soon, and
// nothing else.

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { forgetSecrets } from '#common/secrets.js';
import { loadConfig } from '../../../agent/config/load.js';
import { ConfigError } from '../../../agent/config/problem.js';
import type { Config } from '../../../agent/config/schema.js';
import { configTemplate } from '../../../agent/config/template.js';
import { credentialsOf } from '../../../agent/messaging/broker/client.js';
import { topicOf } from '../../../agent/messaging/topics.js';
import { seededRandom } from '../../../models/networks/random.js';
import { spoilYaml } from '../../support/spoil-yaml.js';

const FILES = Number(process.env['CSPCAM_FUZZ'] ?? 2500);
/** Of processor time, so that a busy machine does not count. */
const LONGEST_MS = 1000;
const SECRET = 'se3cret';

const written = `device: porch
mqtt:
  url: mqtts://broker.local:8883
  username: porch
  password: ${SECRET}
  base: home/cspcam
  outbox: { maxMegabytes: 4 }
  encodings: { onvif: {}, sparkplug: { group: plant } }
minScore: 0.4
cameras:
  door:
    source: rtsp://me:${SECRET}@camera.local/stream
    labels: [person, car]
    zones:
      steps:
        points: [[0.1, 0.6], [0.9, 0.6], [1, 1], [0, 1]]
        loiteringSeconds: 30
    lines:
      gate: { points: [[0.2, 0.7], [0.8, 0.7]] }
  yard: { source: "v4l2:/dev/video0", maxFps: 5 }
stats: { prometheus: {} }
log: { level: debug, format: json }
`;
const texts = [
  written,
  configTemplate(),
  configTemplate().replace(/^( *)#(?! [^ ])/gm, '$1'),
  'device: a\nmqtt: { url: "mqtt://h" }\ncameras: { c: { source: "test:ball" } }\n',
];

/** What runs on a configuration before anything is opened; a name that got through must not leave its place. */
function use(config: Config): void {
  credentialsOf(config.mqtt);
  const { base } = config.mqtt;
  for (const camera of Object.keys(config.cameras))
    for (const level of [topicOf(base, config.device, 'status', { camera }), config.device, camera])
      expect(level).not.toMatch(/[+#\0]|\.\.|\/\/|^\/|\/$/);
}

test(`${FILES} files`, async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'fuzz-config-')), 'bad.yaml');
  const prototype = Object.getOwnPropertyNames(Object.prototype).sort();
  let loaded = 0;
  let placed = 0;
  for (let seed = 0; seed < FILES; seed++) {
    const text = spoilYaml(texts[seed % texts.length]!, seededRandom(seed));
    writeFileSync(file, text);
    // A process loads one configuration.
    forgetSecrets();
    const before = process.cpuUsage();
    try {
      use(await loadConfig(file, { HOME: '/home/me', A: 'a' }));
      loaded++;
    } catch (error) {
      expect(error, `seed ${seed}: ${(error as Error).stack}`).toBeInstanceOf(ConfigError);
      const { message, problems } = error as ConfigError;
      expect(problems.length, `seed ${seed}`).toBeGreaterThan(0);
      const lines = message.split('\n').slice(problems.length === 1 ? 0 : 1);
      for (const line of lines)
        expect(line, `seed ${seed}`).toMatch(
          /^\S+bad\.yaml(:\d+:\d+)?: expected .+, received .+$|^and \d+ more$/,
        );
      expect(message.length, `seed ${seed}`).toBeLessThan(100_000);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they would steer the terminal
      expect(message, `seed ${seed}`).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
      expect(message, `seed ${seed}`).not.toContain(SECRET);
      if (problems.every(({ line }) => line !== undefined)) placed++;
    }
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000, `seed ${seed}`).toBeLessThan(LONGEST_MS);
  }
  expect(Object.getOwnPropertyNames(Object.prototype).sort()).toEqual(prototype);
  expect(Object.keys({})).toEqual([]);
  expect(loaded).toBeGreaterThan(FILES / 20);
  expect(placed).toBeGreaterThan(FILES / 2);
}, 1_200_000);

const smallest = texts.at(-1)!;
const times = (unit: (i: number) => string, bytes = 2 ** 17 - 1000) => {
  let text = '';
  for (let i = 0; text.length < bytes; i++) text += unit(i);
  return text;
};
// What took the square of its length, or of the length of a value, once or nearly did.
test.each<[string, string]>([
  ['keys that there are not', smallest + times((i) => `k${i}: 1\n`)],
  ['one key again and again', smallest + times(() => 'device: a\n')],
  ['cameras without a source', smallest.replace(/cameras:.*/, 'cameras:') + times((i) => `  c${i}: {}\n`)],
  ['one name in many places', `${smallest}x: &x 1\n${times((i) => `k${i}: *x\n`)}`],
  ['many names', smallest + times((i) => `k${i}: &k${i} {}\nl${i}: *k${i}\n`)],
  ['names without an anchor', smallest + times((i) => `k${i}: *k${i}\n`)],
  ['points', `${smallest}model: [${times(() => '[0,0],')}]\n`],
  ['levels', `${smallest}model: ${times(() => '[')}`],
  ['levels of mappings', `${smallest}model: ${times(() => '{ a: ')}`],
  ['levels of explicit keys', `${smallest}${times(() => '? ')}`],
  ['braces before an error', `${smallest}model: "${times(() => '{')}`],
  ['an explicit key', `${smallest}? ${times(() => 'y')}\n: 1\n`],
  ['an address of many boundaries', smallest.replace('mqtt://h', `mqtt://${times(() => 'a.')}`)],
  ['anchors', `${smallest}model: ${times(() => '&a ')}`],
  ['variables', smallest.replace('device: a', `device: "${times(() => `\${A}`)}"`)],
])('128 KiB of %s', async (_, text) => {
  const file = join(mkdtempSync(join(tmpdir(), 'large-config-')), 'bad.yaml');
  expect(text.length).toBeLessThanOrEqual(2 ** 17);
  writeFileSync(file, text);
  const before = process.cpuUsage();
  await expect(loadConfig(file, { A: 'a' })).rejects.toBeInstanceOf(ConfigError);
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1000).toBeLessThan(5 * LONGEST_MS);
});
