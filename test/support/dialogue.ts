// `cspcam setup` in a terminal -> its questions one after the other, and keys as answers.

import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { Terminal } from './terminal.js';
import { withoutWebcams } from './webcams.js';

export const ENTER = '\r';
export const UP = '\u001b[A';
export const DOWN = '\u001b[B';

/** Of the tests' own devices. */
export const LOOPBACK = ['--interface', 'lo', '--timeout', '2'];

export class Dialogue {
  readonly terminal: Terminal;
  #seen = 0;

  constructor(args: readonly string[]) {
    this.terminal = new Terminal(['setup', ...LOOPBACK, ...args], { HOME: tmpdir() }, withoutWebcams);
  }

  /** Of what has come since what was waited for before. */
  async until(words: string): Promise<void> {
    const rest = () => this.terminal.text.slice(this.#seen);
    await expect.poll(rest, { timeout: 200_000 }).toContain(words);
    this.#seen += rest().indexOf(words) + words.length;
  }

  /** @param keys before Enter, which alone is the usual answer */
  async answer(question: string, keys = ''): Promise<void> {
    await this.until(question);
    this.terminal.press(`${keys}${ENTER}`);
  }

  async close(): Promise<void> {
    await this.terminal.kill('SIGKILL');
  }
}

/** Arguments of every process of this machine. */
export async function processList(): Promise<string> {
  const { stdout } = await promisify(execFile)('ps', ['-eww', '-o', 'args'], { maxBuffer: 1 << 24 });
  return stdout;
}

/** In none of its usual forms; a failure does not show it either. */
export function expectWithout(text: string, secrets: readonly string[]): void {
  for (const secret of secrets)
    for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')])
      expect(text.includes(form), `a secret of ${secret.length} characters in it`).toBe(false);
}
