// What a capture process may do and know, as the kernel tells it of a real one.

import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { contained, passedOn } from '../../../pipelines/capture/containment.js';

test('no new privileges, few files, no core, bounded memory', () => {
  const [program, ...args] = contained(['/bin/cat', '/proc/self/status', '/proc/self/limits'], 1e9);
  const { stdout } = spawnSync(program, args, { encoding: 'utf8' });
  expect(stdout).toMatch(/^NoNewPrivs:\s+1$/m);
  expect(stdout).toMatch(/^Max open files\s+512\s+512\s/m);
  expect(stdout).toMatch(/^Max core file size\s+0\s+0\s/m);
  expect(stdout).toMatch(/^Max data size\s+3000000000\s+3000000000\s/m);
});

test('secrets of the daemon are not passed on', () => {
  const environment = {
    PATH: '/usr/bin',
    GST_DEBUG: '2',
    LD_LIBRARY_PATH: '/opt',
    MQTT_PASSWORD: 'secret',
    AWS_SECRET_ACCESS_KEY: 'secret',
    CREDENTIALS_DIRECTORY: '/run/credentials',
    NODE_OPTIONS: '--require=x',
  };
  expect(passedOn(environment)).toEqual({ PATH: '/usr/bin', GST_DEBUG: '2', LD_LIBRARY_PATH: '/opt' });
});
