// A command and its arguments -> done, or an Error with what it printed.

import { spawnSync } from 'node:child_process';

/** @returns what it wrote on standard output, without the last line feed */
export function output(command, args, options = {}) {
  const { status, signal, error, stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    ...options,
  });
  if (status !== 0)
    throw new Error(
      `expected exit code 0 of ${command} ${args.join(' ')}, received ${status ?? signal ?? error?.code}\n${stdout ?? ''}${stderr ?? ''}`,
    );
  return stdout?.trimEnd();
}

/** What npm would otherwise do beside the work: ask for funds, look for advisories, run scripts of packages. */
export const quietNpm = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
