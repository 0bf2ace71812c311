// The page in a real browser, and a server that is full, hangs up or takes things back -> what it says, shows and asks for.

import { once } from 'node:events';
import sharp from 'sharp';
import { afterAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { packageFile } from '#common/package.js';
import { pictureMessage } from '../../../agent/page/live/views.js';
import type { CameraView, ClientMessage, ServerMessage } from '../../../agent/page/protocol.js';
import { PageServer } from '../../../agent/page/server/page-server.js';
import { closeAfterEach, never } from '../../support/ending.js';
import { type OpenBrowser, openBrowser, textOf, untilPage } from '../../support/page.js';

const stopLater = closeAfterEach();
const opened = await openBrowser();

const DOOR: CameraView = {
  id: 'door',
  state: 'running',
  restarts: 0,
  sourceSize: { width: 320, height: 240 },
  hasPictures: true,
  scene: { zones: {}, lines: {}, masks: { privacy: [], motion: [], objects: [] } },
};
const HELLO: ServerMessage = {
  ...{ kind: 'hello', device: 'porch', version: '1', bootId: 'one', canEdit: false, hasScenes: false },
  ...{ cameras: [DOOR], events: [], clips: [], stats: [] },
};

/** @returns its address */
async function serve(onViewer: (socket: WebSocket) => void, maxViewers = 2): Promise<string> {
  let tellPort = (_: number) => {};
  const port = new Promise<number>((resolve) => {
    tellPort = resolve;
  });
  const server = stopLater(
    new PageServer({
      ...{ host: '127.0.0.1', port: 0, key: 'page', maxViewers, routes: [] },
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

const tell = (socket: WebSocket, message: ServerMessage) => socket.send(JSON.stringify(message));

describe.skipIf(opened === undefined)('the connection of a page', () => {
  const browser: OpenBrowser = opened!;
  afterAll(() => browser.close());

  test('one that is opened and hung up on each time is tried again less and less often', async () => {
    const address = await serve((socket) => socket.on('message', () => socket.close(1008)), 100);
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

  test('as many as there may be: the next one says so, and is in once there is room', async () => {
    const address = await serve((socket) => tell(socket, HELLO));
    const others = [1, 2].map(
      () => new WebSocket(`${address.replace('http', 'ws')}/api/live`, { origin: address }),
    );
    await Promise.all(others.map((other) => once(other, 'open')));
    const { page } = await browser.newPage();
    await page.goto(address);
    await untilPage(page, 'document.querySelector(".link")?.textContent.includes("maxViewers")');
    expect(await textOf(page, '.link')).toBe(
      'As many pages are open as page.maxViewers allows. Connecting again …',
    );
    for (const other of others) other.terminate();
    await page.waitForSelector('.camera');
    expect(await textOf(page, '.link')).toBe('Live');
    await page.close();
  });

  test('a picture that is decoded while its camera is forgotten is not shown, and the next one is', async () => {
    const heard: ClientMessage[] = [];
    let tellJoined = (_: WebSocket) => {};
    const joined = new Promise<WebSocket>((resolve) => {
      tellJoined = resolve;
    });
    const address = await serve((socket) => {
      socket.on('message', (data) => heard.push(JSON.parse(String(data)) as ClientMessage));
      tell(socket, HELLO);
      tellJoined(socket);
    });
    const { page } = await browser.newPage();
    await page.evaluateOnNewDocument(
      'const decode = window.createImageBitmap; window.decoding = 0; window.createImageBitmap = async (of) => { window.decoding++; await new Promise((resolve) => { window.release = resolve; }); return decode(of); };',
    );
    await page.goto(address);
    const viewer = await joined;
    await page.waitForSelector('.camera');
    const create = { width: 320, height: 240, channels: 3, background: '#fff' } as const;
    const jpeg = await sharp({ create }).jpeg().toBuffer();
    const show = (sequence: number) =>
      viewer.send(
        pictureMessage({ camera: 'door', sequence, capturedAtMs: 0, sourceSize: create, found: [] }, jpeg),
      );
    const isDrawn =
      'document.querySelector(".camera canvas").getContext("2d").getImageData(0, 0, 300, 150).data.some((value) => value > 200)';
    /** Of pictures, once the page has said so of the last. */
    const drawn = async (count: number) => {
      while (heard.filter(({ kind }) => kind === 'drawn').length < count) await once(viewer, 'message');
    };
    show(1);
    await untilPage(page, 'window.decoding === 1');
    tell(viewer, { kind: 'forget', camera: 'door' });
    tell(viewer, { kind: 'cameras', cameras: [{ ...DOOR, state: 'starting' }] });
    await untilPage(page, 'document.querySelector(".camera").dataset.state === "starting"');
    await page.evaluate('window.release()');
    await drawn(1);
    expect(await page.evaluate(isDrawn)).toBe(false);
    show(2);
    await untilPage(page, 'window.decoding === 2');
    await page.evaluate('window.release()');
    await untilPage(page, isDrawn);
    await drawn(2);
    await page.close();
  });
});
