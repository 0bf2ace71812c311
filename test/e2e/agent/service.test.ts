// `cspcam run` as a service -> what the service manager hears from its start to its end.

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { brightModel } from '../../support/bright-model.js';
import { Cspcam, writeConfig } from '../../support/cspcam.js';
import { closeAfterEach } from '../../support/ending.js';
import { startMosquitto } from '../../support/mosquitto.js';
import { openNotifySocket } from '../../support/notify-socket.js';

const closing = closeAfterEach();

test('ready once a frame was inferred, fed from then on, stopping at SIGTERM', async () => {
  const broker = closing(await startMosquitto());
  const socket = closing(await openNotifySocket());
  const config = {
    device: 'porch',
    mqtt: { url: broker.url, outbox: { directory: await mkdtemp(join(tmpdir(), 'outbox-')) } },
    model: await brightModel(),
    cameras: {
      ball: { source: 'test:ball?width=160&height=160&fps=10' },
      gone: { source: 'v4l2:/dev/nonexistent' },
      off: { source: 'test:snow', enabled: false },
    },
  };
  const environment = { NOTIFY_SOCKET: socket.path, WATCHDOG_USEC: '3000000' };
  const agent = closing(new Cspcam(['run', '--config', await writeConfig(config)], environment));
  await socket.next((line) => line.startsWith('STATUS=1 of 2 cameras running, gone retrying: '));
  await socket.next((line) => line === 'WATCHDOG=1');
  expect(socket.told.filter((line) => line === 'READY=1')).toHaveLength(1);
  expect(socket.told.indexOf('READY=1')).toBeLessThan(socket.told.indexOf('WATCHDOG=1'));
  agent.child.kill('SIGTERM');
  await socket.next((line) => line === 'STOPPING=1');
  expect((await agent.finished()).code).toBe(0);
  expect(socket.told.slice(-2)).toEqual(['STOPPING=1', 'STATUS=stopping']);
});
