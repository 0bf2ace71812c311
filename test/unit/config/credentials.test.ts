// An environment and a folder of credentials -> the values of `${NAME}`.

import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { secretsBeside, withCredentials } from '../../../agent/config/credentials.js';
import { loadConfig } from '../../../agent/config/load.js';

test.each<[content: string | Buffer, value: string | undefined]>([
  ['opensesame', 'opensesame'],
  ['opensesame\n', 'opensesame'],
  ['opensesame\r\nnot this\n', 'opensesame'],
  ['\ufeffopensesame', 'opensesame'],
  [' with spaces ', ' with spaces '],
  ['', undefined],
  ['\nlate', undefined],
  [Buffer.from([0xff, 0xfe, 0x00]), undefined],
])('a credential with %j is %j', async (content, value) => {
  const folder = await mkdtemp(join(tmpdir(), 'credentials-'));
  await writeFile(join(folder, 'MQTT_PASSWORD'), content);
  expect(withCredentials({ CREDENTIALS_DIRECTORY: folder })['MQTT_PASSWORD']).toBe(value);
});

test('counts before a variable, and leaves the others', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'credentials-'));
  await writeFile(join(folder, 'A'), 'credential');
  const environment = { CREDENTIALS_DIRECTORY: folder, A: 'variable', B: 'variable' };
  expect(withCredentials(environment)).toEqual({ ...environment, A: 'credential' });
});

test('what else is in the folder of credentials is none', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'credentials-'));
  await mkdir(join(folder, '..data'));
  await writeFile(join(folder, 'A'), 'credential');
  expect(withCredentials({ CREDENTIALS_DIRECTORY: folder })['A']).toBe('credential');
});

test.each([{ A: '1' }, { A: '1', CREDENTIALS_DIRECTORY: '/nonexistent' }])(
  'no folder in %j',
  (environment) => {
    expect(withCredentials(environment)).toEqual(environment);
  },
);

test.each([
  ['cspcam.yaml', 'environment'],
  ['shed.yaml', 'shed.environment'],
])('%s: what its service has in its environment other commands read from %s', async (name, beside) => {
  const folder = await mkdtemp(join(tmpdir(), 'environment-'));
  const file = join(folder, name);
  await mkdir(file.replace('.yaml', '.secrets'));
  await writeFile(join(file.replace('.yaml', '.secrets'), 'B'), 'of the folder');
  await writeFile(join(folder, beside), '# Ours.\nA="of the file"\nB=of the file\nnonsense\n');
  const mqtt = `{ url: "mqtt://127.0.0.1", username: "\${A}", password: "\${B}" }`;
  await writeFile(file, `device: porch\nmqtt: ${mqtt}\ncameras: { door: { source: "test:ball" } }\n`);
  expect((await loadConfig(file, {})).mqtt).toMatchObject({
    username: 'of the file',
    password: 'of the file',
  });
  expect((await loadConfig(file, { B: 'a variable' })).mqtt.password).toBe('a variable');
});

test('the folder beside a configuration is where nothing else has a value', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'secrets-'));
  const file = join(folder, 'porch.yaml');
  await mkdir(join(folder, 'porch.secrets/folder'), { recursive: true });
  await writeFile(join(folder, 'porch.secrets/MQTT_PASSWORD'), 'of the folder\n');
  await writeFile(join(folder, 'porch.secrets/EMPTY'), '');
  expect(secretsBeside(file)).toEqual({ MQTT_PASSWORD: 'of the folder' });
  expect(secretsBeside(join(folder, 'other.yaml'))).toEqual({});
  const mqtt = `{ url: "mqtt://127.0.0.1", username: porch, password: "\${MQTT_PASSWORD}" }`;
  await writeFile(file, `device: porch\nmqtt: ${mqtt}\ncameras: { door: { source: "test:ball" } }\n`);
  expect((await loadConfig(file, {})).mqtt.password).toBe('of the folder');
  expect((await loadConfig(file, { MQTT_PASSWORD: 'a variable' })).mqtt.password).toBe('a variable');
});

test.each([
  ['EMPTY', '/porch.secrets/EMPTY (an empty file)'],
  ['folder', '/porch.secrets/folder (a folder)'],
  ['NONE', 'an environment without it'],
])('what is wrong with the file of %s there', async (name, received) => {
  const folder = await mkdtemp(join(tmpdir(), 'secrets-'));
  const file = join(folder, 'porch.yaml');
  await mkdir(join(folder, 'porch.secrets/folder'), { recursive: true });
  await writeFile(join(folder, 'porch.secrets/EMPTY'), '');
  const mqtt = `{ url: "mqtt://127.0.0.1", username: porch, password: "\${${name}}" }`;
  await writeFile(file, `device: porch\nmqtt: ${mqtt}\ncameras: { door: { source: "test:ball" } }\n`);
  await expect(loadConfig(file, {})).rejects.toThrow(
    `expected the environment variable ${name} for mqtt.password, received ${received[0] === '/' ? folder : ''}${received}`,
  );
});
