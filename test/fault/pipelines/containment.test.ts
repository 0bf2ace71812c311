// A capture process that takes too much memory -> killed and started again, with a class of its own; and what a running
// one knows of the daemon.

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { type RunningCamera, startCamera } from '../../support/cameras.js';

let camera: RunningCamera | undefined;
afterEach(() => camera?.close());

test('too much memory', async () => {
  camera = startCamera('test:ball', { memoryBytes: 30e6, stallTimeoutMs: 30_000 });
  await camera.until('too much', () => camera?.camera.status.state === 'retrying');
  expect(camera.camera.status).toMatchObject({
    failure: 'memory',
    message: expect.stringMatching(/^\d+ MB in use, 30 MB allowed$/),
  });
});

test('goes first where memory is short, and knows no secrets', async () => {
  process.env.MQTT_PASSWORD = 'secret-of-the-broker';
  try {
    camera = startCamera('test:ball');
    await camera.untilFrames(1);
  } finally {
    delete process.env.MQTT_PASSWORD;
  }
  const of = (file: string) => readFile(`/proc/${camera!.camera.pid}/${file}`, 'utf8');
  expect((await of('oom_score_adj')).trim()).toBe('500');
  expect(await of('environ')).not.toContain('secret-of-the-broker');
  expect(await of('cmdline')).not.toContain('test:ball');
});

// With so few the sockets cannot be made, or the process cannot be spawned for want of its pipes.
test.each([2, 4, 6])('with %i descriptors left it is tried again', async (further) => {
  const program = new URL('../../support/few-descriptors.mjs', import.meta.url).pathname;
  const run = promisify(execFile)(process.execPath, [program, 'test:ball', `${further}`]);
  expect((await run).stdout.trim().split('\n')).toEqual(['starting', 'retrying', 'running', 'stopped']);
});
