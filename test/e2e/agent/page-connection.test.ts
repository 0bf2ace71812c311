// The page in a real browser, and a server that hangs up -> when it tries again.

import { afterAll, describe, expect, test } from 'vitest';
import type { WebSocket } from 'ws';
import { packageFile } from '#common/package.js';
import { PageServer } from '../../../agent/page/server/page-server.js';
import { closeAfterEach, never } from '../../support/ending.js';
import { type OpenBrowser, openBrowser, untilPage } from '../../support/page.js';

const stopLater = closeAfterEach();
const opened = await openBrowser();

/** @returns its address */
async function serve(onViewer: (socket: WebSocket) => void): Promise<string> {
  let tellPort = (_: number) => {};
  const port = new Promise<number>((resolve) => {
    tellPort = resolve;
  });
  const server = stopLater(
    new PageServer({
      ...{ host: '127.0.0.1', port: 0, key: 'page', maxViewers: 100, routes: [] },
      folder: packageFile('dist/agent/page/browser'),
      onViewer,
      nowMs: () => 0,
      onFailure: () => {},
      onError: () => {},
      onListening: (address) => tellPort(address.port),
    }),
  );
  await server.start(never);
  return `http://127.0.0.1:${await port}`;
}

describe.skipIf(opened === undefined)('the connection of a page', () => {
  const browser: OpenBrowser = opened!;
  afterAll(() => browser.close());

  test('one that is opened and hung up on each time is tried again less and less often', async () => {
    const address = await serve((socket) => socket.on('message', () => socket.close(1008)));
    const { page } = await browser.newPage();
    // Whatever is waited for comes at once, and is written down; no connection takes any time.
    await page.evaluateOnNewDocument(
      'window.waits = []; const wait = window.setTimeout; window.setTimeout = (act, ms) => { window.waits.push(ms); return wait(act, 0); }; performance.now = () => 0;',
    );
    await page.goto(address);
    await untilPage(page, 'window.waits.length >= 6');
    expect(await page.evaluate('window.waits.slice(0, 6)')).toEqual([500, 1000, 2000, 4000, 8000, 10_000]);
    await page.close();
  });
});
