// Arguments -> the built `cspcam` in a terminal of its own: what it draws there, and the keys that are pressed.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'vitest';
import { PROGRAM } from './cspcam.js';
import { childrenOf } from './processes.js';

/** As a terminal sends it: to every process in front of it. */
export const CTRL_C = '\u0003';

export class Terminal {
  readonly #script: ChildProcess;
  readonly #finished: Promise<number | null>;
  text = '';

  /**
   * @param args without spaces in them
   * @param within a command that becomes the one that it is given
   */
  constructor(
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
    within: readonly string[] = [],
  ) {
    const before = within.map((word) => `'${word}' `).join('');
    const command = `stty cols 120 rows 40; exec ${before}${process.execPath} ${PROGRAM} ${args.join(' ')}`;
    this.#script = spawn('script', ['--quiet', '--return', '--flush', '--command', command, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, NO_COLOR: '1', ...environment },
    });
    this.#script.stdout!.on('data', (chunk) => (this.text += chunk));
    this.#finished = once(this.#script, 'close').then(([code]) => code);
  }

  /** Resolves once it has drawn that. */
  async until(text: string): Promise<void> {
    await expect.poll(() => this.text, { timeout: 100_000 }).toContain(text);
  }

  press(keys: string): void {
    this.#script.stdin!.write(keys);
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    for (const pid of await childrenOf(this.#script.pid!)) process.kill(pid, signal);
  }

  /** @returns the exit code */
  finished(): Promise<number | null> {
    return this.#finished;
  }
}
