// Cameras -> a running agent with its page, a browser that is logged in there, and what it has asked of whom.

import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { WebSocket } from 'ws';
import type { ClientMessage, PictureHead, ServerMessage } from '../../agent/page/protocol.js';
import { findBrowser } from './browser.js';
import { type Daemon, startDaemon } from './daemon.js';
import { freePort } from './mosquitto.js';

export const PASSWORD = 'open s3same now';

export interface ServedPage {
  readonly daemon: Daemon;
  /** Without a path. */
  readonly address: string;
}

/** @param keys of `page` beside its port */
export async function servePage(
  cameras: object,
  { page = { password: PASSWORD }, ...more }: { page?: object; [key: string]: unknown } = {},
): Promise<ServedPage> {
  const port = await freePort();
  const daemon = await startDaemon(cameras, { ...more, page: { port, ...page } });
  const address = `http://127.0.0.1:${port}`;
  await until(
    () =>
      fetch(`${address}/api/session`).then(
        ({ ok }) => ok,
        () => false,
      ),
    'the page',
  );
  return { daemon, address };
}

/** @returns the cookie of a session */
export async function loginTo(address: string, password = PASSWORD): Promise<string> {
  const answer = await post(`${address}/api/login`, { password });
  if (!answer.ok) throw new Error(`login: ${answer.status} ${await answer.text()}`);
  return answer.headers.get('set-cookie')!.split(';')[0]!;
}

export function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { origin: new URL(url).origin, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

export interface SeenPicture {
  readonly head: PictureHead;
  readonly jpeg: Buffer;
}

/** Somebody who looks at cameras, without a browser. */
export class WatchingClient {
  readonly messages: ServerMessage[] = [];
  readonly pictures: SeenPicture[] = [];
  /** Once the connection has ended. */
  readonly closed: Promise<void>;
  readonly #socket: WebSocket;
  readonly #waiting = new Set<() => void>();

  /** @param draws whether it says that it has drawn what it got */
  constructor(address: string, cookie: string, cameras: readonly string[], draws = true) {
    this.#socket = new WebSocket(`${address.replace('http', 'ws')}/api/live`, {
      origin: address,
      headers: { cookie },
    });
    this.closed = new Promise((resolve) => this.#socket.on('close', () => resolve()));
    this.#socket.on('error', () => {});
    this.#socket.on('open', () => this.#say({ kind: 'watch', cameras }));
    this.#socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) {
        const length = data.readUInt32BE();
        const head = JSON.parse(data.subarray(4, 4 + length).toString()) as PictureHead;
        this.pictures.push({ head, jpeg: data.subarray(4 + length) });
        if (draws) this.#say({ kind: 'drawn', camera: head.camera });
      } else this.messages.push(JSON.parse(data.toString()) as ServerMessage);
      for (const wake of this.#waiting) wake();
    });
  }

  /** Resolves once it holds of what has come. */
  async until(holds: (client: this) => boolean): Promise<void> {
    while (!holds(this))
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.#waiting.delete(wake);
          resolve();
        };
        this.#waiting.add(wake);
      });
  }

  close(): void {
    this.#socket.terminate();
  }

  #say(message: ClientMessage): void {
    this.#socket.send(JSON.stringify(message));
  }
}

export interface OpenBrowser {
  readonly browser: Browser;
  /** A page of its own, with all that it asks for. */
  newPage(): Promise<{
    readonly page: Page;
    readonly asked: readonly string[];
    readonly errors: readonly string[];
  }>;
  close(): Promise<void>;
}

/** @returns nothing where no browser is installed */
export async function openBrowser(): Promise<OpenBrowser | undefined> {
  const name = await findBrowser();
  if (name === undefined) return undefined;
  const { stdout } = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' });
  const userDataDir = await mkdtemp(join(tmpdir(), 'browser-'));
  const browser = await puppeteer.launch({
    executablePath: stdout.trim(),
    userDataDir,
    // Names lead nowhere: whatever is fetched from elsewhere fails, and is seen.
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    ],
    protocolTimeout: 240_000,
  });
  return {
    browser,
    newPage: async () => {
      const page = await browser.newPage();
      page.setDefaultTimeout(120_000);
      await page.setViewport({ width: 1280, height: 800 });
      const asked: string[] = [];
      const errors: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      page.on('pageerror', (error) => errors.push(String(error)));
      page.on('console', (message) => {
        if (message.type() === 'error') errors.push(`${message.text()} ${message.location().url ?? ''}`);
      });
      const session = await page.createCDPSession();
      await session.send('Network.enable');
      session.on('Network.webSocketCreated', ({ url }) => asked.push(url));
      return { page, asked, errors };
    },
    close: async () => {
      await browser.close();
      await rm(userDataDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Types the password as a person does. */
export async function typePassword(page: Page, password = PASSWORD): Promise<void> {
  await page.waitForSelector('#password');
  await page.type('#password', password);
  await page.keyboard.press('Enter');
}

/** Waits until the page says so. @param script a JavaScript expression */
export async function untilPage(page: Page, script: string): Promise<void> {
  await page.waitForFunction(script, { polling: 100 });
}

export async function textOf(page: Page, selector: string): Promise<string> {
  return String(await page.$eval(selector, (found) => found.textContent));
}

async function until(holds: () => Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${what} did not come`);
}
