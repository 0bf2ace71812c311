// The page in a real browser -> a login, what the cameras see, nothing from elsewhere, and nothing that shuts anybody out.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import axe from 'axe-core';
import type { Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { brightModel } from '../../support/bright-model.js';
import {
  type OpenBrowser,
  openBrowser,
  PASSWORD,
  type ServedPage,
  servePage,
  textOf,
  typePassword,
  untilPage,
} from '../../support/page.js';
import { reload } from '../../support/reload.js';

const opened = await openBrowser();
/** What the model calls what it finds: whoever trains one may call it anything. */
const LABEL = '<img src=x onerror="window.hacked=1">\u202e"\'&lt;';
const SQUARE = [
  [0, 0],
  [1, 0],
  [1, 1],
  [0, 1],
];

const cameras = {
  ball: {
    source: 'test:ball?width=320&height=240&fps=10',
    zones: { all: { points: SQUARE, inertiaSeconds: 0 } },
    lines: {
      middle: {
        points: [
          [0.5, 0],
          [0.5, 1],
        ],
      },
    },
    masks: {
      objects: [
        {
          points: [
            [0, 0],
            [0.1, 0],
            [0, 0.1],
          ],
        },
      ],
    },
    motion: { enabled: false },
  },
  gone: { source: 'rtsp://user:s3cretpart@127.0.0.1:9/stream' },
  off: { source: 'test:blue?width=320&height=240', enabled: false },
};

async function hostileModel(): Promise<string> {
  const folder = await brightModel();
  const file = join(folder, 'model.json');
  await writeFile(file, (await readFile(file, 'utf8')).replaceAll('"bright"', JSON.stringify(LABEL)));
  return folder;
}

describe.skipIf(opened === undefined)('the page', () => {
  const browser: OpenBrowser = opened!;
  let served: ServedPage;
  let page: Page;
  let asked: readonly string[];
  let errors: readonly string[];
  beforeAll(async () => {
    served = await servePage(cameras, { model: await hostileModel() });
    ({ page, asked, errors } = await browser.newPage());
  });
  afterAll(async () => {
    await browser.close();
    await served?.daemon.close();
  });

  test('a wrong password is told in words, the right one lets in; nothing is shown before', async () => {
    await page.goto(served.address);
    await typePassword(page, 'not this one');
    await untilPage(page, 'document.querySelector(".problem").textContent !== ""');
    expect(await textOf(page, '.problem')).toBe('This is not the password.');
    expect(await textOf(page, 'body')).not.toContain('ball');
    expect(asked.some((url) => url.startsWith('ws:'))).toBe(false);
    // It is selected, to be typed over.
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press('Enter');
    await page.waitForSelector('.camera');
    expect(await page.$$('.camera')).toHaveLength(3);
  });

  test('a picture with what was found on it, the states of all cameras in words', async () => {
    await page.waitForSelector('.camera[data-state="running"]');
    const canvas = '.camera[data-state="running"] canvas';
    // The ball is white; what is drawn over it is not grey.
    await untilPage(
      page,
      `[...document.querySelector('${canvas}').getContext("2d").getImageData(0, 0, 900, 600).data].some((value, i, all) => i % 4 === 0 && value > 240 && all[i + 1] > 240 && all[i + 2] > 240)`,
    );
    await untilPage(
      page,
      `document.querySelector('${canvas}').getAttribute("aria-label").startsWith("ball, ")`,
    );
    await page.waitForSelector('.camera[data-state="retrying"]');
    const states = await page.$$eval('.camera', (cards) =>
      cards.map((card) => card.querySelector('.state')!.textContent),
    );
    expect(states[0]).toBe('Running');
    expect(states[1]).toContain(
      'expected a camera that accepts connections for rtsp://***@127.0.0.1:9/stream',
    );
    expect(states[1]).toContain('tried again');
    expect(states[2]).toBe('Switched off');
    expect(await page.content()).not.toContain('s3cretpart');
  });

  test('events come by themselves, with the picture of their object once it has gone', async () => {
    await page.waitForSelector('.events li');
    // Whoever counts anew lets all objects go.
    const { daemon } = served;
    const { ball } = cameras;
    await reload(daemon, {
      ...daemon.config,
      cameras: { ...cameras, ball: { ...ball, stationarySeconds: 3 } },
    });
    await page.waitForSelector('.events li img');
    await untilPage(page, 'document.querySelector(".events img").naturalWidth > 0');
    const words = await page.$$eval('.events .what', (rows) => rows.map((row) => row.textContent));
    expect(words.join('\n')).toContain(`${LABEL} enters all`);
    await page.click('.events li button');
    await page.waitForSelector('dialog[open] img');
    await page.keyboard.press('Escape');
  });

  test('figures are drawn, and said', async () => {
    await untilPage(
      page,
      'document.querySelector(".charts polyline.first").getAttribute("points").split(" ").length > 2',
    );
    expect(await textOf(page, '.charts figcaption')).toMatch(
      /^Frames per second[\d.]+ captured[\d.]+ looked at$/,
    );
    await untilPage(
      page,
      '/\\d of \\d.*frames.s looked at/.test(document.querySelector(".rates").textContent)',
    );
  });

  test('names of a model are text: no element, no script, no turned words', async () => {
    await untilPage(page, 'document.querySelector(".counts").textContent.includes("onerror")');
    expect(await textOf(page, '.camera .counts')).toMatch(/^\u2068\d+ <img/);
    expect(await textOf(page, '.camera .counts')).toContain(LABEL);
    expect(
      await page.evaluate('[window.hacked, document.querySelectorAll(".camera img, [onerror]").length]'),
    ).toEqual([null, 0]);
    expect(await page.$eval('.events .what', (row) => row.firstElementChild!.tagName)).toBe('BDI');
  });

  for (const [size, width, height] of [
    ['wide', 1280, 800],
    ['narrow', 390, 844],
  ] as const)
    for (const scheme of ['light', 'dark'])
      test(`nothing that is serious to axe: ${size}, ${scheme}`, async () => {
        const { page: own } = await browser.newPage();
        await own.setBypassCSP(true);
        await own.setViewport({ width, height });
        await own.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
        const found: string[] = [];
        const look = async (where: string) => {
          await own.evaluate(axe.source);
          const { violations } = (await own.evaluate('axe.run()')) as axe.AxeResults;
          for (const { impact, id, nodes } of violations)
            if (impact === 'serious' || impact === 'critical')
              found.push(
                ...nodes.map(({ html, failureSummary }) => `${where}: ${id}: ${html}: ${failureSummary}`),
              );
        };
        await own.goto(served.address);
        await own.waitForSelector('.events li');
        await look('live');
        // Nothing is cut off, and nothing has to be pushed to the side.
        expect(
          await own.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'),
        ).toBe(0);
        await own.click('.camera .edit');
        await own.waitForSelector('.shapes button');
        await own.click('.shapes button');
        await own.waitForSelector('.stage .corner');
        await own.click('summary');
        await look('editor');
        expect(
          await own.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'),
        ).toBe(0);
        const context = await browser.browser.createBrowserContext();
        const stranger = await context.newPage();
        await stranger.setBypassCSP(true);
        await stranger.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
        await stranger.goto(served.address);
        await stranger.waitForSelector('#password');
        await stranger.evaluate(axe.source);
        const { violations } = (await stranger.evaluate('axe.run()')) as axe.AxeResults;
        found.push(
          ...violations
            .filter(({ impact }) => impact === 'serious' || impact === 'critical')
            .map(({ id }) => `login: ${id}`),
        );
        await context.close();
        await own.close();
        expect(found).toEqual([]);
      });

  test('another configuration: cameras come and go on the open page', async () => {
    const { daemon } = served;
    const { gone: _, ...stay } = cameras;
    await reload(daemon, { ...daemon.config, cameras: stay });
    await untilPage(page, 'document.querySelectorAll(".camera").length === 2');
    /** The part of the first canvas that nothing shines through. */
    const opaque =
      '((all) => all.filter((value, i) => i % 4 === 3 && value === 255).length / (all.length / 4))(document.querySelector(".camera canvas").getContext("2d").getImageData(0, 0, 300, 200).data)';
    expect(await page.evaluate(opaque)).toBe(1);
    await page.waitForSelector('.events img');
    await reload(daemon, {
      ...daemon.config,
      cameras: { ...stay, ball: { ...stay.ball, pictures: { send: 'none' } } },
    });
    await untilPage(page, 'document.querySelector(".note").textContent.includes("switched off")');
    // What was shown until then is gone as well; the zone is left, which hides nothing.
    await untilPage(page, `${opaque} < 0.5`);
    await untilPage(page, 'document.querySelectorAll(".events img").length === 0');
  });

  test('other keys of the page: the server is another one, the cameras go on', async () => {
    const { daemon } = served;
    const pid = await daemon.capturePid('ball');
    await reload(daemon, {
      ...daemon.config,
      page: { ...(daemon.config['page'] as object), picturesPerSecond: 2 },
    });
    // Sessions end with the server that gave them.
    await page.waitForSelector('#password');
    await typePassword(page);
    await page.waitForSelector('.camera[data-state="running"]');
    expect(await daemon.capturePid('ball')).toBe(pid);
  });

  test('nothing was asked of anybody else, and no script or policy was broken', () => {
    const { host } = new URL(served.address);
    const others = asked.filter((url) => new URL(url).host !== host);
    expect(asked.length).toBeGreaterThan(15);
    expect(others).toEqual([]);
    // While its server was another one; pictures that the agent keeps no more.
    const told = errors.filter(
      (error) => !/401|WebSocket connection|ERR_CONNECTION_(REFUSED|RESET)|404.*object\.jpg/.test(error),
    );
    expect(told).toEqual([]);
  });
});
