// A camera whose scene is dark and then has a ball -> the clip of its event, played in the page by a real browser.

import { mkdtemp, readdir, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe from 'axe-core';
import type { HTTPResponse, Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clipOf } from '../../support/access-units.js';
import {
  type OpenBrowser,
  openBrowser,
  type ServedPage,
  servePage,
  textOf,
  typePassword,
  untilPage,
} from '../../support/page.js';
import { reload } from '../../support/reload.js';
import { RtspCamera } from '../../support/rtsp-camera.js';

const opened = await openBrowser();
const FPS = 25;
const SIZE = { width: 320, height: 180 };
const PLAYER = 'dialog[open] video';
const CLIP = '.events .clip button';
const SQUARE = [
  [0, 0],
  [0.1, 0],
  [0, 0.1],
];

/** Five seconds of nothing, three of a ball. */
async function startCamera(): Promise<RtspCamera> {
  const [dark, ball] = await Promise.all([
    clipOf({ ...SIZE, keyEvery: FPS, pattern: 'black', frames: 5 * FPS }),
    clipOf({ ...SIZE, keyEvery: FPS, pattern: 'ball', frames: 3 * FPS }),
  ]);
  return RtspCamera.start({ clip: { codec: dark.codec, units: [...dark.units, ...ball.units] } });
}

/** In the page: its connections, and how many have told it all. */
const WATCH_SOCKETS = `
var [sockets, hellos] = [[], 0];
WebSocket = class extends WebSocket {
  constructor(...args) {
    super(...args);
    sockets.push(this);
    this.addEventListener('message', ({ data }) => (hellos += /^{"kind":"hello"/.test(data)));
  }
};`;

describe.skipIf(opened === undefined)('clips in the page', () => {
  const browser: OpenBrowser = opened!;
  const answers: HTTPResponse[] = [];
  let camera: RtspCamera;
  let served: ServedPage;
  let page: Page;
  let errors: readonly string[];
  let folder = '';
  beforeAll(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'kept-clips-')), 'clips');
    camera = await startCamera();
    served = await servePage(
      // A busy machine must not count.
      { door: { source: camera.url(), stallTimeoutSeconds: 60, motion: { enabled: false } } },
      {
        clips: { enabled: true, folder, beforeSeconds: 2, afterSeconds: 1 },
        tracking: { keepSeconds: 1 },
      },
    );
    ({ page, errors } = await browser.newPage());
    page.on('response', (answer) => {
      if (answer.url().includes('/api/clip/')) answers.push(answer);
    });
    await page.evaluateOnNewDocument(WATCH_SOCKETS);
    await page.goto(served.address);
    await typePassword(page);
  });
  afterAll(async () => {
    await browser.close();
    await served?.daemon.close();
    await camera?.close();
  });

  test('an event whose clip is told of has it, by keys alone, and it plays to its end', async () => {
    await page.waitForSelector(CLIP);
    const { payload } = await served.daemon.subscriber.next(({ topic }) => topic.endsWith('/door/clips'));
    const rows = await page.$$eval('.events li', (all) =>
      all.map((row) => [Number(row.dataset['track']), row.querySelector('.clip button') !== null] as const),
    );
    const tracks = payload.tracks.map(({ id }: { id: number }) => id);
    expect(rows.filter(([track]) => tracks.includes(track)).every(([, hasClip]) => hasClip)).toBe(true);
    // Nothing of it is asked for before somebody wants it.
    expect(answers).toEqual([]);
    await page.focus(CLIP);
    await page.keyboard.press('Enter');
    await page.waitForSelector(PLAYER);
    expect(await textOf(page, 'dialog[open] h2')).toContain('door');
    await untilPage(page, `document.querySelector('${PLAYER}').ended`);
    const played = await page.$eval(PLAYER, ({ currentTime, duration, videoWidth, videoHeight, error }) => ({
      currentTime,
      duration,
      size: { width: videoWidth, height: videoHeight },
      error,
    }));
    expect(played).toMatchObject({ size: SIZE, error: null });
    expect(played.duration).toBeGreaterThan(3);
    expect(played.currentTime).toBeCloseTo(played.duration, 1);
    expect(answers[0]!.status()).toBe(206);
    expect(answers[0]!.headers()['content-type']).toBe('video/mp4');
  });

  test('back to its middle, and on from there', async () => {
    await page.$eval(PLAYER, (video) => {
      video.currentTime = 2;
      void video.play();
    });
    await untilPage(page, `((at) => at > 2.2 && at < 4)(document.querySelector('${PLAYER}').currentTime)`);
    await page.$eval(PLAYER, (video) => video.pause());
  });

  test('nothing in the player is serious to axe', async () => {
    const { page: own } = await browser.newPage();
    await own.setBypassCSP(true);
    await own.goto(served.address);
    await own.waitForSelector(CLIP);
    await own.click(CLIP);
    await own.waitForSelector(PLAYER);
    await own.evaluate(axe.source);
    const { violations } = (await own.evaluate('axe.run()')) as axe.AxeResults;
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    expect(serious.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    await own.close();
  });

  test('Escape closes it, lets the clip go, and comes back to the button, over a lost connection too', async () => {
    await page.evaluate('sockets.at(-1).close()');
    await untilPage(page, 'hellos === 2');
    await page.keyboard.press('Escape');
    await page.waitForSelector(PLAYER, { hidden: true });
    await untilPage(page, '!document.querySelector("dialog video").hasAttribute("src")');
    expect(await page.evaluate('document.activeElement.parentElement.className')).toBe('clip');
  });

  test('a clip that is gone is told in words', async () => {
    const gone = (await readdir(folder)).filter((name) => name.endsWith('.mp4'));
    await Promise.all(gone.map((name) => unlink(join(folder, name)).catch(() => {})));
    // A page that has played it may have it in memory.
    const { page: own } = await browser.newPage();
    await own.goto(served.address);
    await own.waitForSelector(CLIP);
    // Browsers load nothing for a page that nobody sees.
    await own.bringToFront();
    // The oldest, which was whole before.
    await own.evaluate(`[...document.querySelectorAll('${CLIP}')].at(-1).click()`);
    expect(gone).toContain(await own.$eval('dialog[open] a', ({ href }) => href.split('/').at(-1)));
    await untilPage(own, 'document.querySelector("dialog[open] .problem")?.textContent');
    expect(await textOf(own, 'dialog[open] .problem')).toBe('This clip is kept no longer.');
    await own.close();
  });

  test('a camera that gets a mask has no clips to be seen from then on', async () => {
    const { daemon } = served;
    const { door } = daemon.config['cameras'] as { door: object };
    await reload(daemon, {
      ...daemon.config,
      clips: { enabled: false },
      cameras: { door: { ...door, masks: { privacy: [SQUARE] } } },
    });
    await untilPage(page, `document.querySelector('${CLIP}') === null`);
    expect(await page.$(PLAYER)).toBeNull();
    const told = errors.filter((error) => !/40[14].*api/.test(error));
    expect(told).toEqual([]);
  });
});
