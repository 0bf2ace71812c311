// A command line that speaks the protocol -> requests and answers; one process that stays up between its turns.

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { CspcamError } from '#common/errors.js';

const CLOSE_MS = 5000;

export class EngineProcess {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  #complaint = '';

  /** @param cpus the only ones that it may run on; all where absent */
  constructor(command: readonly string[], cpus?: readonly number[]) {
    const pinned = cpus ? ['taskset', '-c', cpus.join(), ...command] : command;
    this.#child = spawn(pinned[0]!, pinned.slice(1), { stdio: 'pipe' });
    this.#child.on('error', (error) => {
      this.#complaint += error.message;
    });
    this.#child.stdin.on('error', () => {});
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#complaint = (this.#complaint + text).slice(-2000);
    });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** @throws CspcamError with what the engine says of itself */
  async ask<Answer extends { readonly error?: string }>(request: object): Promise<Answer> {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new CspcamError(`the engine ended: ${lastLine(this.#complaint)}`);
    const answer = JSON.parse(value) as Answer;
    if (answer.error !== undefined) throw new CspcamError(answer.error);
    return answer;
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null || this.#child.pid === undefined)
      return;
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), CLOSE_MS);
    const exited = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.stdin.end();
    await exited;
    clearTimeout(timer);
  }
}

/** What a program that failed wrote last. */
export function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) || 'it said nothing';
}
