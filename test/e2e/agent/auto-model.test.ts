// `cspcam run` with `model: auto` -> what an independent subscriber reads of the choice, and what is kept of it.

import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { cspcam } from '../../support/cspcam.js';
import { type Daemon, startDaemon } from '../../support/daemon.js';

let daemon: Daemon | undefined;
afterEach(async () => {
  await daemon?.close();
});

test('the model that comes with cspcam is there for cameras that look for people, and says why it runs', async () => {
  daemon = await startDaemon(
    {
      ball: { source: 'test:ball?width=320&height=240&fps=2', labels: ['person'] },
      snow: { source: 'test:snow?width=320&height=240&fps=2' },
    },
    { model: 'auto', models: mkdtempSync(join(tmpdir(), 'models-')), inference: { sessions: 2, threads: 1 } },
  );
  const { payload } = await daemon.subscriber.next(({ topic }) => topic === 'cspcam/porch/info');
  // Of this processor, as another command says it.
  const { out } = await cspcam('models', 'info', 'dist/models/default', '--json');
  const { precision, reason } = JSON.parse(out).runs as { precision: string; reason: string };
  expect(payload).toMatchObject({
    model: {
      name: 'csppeleenet-efm-sam',
      precision,
      precisionReason: reason,
      reasons: [expect.stringMatching(`^csppeleenet-efm-sam at 416 in ${precision}`)],
    },
    inference: { mode: 'throughput', sessions: 2, threads: 1 },
    config: { model: 'auto' },
  });
  for (const camera of ['ball', 'snow'])
    await daemon.subscriber.next(({ topic }) => topic === `cspcam/porch/camera/${camera}/detections`);
  expect(readdirSync(join(process.env['XDG_CACHE_HOME']!, 'cspcam')).join()).toMatch(/\.onnx/);
});
