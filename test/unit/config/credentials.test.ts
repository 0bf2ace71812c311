// An environment and a folder of credentials -> the values of `${NAME}`.

import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withCredentials } from '../../../agent/config/credentials.js';

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

test.each([{ A: '1' }, { A: '1', CREDENTIALS_DIRECTORY: '/nonexistent' }])(
  'no folder in %j',
  (environment) => {
    expect(withCredentials(environment)).toEqual(environment);
  },
);
