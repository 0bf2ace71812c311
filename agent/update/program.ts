// A program and its arguments -> how it ended and what it printed, in English.

import { execFile } from 'node:child_process';

export interface Ended {
  /** Exit code; undefined where it was not there, or ended by a signal. */
  readonly code: number | undefined;
  readonly out: string;
  readonly err: string;
}

const MOST_BYTES = 1 << 26;

/** Never throws for what the program does. @param cwd default the folder that this one runs in */
export function run(
  program: string,
  args: readonly string[],
  { cwd }: { cwd?: string } = {},
): Promise<Ended> {
  const env = {
    PATH: `${process.env['PATH'] ?? '/usr/bin:/bin'}:/usr/sbin:/sbin`,
    HOME: '/root',
    LC_ALL: 'C.UTF-8',
    DEBIAN_FRONTEND: 'noninteractive',
  };
  return new Promise((resolve) => {
    execFile(program, args, { env, maxBuffer: MOST_BYTES, ...(cwd && { cwd }) }, (error, out, err) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : undefined;
      resolve({ code, out, err: code === undefined ? `${err}${error?.message}` : err });
    });
  });
}

/** The last lines of both, for people. */
export function lastLines({ out, err }: Pick<Ended, 'out' | 'err'>, most = 20): string[] {
  return `${out}\n${err}`
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-most);
}
