// A page on disk -> what a headless Chromium makes of it, without network.

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { isHere } from './tools.js';

/** Not in git: pictures for people to look at after a run. */
const ARTEFACTS = resolve(import.meta.dirname, '../artefacts');

const names = ['chromium', 'chromium-browser', 'google-chrome'];

/** @returns the program, or undefined where none is installed */
export async function findBrowser(): Promise<string | undefined> {
  for (const name of names) {
    const found = await promisify(execFile)(name, ['--version']).catch(() => undefined);
    if (found !== undefined) return name;
  }
  isHere('chromium', false);
  return undefined;
}

export interface PageOptions {
  readonly width?: number;
  readonly height?: number;
  readonly isDark?: boolean;
}

/** The page as HTML once its scripts have run. @param script to be run in the page, as part of it */
export async function dumpPage(browser: string, file: string, options: PageOptions = {}): Promise<string> {
  return run(browser, file, options, ['--dump-dom']);
}

/** @returns the PNG, in the folder of artefacts */
export async function screenshot(
  browser: string,
  file: string,
  name: string,
  options: PageOptions = {},
): Promise<string> {
  await mkdir(ARTEFACTS, { recursive: true });
  const picture = join(ARTEFACTS, `${name}.png`);
  await rm(picture, { force: true });
  await run(browser, file, options, [`--screenshot=${picture}`]);
  return picture;
}

async function run(
  browser: string,
  file: string,
  { width = 1300, height = 1600, isDark = false }: PageOptions,
  args: readonly string[],
): Promise<string> {
  const profile = await mkdtemp(join(tmpdir(), 'browser-'));
  try {
    const { stdout } = await promisify(execFile)(
      browser,
      [
        '--headless=new',
        '--no-sandbox',
        '--disable-gpu',
        '--hide-scrollbars',
        '--no-first-run',
        // Nothing may be fetched: every name leads nowhere.
        '--host-resolver-rules=MAP * ~NOTFOUND',
        '--virtual-time-budget=2000',
        `--user-data-dir=${profile}`,
        `--window-size=${width},${height}`,
        `--blink-settings=preferredColorScheme=${isDark ? 0 : 1}`,
        ...args,
        pathToFileURL(file).href,
      ],
      { maxBuffer: 1e8, timeout: 60_000 },
    );
    return stdout;
  } finally {
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
