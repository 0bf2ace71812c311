// The editor in a real browser, by mouse and by keys -> the YAML, in force without a restart of captures.

import { readFile, writeFile } from 'node:fs/promises';
import type { Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import {
  type OpenBrowser,
  openBrowser,
  type ServedPage,
  servePage,
  textOf,
  typePassword,
  untilPage,
} from '../../support/page.js';

const opened = await openBrowser();
const cameras = {
  ball: {
    source: 'test:ball?width=320&height=240&fps=10',
    zones: {
      left: {
        points: [
          [0, 0],
          [0.5, 0],
          [0.5, 1],
          [0, 1],
        ],
        inertiaSeconds: 0,
      },
    },
    lines: {
      middle: {
        points: [
          [0.5, 0],
          [0.5, 1],
        ],
      },
    },
    motion: { enabled: false },
  },
  snow: { source: 'test:snow?width=320&height=240&fps=10' },
  street: {
    source: 'test:snow?width=320&height=240&fps=10',
    zones: { west: { points: square(0.1, 0.4) }, east: { points: square(0.6, 0.9) } },
  },
};

/** Between two parts of the width, in the upper half. */
function square(from: number, to: number): [number, number][] {
  return [
    [from, 0.1],
    [to, 0.1],
    [to, 0.5],
    [from, 0.5],
  ];
}

describe.skipIf(opened === undefined)('the editor', () => {
  const browser: OpenBrowser = opened!;
  let served: ServedPage;
  let page: Page;
  beforeAll(async () => {
    served = await servePage(cameras);
    const { file } = served.daemon;
    const text = await readFile(file, 'utf8');
    await writeFile(file, `# Written by hand.\n${text.replace('lines:', 'lines: # counted')}`);
  });
  afterEach(() => page?.close());
  afterAll(async () => {
    await browser.close();
    await served?.daemon.close();
  });

  /** With a picture to draw on. */
  async function openEditor(camera = 'ball'): Promise<void> {
    ({ page } = await browser.newPage());
    await page.goto(`${served.address}/#edit=${camera}`);
    // One login is enough for all pages of a browser.
    await page.waitForSelector('#password, .editor');
    if ((await page.$('#password')) !== null) await typePassword(page);
    await page.waitForSelector('.editor .shapes button, .editor .shapes .quiet');
    await untilPage(
      page,
      'document.querySelector(".stage canvas").getContext("2d").getImageData(0, 0, 400, 300).data.some((value) => value > 0)',
    );
  }

  const clickOn = async (text: string) => {
    const found = await page.waitForSelector(`::-p-xpath(//button[normalize-space()="${text}"])`);
    await found!.click();
  };
  const saved = async () => {
    await clickOn('Save');
    await untilPage(
      page,
      '/^(?!Checking)./.test(document.querySelector(".status").textContent) || !document.querySelector(".problems").hidden',
    );
    const problems = await textOf(page, '.problems');
    return problems === '' ? textOf(page, '.status') : `refused: ${problems}`;
  };
  const fileNow = async () => readFile(served.daemon.file, 'utf8');
  const at = async (x: number, y: number) => {
    const { x: left, y: top, width, height } = (await (await page.$('.stage'))!.boundingBox())!;
    return [left + x * width, top + y * height] as const;
  };

  test('a zone drawn by mouse is in the file, comments and all, and in force; no capture is started anew', async () => {
    const { daemon } = served;
    const pids = new Map([
      ['ball', await daemon.capturePid('ball')],
      ['snow', await daemon.capturePid('snow')],
    ]);
    await openEditor();
    await clickOn('+ Zone');
    for (const [x, y] of [
      [0.2, 0.2],
      [0.8, 0.2],
      [0.8, 0.9],
      [0.2, 0.9],
    ] as const)
      await page.mouse.click(...(await at(x, y)));
    // The first point once more.
    await page.mouse.click(...(await at(0.2, 0.2)));
    await page.waitForSelector('#shape-name');
    expect(await page.$eval('#shape-name', (field) => (field as unknown as { value: string }).value)).toBe(
      'zone-1',
    );
    // A corner is dragged.
    const [x, y] = await at(0.8, 0.2);
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(...(await at(0.9, 0.1)), { steps: 4 });
    await page.mouse.up();
    expect(await saved()).toBe('Saved and in force: cameras ball (zones.zone-1); unchanged: snow, street');

    const text = await fileNow();
    expect(text).toMatch(/^# Written by hand\.\n/);
    expect(text).toContain('lines: # counted');
    const { zones, lines } = parse(text).cameras.ball;
    expect([zones.left, lines]).toEqual([cameras.ball.zones.left, cameras.ball.lines]);
    const drawn = zones['zone-1'].points as [number, number][];
    const wanted = [
      [0.2, 0.2],
      [0.9, 0.1],
      [0.8, 0.9],
      [0.2, 0.9],
    ];
    expect(drawn).toHaveLength(4);
    for (const [i, point] of drawn.entries())
      for (const axis of [0, 1] as const)
        expect(Math.abs(point[axis] - wanted[i]![axis]!)).toBeLessThan(0.005);
    await daemon.subscriber.next(({ topic }) => topic === 'cspcam/porch/camera/ball/zone/zone-1');
    for (const [camera, pid] of pids) expect(await daemon.capturePid(camera)).toBe(pid);
  });

  test('the same by keys alone: drawn, moved, a point added and removed, renamed, saved', async () => {
    const { daemon } = served;
    const pid = await daemon.capturePid('ball');
    await openEditor();
    const press = async (...keys: string[]) => {
      for (const key of keys) await page.keyboard.press(key as 'Tab');
    };
    /** From the heading on, until the one with this name has the focus. */
    const tabTo = async (name: string) => {
      for (let tries = 0; tries < 60; tries++) {
        await press('Tab');
        const focused = await page.evaluate(
          '(document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent) || document.activeElement.id',
        );
        if (String(focused).startsWith(name)) return;
      }
      throw new Error(`nothing called ${name} can be reached`);
    };
    await page.focus('.editor h2');
    await tabTo('+ Zone');
    await press('Enter');
    // A triangle around the middle, from where the cross begins.
    await press(...Array(10).fill('ArrowLeft'), 'Space', ...Array(20).fill('ArrowRight'), 'Space');
    await press(...Array(20).fill('ArrowDown'), 'Space', 'Enter');
    await page.waitForSelector('#shape-name');
    await tabTo('Point 2 of 3');
    await press('ArrowUp', 'ArrowUp', 'Insert', 'ArrowRight', 'ArrowRight', 'Insert', 'Delete');
    expect(await page.$$('.stage .corner')).toHaveLength(4);
    await page.focus('#shape-name');
    await press('End', ...Array(12).fill('Backspace'));
    await page.keyboard.type('by-keys');
    await press('Enter', 'Tab');
    await tabTo('Save');
    await press('Enter');
    await untilPage(page, 'document.querySelector(".status").textContent.startsWith("Saved")');
    expect(await textOf(page, '.status')).toContain('(zones.by-keys)');
    expect(parse(await fileNow()).cameras.ball.zones['by-keys']).toEqual({
      points: [
        [0.4, 0.5],
        [0.6, 0.48],
        [0.62, 0.59],
        [0.6, 0.7],
      ],
    });
    await daemon.subscriber.next(({ topic }) => topic === 'cspcam/porch/camera/ball/zone/by-keys');
    expect(await daemon.capturePid('ball')).toBe(pid);
  });

  test('by finger: a point that lies under another shape goes where the finger goes', async () => {
    await openEditor('snow');
    for (const corner of [0.4, 0.6] as const) {
      await clickOn('+ Zone');
      for (const [x, y] of [
        [corner - 0.2, corner - 0.2],
        [corner + 0.1, corner - 0.1],
        [corner - 0.1, corner + 0.1],
      ] as const)
        await page.touchscreen.tap(...(await at(x, y)));
      await page.keyboard.press('Enter');
    }
    await clickOn('zone-1zone');
    await page.touchscreen.touchStart(...(await at(0.5, 0.3)));
    for (let step = 1; step <= 10; step++)
      await page.touchscreen.touchMove(...(await at(0.5 + 0.03 * step, 0.3 + 0.05 * step)));
    await page.touchscreen.touchEnd();
    await untilPage(
      page,
      'document.querySelector("[data-point=\\"1\\"]").getAttribute("aria-label").startsWith("Point 2 of 3, 80 % from the left, 80 %")',
    );
  });

  test('who works by keys stays where they are: in the list, the fields and at the buttons', async () => {
    await openEditor();
    const focused = async () =>
      String(
        await page.evaluate(
          '((at) => at.getAttribute("aria-label") ?? (at.textContent || at.tagName))(document.activeElement)',
        ),
      );
    await page.focus('.shapes button');
    await page.keyboard.press('Enter');
    expect(await focused()).toBe('leftzone');
    await page.focus('#shape-name');
    await page.keyboard.type('a');
    await page.keyboard.press('Tab');
    expect(await focused()).toMatch(/^4 points/);
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Point 1, % from the left');
    await page.keyboard.type('3');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Point 1, % from the top');
    await page.focus('[aria-label="Add a point after 1"]');
    await page.keyboard.press('Enter');
    expect(await focused()).toBe('Add a point after 1');
    // One click, though the field that is left with it was changed.
    await page.focus('#shape-name');
    await page.keyboard.type('b');
    await (await page.waitForSelector('.shapes li:last-child .name'))!.click();
    expect(await textOf(page, '.shapes [aria-pressed="true"]')).toBe('middleline');
    await page.click('.shapes button');
    await page.focus('.fields .danger');
    await page.keyboard.press('Enter');
    expect(await focused()).toMatch(/^(?!left).*(zone|line)$/);
    const undo = await page.waitForSelector('::-p-xpath(//button[normalize-space()="Undo"])');
    for (let left = 10; left > 0 && !(await undo!.evaluate((of) => of.hasAttribute('disabled'))); left--) {
      await undo!.focus();
      await page.keyboard.press('Enter');
    }
    expect(await focused()).toMatch(/(zone|line)$/);
  });

  test('what is typed is of the shape that it was typed for, whatever is pressed in the picture next', async () => {
    await openEditor('street');
    const select = async (name: string) =>
      (await page.waitForSelector(`::-p-xpath(//button[*[@class="name"]="${name}"])`))!.click();
    const type = async (field: string, typed: string) => {
      await page.focus(field);
      await page.$eval(field, (of) => (of as unknown as { select: () => void }).select());
      await page.keyboard.type(typed);
    };
    const names = () => page.$$eval('.shapes .name', (found) => found.map((one) => one.textContent));
    const xs = () =>
      page.$$eval('.points li input:first-child', (found) =>
        found.map((one) => Number((one as unknown as { value: string }).value)),
      );
    const selected = () => textOf(page, '.shapes [aria-pressed="true"] .name');

    await select('west');
    await type('#shape-name', 'door');
    await page.mouse.click(...(await at(0.8, 0.3)));
    expect([await names(), await selected()]).toEqual([['door', 'east'], 'east']);
    await type('#shape-name', 'steps');
    await page.mouse.click(...(await at(0.5, 0.9)));
    expect(await names()).toEqual(['door', 'steps']);

    await select('door');
    await page.click('.fields summary');
    await type('[aria-label="Point 3, % from the left"]', '30');
    await page.mouse.click(...(await at(0.8, 0.3)));
    expect([await selected(), await xs()]).toEqual(['steps', [60, 90, 90, 60]]);
    await select('door');
    expect(await xs()).toEqual([10, 40, 30, 10]);
    // A point more before the one that was typed for: halfway from the second to the third.
    await type('[aria-label="Point 3, % from the left"]', '40');
    await page.mouse.click(...(await at(0.35, 0.3)));
    expect(await xs()).toEqual([10, 40, 40, 40, 10]);
    // A shape that is dragged keeps what was typed of it.
    await type('[aria-label="Point 1, % from the left"]', '20');
    await page.mouse.move(...(await at(0.3, 0.3)));
    await page.mouse.down();
    await page.mouse.move(...(await at(0.3, 0.4)), { steps: 4 });
    await page.mouse.up();
    expect(await xs()).toEqual([20, 40, 40, 40, 10]);
  });

  test('Back asks before shapes are lost; a session that ends loses none', async () => {
    await openEditor();
    const open = page.url();
    await page.goto(served.address);
    await (await page.waitForSelector('.camera .edit'))!.click();
    await (await page.waitForSelector('.shapes button'))!.click();
    await clickOn('Delete left');
    const asked: string[] = [];
    page.once('dialog', async (dialog) => {
      asked.push(dialog.message());
      await dialog.dismiss();
    });
    await page.evaluate('history.back()');
    await untilPage(page, 'location.hash === "#edit=ball"');
    const left = async () => page.$$eval('.shapes .name', (names) => names.map((name) => name.textContent));
    expect([asked, await left()]).toEqual([['Leave without saving?'], expect.not.arrayContaining(['left'])]);
    expect(page.url()).toBe(open);

    await page.evaluate(
      'fetch("/api/logout", { method: "POST", headers: { "content-type": "application/json" }, body: "{}" })',
    );
    await typePassword(page);
    await page.waitForSelector('.editor');
    expect(await left()).not.toContain('left');
    page.once('dialog', (dialog) => dialog.accept());
    await clickOn('Close');
    await page.waitForSelector('.camera');
  });

  test('what is no zone is refused in words, and neither the file nor the agent changes', async () => {
    const before = await fileNow();
    await openEditor('snow');
    await clickOn('+ Zone');
    for (const [x, y] of [
      [0.2, 0.2],
      [0.8, 0.8],
      [0.8, 0.2],
      [0.2, 0.8],
    ] as const)
      await page.mouse.click(...(await at(x, y)));
    await page.keyboard.press('Enter');
    expect(await saved()).toMatch(
      /^refused: cameras\.snow\.zones\.zone-1\.points: expected a polygon whose edges neither cross nor touch/,
    );
    expect(await fileNow()).toBe(before);
  });

  test('hostile names are shown as they are typed, and do nothing', async () => {
    const name = '"><img src=x onerror="window.hacked=1">\u202e<script>window.hacked=1</script>';
    const before = await fileNow();
    await openEditor();
    await (await page.waitForSelector('.shapes button'))!.click();
    await page.$eval(
      '#shape-name',
      (field, typed) => {
        (field as unknown as { value: string }).value = typed;
        field.dispatchEvent(new Event('change'));
      },
      name,
    );
    expect(await textOf(page, '.shapes [aria-pressed="true"] .name')).toBe(name);
    expect(await saved()).toContain('a zone id of 1 to 63 lower case letters');
    expect(
      await page.evaluate('[window.hacked, document.querySelectorAll(".editor img, .editor script").length]'),
    ).toEqual([null, 0]);
    expect(await fileNow()).toBe(before);
  });

  test('who draws keeps what is drawn while somebody changes the file, and puts it over other shapes only on purpose', async () => {
    await openEditor();
    await writeFile(served.daemon.file, `${await fileNow()}# Later.\n`);
    await (await page.waitForSelector('.shapes button'))!.click();
    await clickOn('Delete left');
    expect(await saved()).toMatch(/^Saved and in force: cameras ball \(zones\.left\)/);
    expect(await fileNow()).not.toContain('left:');
    expect(await fileNow()).toContain('# Later.');

    await (await page.waitForSelector('::-p-xpath(//button[*[@class="name"]="middle"])'))!.click();
    await clickOn('Delete middle');
    await writeFile(served.daemon.file, (await fileNow()).replace('middle:', 'centre:'));
    expect(await saved()).toBe(
      'refused: These zones, lines and masks have changed in the file meanwhile. Save again to put yours in their place; close the editor and open it again for those of the file.',
    );
    expect(await fileNow()).toContain('centre:');
    expect(await saved()).toMatch(/^Saved and in force: cameras ball \(lines/);
    expect(await fileNow()).not.toContain('centre:');
  });

  test('what is drawn and typed while Save is under way stays, and is saved with the next', async () => {
    await openEditor('street');
    const select = async (name: string) =>
      (await page.waitForSelector(`::-p-xpath(//button[*[@class="name"]="${name}"])`))!.click();
    await select('west');
    await clickOn('Delete west');
    await page.evaluate(
      'const ask = window.fetch; window.fetch = async (...asked) => { await new Promise((resolve) => { window.release = resolve; }); window.fetch = ask; return ask(...asked); };',
    );
    await clickOn('Save');
    await untilPage(page, 'window.release !== undefined');
    await select('east');
    await page.$eval('#shape-name', (of) => (of as unknown as { select: () => void }).select());
    await page.keyboard.type('porch');
    await page.keyboard.press('Enter');
    await page.$eval('#shape-name', (of) => (of as unknown as { select: () => void }).select());
    // Without Enter.
    await page.keyboard.type('gate');
    await page.evaluate('window.release()');
    await untilPage(page, 'document.querySelector(".status").textContent.startsWith("Saved")');
    expect(Object.keys(parse(await fileNow()).cameras.street.zones)).toEqual(['east']);
    expect(await textOf(page, '.shapes [aria-pressed="true"] .name')).toBe('porch');
    expect(await saved()).toMatch(/^Saved and in force: cameras street \(zones\.(gate|east)/);
    expect(Object.keys(parse(await fileNow()).cameras.street.zones)).toEqual(['gate']);
  });

  test('a mask is added and a zone deleted; the YAML is shown to be copied', async () => {
    const pid = await served.daemon.capturePid('snow');
    await openEditor('snow');
    await clickOn('+ Privacy mask');
    for (const [x, y] of [
      [0.1, 0.1],
      [0.4, 0.1],
      [0.4, 0.4],
    ] as const)
      await page.mouse.click(...(await at(x, y)));
    await page.keyboard.press('Enter');
    await clickOn('Show YAML');
    await untilPage(page, '!document.querySelector(".yaml").hidden');
    expect(await fileNow()).not.toContain('privacy');
    const { privacy } = parse(await textOf(page, '.yaml')).cameras.snow.masks;
    expect(privacy).toHaveLength(1);
    expect(await saved()).toContain('snow (masks.privacy)');
    expect(parse(await fileNow()).cameras.snow.masks).toEqual({ privacy });
    // What must not be seen is a matter of its capture process.
    expect(await served.daemon.capturePid('snow', pid)).not.toBe(pid);
  });
});
