// Ports that are closed, open, or open later -> when there is a word. The connections are real.

import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { knockAt } from '../../../pipelines/capture/knock.js';
import { FakeClock } from '../../support/fake-capture.js';

let server: Server | undefined;
let end = () => {};
afterEach(() => {
  end();
  server?.close();
});

async function listen(port = 0): Promise<number> {
  server = createServer((socket) => socket.on('error', () => {})).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function closedPort(): Promise<number> {
  const port = await listen();
  server!.close();
  await once(server!, 'close');
  return port;
}

function knocking(port: number, wasClosed: boolean) {
  const clock = new FakeClock();
  const seen = { opened: 0 };
  end = knockAt({ host: '127.0.0.1', port, wasClosed, clock, onOpen: () => seen.opened++ });
  /** Two seconds, and what follows from them. */
  const knock = async () => {
    await clock.advance(2000);
    await new Promise((done) => setTimeout(done, 50));
  };
  return { clock, seen, knock };
}

test.each([
  ['nobody was there, and somebody is', true, 1],
  ['somebody is there all the while', false, 0],
])('%s', async (_, wasClosed, opened) => {
  const { seen, knock } = knocking(await listen(), wasClosed);
  await knock();
  await expect.poll(() => seen.opened).toBe(opened);
  await knock();
  expect(seen.opened).toBe(opened);
});

test('somebody who comes later is noticed', async () => {
  const port = await closedPort();
  const { seen, knock } = knocking(port, false);
  await knock();
  expect(seen.opened).toBe(0);
  await listen(port);
  await expect
    .poll(async () => {
      await knock();
      return seen.opened;
    })
    .toBe(1);
});

test('once ended it says nothing', async () => {
  const { seen, knock } = knocking(await listen(), true);
  end();
  await knock();
  expect(seen.opened).toBe(0);
});
