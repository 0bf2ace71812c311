// Pages that are opened and closed -> what is remembered for them.

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { Audience } from '../../../agent/page/live/audience.js';
import { Memory } from '../../../agent/page/live/memory.js';
import type { FrameReport } from '../../../agent/telemetry/reports.js';

const REPORT = { frame: { source: 'porch', sequence: 7 } } as FrameReport;

test('what was found is kept for who looks, until the last one has gone', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  onTestFinished(() => server.close());
  await once(server, 'listening');
  const memory = new Memory();
  const audience = new Audience({
    memory,
    take: () => new Promise(() => {}),
    picturesPerSecond: 5,
    hasPictures: () => true,
    hello: () => ({ kind: 'cameras', cameras: [] }),
    cameras: () => ({ kind: 'cameras', cameras: [] }),
    nowMs: () => 0,
  });
  const join = async () => {
    const page = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const [socket] = (await once(server, 'connection')) as [WebSocket];
    audience.join(socket);
    return async () => {
      page.terminate();
      await once(socket, 'close');
    };
  };
  const leave = [await join(), await join()];
  memory.addReport(REPORT);
  await leave[0]!();
  expect(memory.reportOf('porch', 7)).toBe(REPORT);
  await leave[1]!();
  expect(memory.reportOf('porch', 7)).toBeUndefined();
});
