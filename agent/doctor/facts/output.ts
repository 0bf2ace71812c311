// A program and its arguments -> what it prints, or nothing where it is not there, fails or takes too long.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const MOST_BYTES = 1 << 22;
const LIMIT_MS = 20_000;

/** Without root's folders `su` and services find no programs that Debian keeps there. */
const path = (): string => `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;

/** In English, whatever the language of this machine; killed when the signal aborts. */
export async function outputOf(
  signal: AbortSignal,
  program: string,
  ...args: readonly string[]
): Promise<string | undefined> {
  const { HOME, USER } = process.env;
  return run(program, args, {
    signal,
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
    maxBuffer: MOST_BYTES,
    env: { PATH: path(), LC_ALL: 'C', ...(HOME && { HOME }), ...(USER && { USER }) },
  }).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );
}
