// The clocks of this machine -> the moment it is, with the time of day only where that is known to be right.

import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { monotonicMs } from '#common/clock.js';
import type { Part } from '#common/part.js';
import type { Moment } from './age.js';

const run = promisify(execFile);

/** Without a battery a clock stands years or days behind until a server of the network has set it. */
export type AskSynchronised = (signal: AbortSignal) => Promise<boolean>;

const ASK_AGAIN_MS = 60_000;
const ANSWER_MS = 5000;

/**
 * The kernel's own word (adjtimex) needs native code; these know it. systemd-timesyncd leaves a file; timedated and
 * chronyd are asked. A machine or container with none of them counts as one whose clock may be wrong.
 */
const TIMESYNCD = '/run/systemd/timesync/synchronized';
const COMMANDS: readonly { readonly command: readonly [string, ...string[]]; readonly yes: RegExp }[] = [
  { command: ['timedatectl', 'show', '--property=NTPSynchronized', '--value'], yes: /^yes$/m },
  { command: ['chronyc', '-n', 'tracking'], yes: /^Leap status\s*: Normal$/m },
];

export class MachineClock implements Part {
  readonly #ask: AskSynchronised;
  readonly #bootId = bootId();
  readonly #stopped = new AbortController();
  #isRight = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(ask: AskSynchronised = askSynchronised) {
    this.#ask = ask;
  }

  /** Asks in the background, until the answer is yes: a clock that was set once goes on well enough for hours. */
  async start(signal: AbortSignal): Promise<void> {
    AbortSignal.any([signal, this.#stopped.signal]).throwIfAborted();
    void this.#look();
    this.#timer = setInterval(() => void this.#look(), ASK_AGAIN_MS);
    this.#timer.unref();
  }

  now(): Moment {
    const moment = { bootId: this.#bootId, monotonicMs: monotonicMs() };
    return this.#isRight ? { ...moment, wallMs: Date.now() } : moment;
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    this.#isRight = await this.#ask(this.#stopped.signal).catch(() => false);
    if (this.#isRight) clearInterval(this.#timer);
  }
}

/** @returns whether somebody who knows says that the clock has been set from the network */
export async function askSynchronised(signal: AbortSignal): Promise<boolean> {
  if (existsSync(TIMESYNCD)) return true;
  // Of this time only: Node leaves its listener, and the child with it, at the signal where a program is missing.
  const ended = new AbortController();
  const end = () => ended.abort();
  signal.addEventListener('abort', end, { once: true });
  try {
    return await somebodySaysSo(ended.signal);
  } finally {
    signal.removeEventListener('abort', end);
  }
}

async function somebodySaysSo(signal: AbortSignal): Promise<boolean> {
  for (const {
    command: [program, ...given],
    yes,
  } of COMMANDS) {
    const { PATH } = process.env;
    const said = await run(program, given, { signal, timeout: ANSWER_MS, env: { PATH } }).then(
      ({ stdout }) => stdout,
      () => '',
    );
    if (yes.test(said)) return true;
  }
  return false;
}

/** Where the kernel does not tell it, one process knows nothing of the times of another. */
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return randomUUID();
  }
}
