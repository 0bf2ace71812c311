// A report of `cspcam bench` -> whether a person can read it: laid out wide and narrow, drawn, in light and dark.

import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { expect } from 'vitest';
import type { OpenBrowser } from './page.js';

/** Not in git: pictures for people to look at after a run. */
const ARTEFACTS = resolve(import.meta.dirname, '../artefacts');
const HEIGHT = 1600;

/** In the page: how every chart is laid out, and what does not fit. */
const PROBE = `({
  wide: document.documentElement.scrollWidth > innerWidth,
  boxes: [...document.querySelectorAll('.card svg[role=img]')].map((svg) => {
    const outer = svg.getBoundingClientRect();
    const { width: viewWidth, height: viewHeight } = svg.viewBox.baseVal;
    const outside = [...svg.querySelectorAll('text, rect, circle, path, polyline')].filter((mark) => {
      const inner = mark.getBoundingClientRect();
      return inner.left < outer.left - 2 || inner.right > outer.right + 2 || inner.top < outer.top - 2 || inner.bottom > outer.bottom + 2;
    });
    return { name: svg.getAttribute('aria-label'), width: outer.width, height: outer.height, viewWidth, viewHeight, marks: svg.querySelectorAll('*').length, outside: outside.map((mark) => mark.outerHTML.slice(0, 120)) };
  }),
})`;

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

/** @param name of its pictures @param charts names of those that it has, among others */
export async function expectReadable(
  { newPage }: OpenBrowser,
  file: string,
  name: string,
  charts: readonly RegExp[],
): Promise<void> {
  const { page, errors } = await newPage();
  await page.goto(pathToFileURL(file).href);
  for (const width of [420, 1300]) {
    await page.setViewport({ width, height: HEIGHT });
    const { boxes, wide } = (await page.evaluate(PROBE)) as Probe;
    expect(wide).toBe(false);
    for (const chart of charts)
      expect(boxes.map((box) => box.name)).toContainEqual(expect.stringMatching(chart));
    for (const box of boxes) {
      expect(box.width).toBeGreaterThan(250);
      expect(box.height / box.width).toBeCloseTo(box.viewHeight / box.viewWidth, 1);
      expect(box.marks).toBeGreaterThan(3);
      expect(box.outside, `${box.name} at ${width}`).toEqual([]);
    }
  }
  await mkdir(ARTEFACTS, { recursive: true });
  const seenIn = async (scheme: 'light' | 'dark') => {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    const path = join(ARTEFACTS, `bench-${name}-${scheme}.png`);
    const { channels, entropy } = await sharp(await page.screenshot({ path })).stats();
    return { mean: channels[0]!.mean, deviation: channels[0]!.stdev, entropy };
  };
  const [light, dark] = [await seenIn('light'), await seenIn('dark')];
  expect(light.mean).toBeGreaterThan(200);
  expect(dark.mean).toBeLessThan(80);
  for (const { deviation, entropy } of [light, dark]) {
    expect(deviation).toBeGreaterThan(5);
    expect(entropy).toBeGreaterThan(0.3);
  }
  expect(errors).toEqual([]);
  await page.close();
}
