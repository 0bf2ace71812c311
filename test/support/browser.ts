// The browser that is installed -> its name.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { isHere } from './tools.js';

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
