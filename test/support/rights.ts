// A step of a test -> the same step as a user whom files can refuse: to root, everything is readable and writable.

import { spawnSync } from 'node:child_process';
import { PROGRAM } from './cspcam.js';

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

/** For the options of a process. */
export const nobody = isRoot ? { uid: NOBODY, gid: NOBODY } : {};

/** Whether such a user may start it: not where it or Node lies below /root, or was installed under a umask of 077. */
export function canNobodyStart(): boolean {
  return spawnSync(process.execPath, [PROGRAM, '--version'], { ...nobody, stdio: 'ignore' }).status === 0;
}

/** The effective user alone: what asks access(2) is still told of root. */
export async function withoutRoot<Result>(step: () => Promise<Result>): Promise<Result> {
  if (!isRoot) return step();
  process.setegid!(NOBODY);
  process.seteuid!(NOBODY);
  try {
    return await step();
  } finally {
    process.seteuid!(0);
    process.setegid!(0);
  }
}
