// Reports in a real browser, without network: laid out, drawn, readable in dark and light.

import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { dumpPage, findBrowser, screenshot } from '../../support/browser.js';
import { cspcam } from '../../support/cspcam.js';

const browser = await findBrowser();
const scratch = () => mkdtempSync(join(tmpdir(), 'report-'));

/** Appended to a copy of a page: writes down how every chart is laid out, and what does not fit. */
const PROBE = `<script>
const boxes = [...document.querySelectorAll('.card svg[role=img]')].map((svg) => {
  const { width, height } = svg.getBoundingClientRect();
  const { width: viewWidth, height: viewHeight } = svg.viewBox.baseVal;
  const outside = [...svg.querySelectorAll('text, rect, circle, path, polyline')].filter((mark) => {
    const outer = svg.getBoundingClientRect(), inner = mark.getBoundingClientRect();
    return inner.left < outer.left - 2 || inner.right > outer.right + 2 || inner.top < outer.top - 2 || inner.bottom > outer.bottom + 2;
  });
  return { name: svg.getAttribute('aria-label'), width, height, viewWidth, viewHeight, marks: svg.querySelectorAll('*').length, outside: outside.map((mark) => mark.outerHTML.slice(0, 120)) };
});
const wide = document.documentElement.scrollWidth > innerWidth;
document.body.innerHTML = '<pre id="probe">' + JSON.stringify({ boxes, wide }).replace(/&/g, '&amp;').replace(/</g, '&lt;') + '</pre>';
</script>`;

interface Probe {
  readonly boxes: readonly {
    readonly name: string;
    readonly width: number;
    readonly height: number;
    readonly viewWidth: number;
    readonly viewHeight: number;
    readonly marks: number;
    readonly outside: readonly string[];
  }[];
  readonly wide: boolean;
}

async function probe(file: string, width: number): Promise<Probe> {
  const copy = join(scratch(), 'probed.html');
  writeFileSync(copy, readFileSync(file, 'utf8').replace('</body>', `${PROBE}</body>`));
  const dom = await dumpPage(browser!, copy, { width });
  const text = /<pre id="probe">(.*?)<\/pre>/s.exec(dom)?.[1] ?? '';
  return JSON.parse(text.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&')) as Probe;
}

async function stats(picture: string) {
  const { channels, entropy } = await sharp(picture).stats();
  return { mean: channels[0]!.mean, deviation: channels[0]!.stdev, entropy };
}

describe.skipIf(browser === undefined)('in a browser (skipped without chromium)', () => {
  test.each<[name: string, args: string[], charts: RegExp[]]>([
    ['default', [], [/fps|frames per second over time/, /prediction/, /latencies/, /roofline/]],
    [
      'compare',
      ['--compare', '--model', 'yolov3-tiny-prn', '--size', '96,128'],
      [/^frames per second$/, /over time/, /prediction/, /latencies/, /roofline/],
    ],
    [
      'sustained',
      ['--scenario', 'sustained', '--model', 'yolov3-tiny-prn', '--size', '96'],
      [/over time/, /roofline/],
    ],
    ['paper', ['--paper'], [/beside the paper/, /roofline/]],
    [
      'standard',
      [
        ...['--model', 'yolov3-tiny-prn', '--size', '96', '--precision', 'fp32,int8', '--layers'],
        ...['--scenario', 'single,multistream,coldstart', '--fps', '50'],
      ],
      [/cold start/, /time by layer/, /time by kind/, /cameras within/, /latencies/],
    ],
  ])('%s', async (name, args, charts) => {
    const file = join(scratch(), 'report.html');
    const { code } = await cspcam('bench', '--duration', '0.5', '--html', file, ...args);
    expect(code).toBe(0);
    for (const width of [1300, 420]) {
      const { boxes, wide } = await probe(file, width);
      expect(wide).toBe(false);
      for (const chart of charts)
        expect(boxes.map((box) => box.name).some((one) => chart.test(one))).toBe(true);
      for (const box of boxes) {
        expect(box.width).toBeGreaterThan(250);
        expect(box.height / box.width).toBeCloseTo(box.viewHeight / box.viewWidth, 1);
        expect(box.marks).toBeGreaterThan(3);
        expect(box.outside, `${box.name} at ${width}`).toEqual([]);
      }
    }
    const light = await stats(await screenshot(browser!, file, `bench-${name}`));
    const dark = await stats(await screenshot(browser!, file, `bench-${name}-dark`, { isDark: true }));
    expect(light.mean).toBeGreaterThan(200);
    expect(dark.mean).toBeLessThan(80);
    for (const { deviation, entropy } of [light, dark]) {
      expect(deviation).toBeGreaterThan(5);
      expect(entropy).toBeGreaterThan(0.3);
    }
  });
});
