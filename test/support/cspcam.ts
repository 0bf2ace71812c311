// Arguments -> the built `cspcam` as a process of its own.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';

export const PROGRAM = resolve(import.meta.dirname, '../../dist/agent/cli/main.js');

export interface Finished {
  /** Nothing where a signal ended it. */
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export class Cspcam {
  readonly child: ChildProcess;
  readonly #finished: Promise<Finished>;
  out = '';
  err = '';

  /**
   * @param input what stands on standard input; without it, that is closed
   * @param within a command that becomes the one that it is given
   */
  constructor(
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
    input?: string,
    within: readonly string[] = [],
  ) {
    const [program, ...rest] = [...within, process.execPath, PROGRAM, ...args] as const;
    this.child = spawn(program!, rest, {
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1', ...environment },
    });
    this.child.stdin?.end(input);
    this.child.stdout!.on('data', (chunk) => (this.out += chunk));
    this.child.stderr!.on('data', (chunk) => (this.err += chunk));
    this.#finished = once(this.child, 'close').then(([code]) => ({ code, out: this.out, err: this.err }));
  }

  finished(): Promise<Finished> {
    return this.#finished;
  }

  /** For the end of a test: whatever its state. */
  async close(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.#finished;
  }
}

/** Runs to its end. */
export function cspcam(...args: string[]): Promise<Finished> {
  return new Cspcam(args).finished();
}

/** @returns the file, in a folder of its own */
export async function writeConfig(config: object): Promise<string> {
  const file = join(await mkdtemp(join(tmpdir(), 'cspcam-')), 'cspcam.yaml');
  await writeFile(file, stringify(config));
  return file;
}
