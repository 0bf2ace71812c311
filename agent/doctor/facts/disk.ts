// Folders -> the disks behind them: room, files, whether they can be written, and what flash memory tells of its wear.

import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { namesIn, textOf } from '#common/kernel-files.js';
import type { Folders } from '../subject.js';
import { outputOf } from './output.js';
import { mayUse, type Who } from './who.js';

export interface FolderFacts {
  readonly use: keyof Folders;
  readonly path: string;
  readonly exists: boolean;
  /** The folder, or the nearest above it that is there. */
  readonly nearest: string;
  readonly isWritable: boolean;
  /** Where its disk hangs in the tree. */
  readonly mountPoint: string;
  /** Its file system takes no writes from anybody. */
  readonly isReadOnly: boolean;
  /** Nothing where it did not answer. */
  readonly freeBytes?: number;
  readonly totalBytes?: number;
  /** Inodes; nothing where the file system makes them as it goes. */
  readonly freeFiles?: number;
}

/** As JEDEC's eMMC and a few cards tell it. */
export interface Wear {
  readonly device: string;
  /** Of the life that its maker gives it, tenths: 1 is up to a tenth used, 11 is beyond. */
  readonly usedTenths: number;
}

export interface DiskFacts {
  readonly folders: readonly FolderFacts[];
  readonly wear: readonly Wear[];
}

export async function readDisks(folders: Folders, who: Who, signal: AbortSignal): Promise<DiskFacts> {
  const uses = Object.entries(folders) as [keyof Folders, string][];
  return {
    folders: await Promise.all(uses.map(([use, path]) => folderFacts(use, path, who, signal))),
    wear: await readWear(),
  };
}

async function folderFacts(
  use: keyof Folders,
  path: string,
  who: Who,
  signal: AbortSignal,
): Promise<FolderFacts> {
  const nearest = await nearestFolder(path);
  const [isWritable, said, mounts] = await Promise.all([
    mayUse(who, nearest, ['write']),
    // By a program, which can be left behind where a disk of the network does not answer: free blocks, their size, all, inodes.
    outputOf(signal, 'stat', '--file-system', '--format=%a %S %b %d %c', nearest),
    textOf('/proc/self/mountinfo'),
  ]);
  const [free = 0, size = 0, all = 0, freeFiles = 0, allFiles = 0] = (said ?? '').split(' ').map(Number);
  return {
    use,
    path,
    exists: nearest === path,
    nearest,
    isWritable,
    ...mountOf(mounts ?? '', nearest),
    ...(said !== undefined && { freeBytes: free * size, totalBytes: all * size }),
    ...(allFiles > 0 && { freeFiles }),
  };
}

async function nearestFolder(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined || path === dirname(path) ? path : nearestFolder(dirname(path));
}

/** The mount with the longest path that holds it; its own options, or those of the file system. */
export function mountOf(mountinfo: string, path: string): Pick<FolderFacts, 'mountPoint' | 'isReadOnly'> {
  const mounts = mountinfo.split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ');
    const [, , , , mountPoint = '', options = ''] = before.split(' ');
    const isAbove = mountPoint === '/' || path === mountPoint || path.startsWith(`${mountPoint}/`);
    const all = `${options},${after.split(' ')[2] ?? ''}`.split(',');
    return isAbove ? [{ mountPoint, isReadOnly: all.includes('ro') }] : [];
  });
  // Of several on one place the last counts.
  return mounts.reduce((best, one) => (best.mountPoint.length > one.mountPoint.length ? best : one), {
    mountPoint: '/',
    isReadOnly: false,
  });
}

async function readWear(root = '/'): Promise<Wear[]> {
  const devices = await namesIn(`${root}sys/block`, /^mmcblk\d+$/);
  const read = await Promise.all(
    devices.map(async (device) => {
      const text = await textOf(`${root}sys/block`, device, 'device/life_time');
      const tenths = (text ?? '').split(/\s+/).map((one) => Number.parseInt(one, 16) || 0);
      const usedTenths = Math.max(...tenths);
      return usedTenths > 0 ? [{ device: basename(device), usedTenths }] : [];
    }),
  );
  return read.flat();
}
