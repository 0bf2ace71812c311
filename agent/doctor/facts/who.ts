// A user's name -> its number, groups and home; and whether it may use a file, as its mode says.

import { constants, type Stats } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { outputOf } from './output.js';

/** Whoever runs the agent, or would. */
export interface Who {
  readonly user: string;
  readonly uid: number;
  readonly gids: readonly number[];
  readonly groups: readonly string[];
  readonly home: string;
  /** It is who runs this process, whose rights the kernel tells. */
  readonly isSelf: boolean;
}

/**
 * @param more names of groups that a service has beside those of its user
 * @returns nothing for a user that does not exist
 */
export async function readWho(
  user: string,
  signal: AbortSignal,
  more: readonly string[] = [],
): Promise<Who | undefined> {
  const [uid, gids, groups, entry, others] = await Promise.all([
    outputOf(signal, 'id', '-u', user),
    outputOf(signal, 'id', '-G', user),
    outputOf(signal, 'id', '-Gn', user),
    outputOf(signal, 'getent', 'passwd', user),
    Promise.all(more.map((group) => outputOf(signal, 'getent', 'group', group))),
  ]);
  if (!uid || !gids) return undefined;
  const added = others.flatMap((line) => line?.split(':')[2] ?? []);
  return {
    user,
    uid: Number(uid),
    gids: [...gids.split(' '), ...added].map(Number),
    groups: [...(groups ?? '').split(' '), ...more],
    home: entry?.split(':')[5] ?? '/',
    isSelf: false,
  };
}

/** Groups are those of this process: new ones count from the next login on. */
export async function readSelf(signal: AbortSignal): Promise<Who> {
  const { username, uid, homedir } = own();
  const groups = await outputOf(signal, 'id', '-Gn');
  return {
    user: username,
    uid,
    gids: process.getgroups?.() ?? [],
    groups: (groups ?? '').split(' '),
    home: homedir,
    isSelf: true,
  };
}

/** A user without an entry has a number all the same. */
function own(): { username: string; uid: number; homedir: string } {
  try {
    return userInfo();
  } catch {
    const uid = process.getuid?.() ?? 0;
    return { username: `${uid}`, uid, homedir: process.env['HOME'] ?? '/' };
  }
}

export type Use = 'read' | 'write';

/** Access lists beyond the mode are known of this process alone. */
export async function mayUse(who: Who, path: string, uses: readonly Use[]): Promise<boolean> {
  if (who.isSelf) {
    const mode = uses.reduce((bits, use) => bits | (use === 'read' ? constants.R_OK : constants.W_OK), 0);
    return access(path, mode).then(
      () => true,
      () => false,
    );
  }
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && uses.every((use) => allows(found, who, use === 'read' ? 4 : 2));
}

function allows({ mode, uid, gid }: Stats, who: Who, bit: number): boolean {
  if (who.uid === 0) return true;
  const shift = uid === who.uid ? 6 : who.gids.includes(gid) ? 3 : 0;
  return ((mode >> shift) & bit) !== 0;
}
