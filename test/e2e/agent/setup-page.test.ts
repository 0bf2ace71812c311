// A browser, a camera and a broker, each with a login -> from nothing to the first detection, and what is in the way.

import { mkdir, mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import axe from 'axe-core';
import type { Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Cspcam } from '../../support/cspcam.js';
import { expectWithout, LOOPBACK } from '../../support/dialogue.js';
import { type OpenBrowser, openBrowser, post, textOf, untilPage } from '../../support/page.js';
import { BROKER, CAMERA, type Site, startSite, WRONG } from '../../support/site.js';
import { areWebcamsAway, withoutWebcams } from '../../support/webcams.js';

const opened = await openBrowser();
const newFolder = () => mkdtemp(join(tmpdir(), 'setup-'));
const started: Cspcam[] = [];

const ARTEFACTS = resolve(import.meta.dirname, '../../artefacts');
const PAGE_PASSWORD = 'of-the-page-itself';
const SIZES = [
  ['wide', 1280, 800],
  ['narrow', 390, 844],
] as const;
/** How far the page can be pushed to the side. */
const ASIDE = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
afterEach(async () => {
  for (const cspcam of started.splice(0)) await cspcam.close();
});
beforeAll(() => mkdir(ARTEFACTS, { recursive: true }));

/** @returns the address that it prints, with its token */
async function setup(...args: string[]): Promise<{ cspcam: Cspcam; address: string }> {
  const cspcam = new Cspcam(
    ['setup', '--page', ...LOOPBACK, ...args],
    { HOME: tmpdir() },
    undefined,
    withoutWebcams,
  );
  started.push(cspcam);
  await expect.poll(() => cspcam.out, { timeout: 60_000 }).toMatch(/#token=\S+\n/);
  return { cspcam, address: /http:\S+/.exec(cspcam.out)![0] };
}

/** @param type what stands in the field instead of the usual answer */
async function answer(page: Page, id: string, type?: string): Promise<void> {
  const form = await page.waitForSelector(`form[data-id="${id}"]`);
  // Who types goes on where the focus is.
  if (type !== undefined) await page.keyboard.type(type);
  await page.keyboard.press('Enter');
  // The same question may come again at once, in a form of its own.
  await page.waitForFunction((one) => one?.isConnected === false, { polling: 100 }, form);
}

async function choose(page: Page, id: string, value: string): Promise<void> {
  const form = `form[data-id="${id}"]`;
  await page.waitForSelector(form);
  await page.click(`${form} input[value="${value}"]`);
  await page.click(`${form} button`);
}

async function serious(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = (await page.evaluate('axe.run()')) as axe.AxeResults;
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}: ${failureSummary}`));
}

const told = (words: string) =>
  `document.querySelector('.told').textContent.includes(${JSON.stringify(words)})`;
const listens = (address: string) =>
  fetch(new URL('/', address)).then(
    () => true,
    () => false,
  );

describe.skipIf(opened === undefined)('first steps in a browser', () => {
  const browser: OpenBrowser = opened!;
  let site: Site;
  beforeAll(async () => {
    site = await startSite();
  });
  afterAll(async () => {
    await browser.close();
    await site?.close();
  });
  test('from nothing to the first detection by keys: a wrong password of each, then the right one', async ({
    skip,
  }) => {
    skip(!areWebcamsAway, 'setup would find webcams of this machine');
    const folder = await newFolder();
    const file = join(folder, 'cspcam.yaml');
    await site.whileCalled(async () => {
      const begunMs = Date.now();
      const { cspcam, address } = await setup(
        ...['--config', file, '--broker', site.broker.url, '--device', 'shed'],
      );
      const { page, asked, errors } = await browser.newPage();
      await page.goto(address);
      await answer(page, 'cameras');
      // The token is neither in the address bar nor in the history.
      expect(page.url()).toBe(new URL('/', address).href);
      await answer(page, 'camera-user');
      await answer(page, 'camera-password', WRONG);
      await untilPage(page, told('it refuses the user name or the password'));
      // Loaded anew in the middle, it goes on where it was.
      await page.waitForSelector('form[data-id="camera-user"]');
      await page.reload();
      await untilPage(page, told('it refuses the user name or the password'));
      await answer(page, 'camera-user');
      await answer(page, 'camera-password', CAMERA.password);
      await untilPage(page, told('front-door-eye2: H264 over RTSP, 768x576'));
      await answer(page, 'broker-user', BROKER.name);
      await answer(page, 'broker-password', WRONG);
      await answer(page, 'broker-user');
      await answer(page, 'broker-password', BROKER.password);
      await untilPage(page, told('accepted, MQTT 5'));
      await answer(page, 'page');
      await page.waitForSelector('form[data-id="finish"]');
      expect(await readdir(folder)).toEqual([]);
      await answer(page, 'finish');
      await page.waitForSelector('.outcome.running');
      const content = await page.content();
      await page.screenshot({
        path: join(ARTEFACTS, 'setup-running.png') as `${string}.png`,
        fullPage: true,
      });
      console.log(
        `to the first detection: ${Date.now() - begunMs} ms; ${/\d+ questions, \d+ s/.exec(cspcam.out)?.[0]}; ${/first detection.*/.exec(cspcam.out)?.[0]}`,
      );
      expect(await textOf(page, '.told')).toContain('first detection: front-door-eye2: ');
      // The page of setup is gone, that of the agent is there.
      await expect.poll(() => listens(address)).toBe(false);
      await page.click('.outcome a');
      await page.waitForSelector('.camera[data-state="running"]');

      expectWithout(content + cspcam.out + cspcam.err, [CAMERA.password, BROKER.password, WRONG]);
      const hosts = new Set(asked.map((url) => new URL(url).hostname));
      expect([...hosts]).toEqual(['127.0.0.1']);
      expect(errors).toEqual([]);
      await page.close();
      cspcam.child.kill('SIGINT');
      expect((await cspcam.finished()).code).toBe(0);
    });
    const yaml = await readFile(file, 'utf8');
    expect(yaml).toMatch(/^page:$/m);
    expect(yaml).toMatch(/^ {2}port: 87\d\d$/m);
    expectWithout(yaml, [CAMERA.password, BROKER.password, WRONG]);
    expect((await readdir(folder)).toSorted()).toEqual(['cspcam.secrets', 'cspcam.yaml']);
    expect(await readdir(join(folder, 'cspcam.secrets'))).toEqual(['CAMERA_PASSWORD', 'MQTT_PASSWORD']);
  });

  test('nothing that is serious to axe, wide and narrow, light and dark; a page for the network', async () => {
    const folder = await newFolder();
    const file = join(folder, 'cspcam.yaml');
    const camera = `door=${site.rtsp.url('/main')}`;
    const { cspcam, address } = await setup('--config', file, '--camera', camera, '--no-start');
    const { page } = await browser.newPage();
    await page.setBypassCSP(true);
    const found: string[] = [];
    const look = async (where: string) => {
      for (const [size, width, height] of SIZES)
        for (const scheme of ['light', 'dark']) {
          await page.setViewport({ width, height });
          await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
          found.push(...(await serious(page)).map((line) => `${where}, ${size}, ${scheme}: ${line}`));
          const path = join(ARTEFACTS, `setup-${where}-${size}-${scheme}.png`);
          await page.screenshot({ path: path as `${string}.png`, fullPage: true });
          expect(await page.evaluate(ASIDE), `${where}, ${size}`).toBe(0);
        }
    };
    await page.goto(address);
    await answer(page, 'camera-user');
    await page.waitForSelector('form[data-id="camera-password"] input[type="password"]');
    await look('password');
    await answer(page, 'camera-password', CAMERA.password);
    await page.waitForSelector('form[data-id="broker"]');
    await choose(page, 'broker', 'embedded');
    await page.waitForSelector('form[data-id="page"]');
    await look('choice');
    await choose(page, 'page', 'network');
    await answer(page, 'page-password', 'short');
    await untilPage(page, told('expected a password of at least 8 characters'));
    await answer(page, 'page-password', PAGE_PASSWORD);
    await answer(page, 'finish');
    await page.waitForSelector('.outcome.written');
    await look('end');
    expect(found).toEqual([]);
    expect(await cspcam.finished()).toMatchObject({ code: 0 });
    expect(await listens(address)).toBe(false);
    const yaml = await readFile(file, 'utf8');
    expect(yaml).toMatch(/^ {2}host: 0\.0\.0\.0$/m);
    expectWithout(yaml + (await page.content()) + cspcam.out + cspcam.err, [CAMERA.password, PAGE_PASSWORD]);
    const checked = await new Cspcam(['config', 'validate', file]).finished();
    expect(checked).toMatchObject({ code: 0, err: '' });
    await page.close();
  });

  test('another window takes the steps over; closed in the middle, nothing is left', async () => {
    const folder = await newFolder();
    const { cspcam, address } = await setup(
      ...['--config', join(folder, 'cspcam.yaml'), '--camera', 'demo', '--broker', 'embedded'],
    );
    const { page } = await browser.newPage();
    await page.goto(address);
    await page.waitForSelector('form[data-id="page"]');
    const { page: other } = await browser.newPage();
    await other.goto(new URL('/', address).href);
    await other.waitForSelector('form[data-id="page"]');
    await untilPage(page, `document.querySelector('main').textContent.includes('in another window')`);
    // A window behind another one draws nothing, and so takes no click.
    await page.bringToFront();
    await page.click('button');
    await answer(page, 'page');
    await page.waitForSelector('form[data-id="finish"]');
    await Promise.all([page.close(), other.close()]);
    const { code, err } = await cspcam.finished();
    expect(code).toBe(1);
    expect(err.trim().split('\n').at(-1)).toBe(
      'cspcam: expected an open page until the end for cspcam setup --page, received one that was closed',
    );
    expect(await readdir(folder)).toEqual([]);
    expect(await listens(address)).toBe(false);
  });

  test('a wrong token opens nothing, and the right one opens once', async () => {
    const folder = await newFolder();
    const { cspcam, address } = await setup('--config', join(folder, 'cspcam.yaml'), '--camera', 'demo');
    const own = new URL('/', address).href;
    const token = address.split('=')[1]!;
    const refused = async (open: string) => {
      const context = await browser.browser.createBrowserContext();
      const stranger = await context.newPage();
      await stranger.goto(open);
      await untilPage(
        stranger,
        `document.querySelector('[role="alert"]')?.textContent.includes('opens once')`,
      );
      await context.close();
    };
    await refused(own);
    await refused(`${own}#token=${token.slice(1)}`);
    expect(
      (await post(`${own}api/login`, { password: token }, { origin: 'http://evil.example' })).status,
    ).toBe(403);
    const { page } = await browser.newPage();
    await page.goto(address);
    await page.waitForSelector('form[data-id="broker"]');
    await refused(address);
    // The steps go on where they were opened, until somebody ends them in the terminal.
    await choose(page, 'broker', 'embedded');
    await page.waitForSelector('form[data-id="page"]');
    cspcam.child.kill('SIGINT');
    await page.waitForSelector('.outcome.failed');
    expect(await textOf(page, '.outcome')).toContain('Nothing was written.');
    expect((await cspcam.finished()).code).toBe(1);
    expect(await readdir(folder)).toEqual([]);
    await page.close();
  });
});

test.each([
  [['--listen', '127.0.0.1'], 'expected --page beside it for --listen, received nothing'],
  [['--page', '--yes'], 'expected no other way to ask beside it for --page, received --yes'],
  [['--page', '--listen', 'http://porch/'], 'expected HOST or HOST:PORT'],
])('%j is refused in a line', async (args, says) => {
  const { code, err } = await new Cspcam(['setup', ...args]).finished();
  expect(code).toBe(2);
  expect(err).toContain(says);
  expect(err.trim().split('\n')).toHaveLength(1);
});

test('off the loopback it warns, and names addresses that others can open', async () => {
  const { cspcam, address } = await setup('--listen', '0.0.0.0');
  expect(cspcam.out).toContain('! others on this network can read');
  expect((await (await fetch(new URL('/api/session', address))).json()) as object).toEqual({
    needsPassword: true,
    isIn: false,
  });
  cspcam.child.kill('SIGINT');
  expect((await cspcam.finished()).code).toBe(1);
});
