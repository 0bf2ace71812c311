// Folder -> it is ours until the process ends, or another one has it.

import { once } from 'node:events';
import { statSync } from 'node:fs';
import { createServer } from 'node:net';

export interface FolderLock {
  release(): void;
}

/**
 * A name in the kernel (an abstract socket) that is made of the folder's device and inode: two paths to one folder
 * lock each other out, the kernel takes the name back however a process ends, and it needs no room on the disk. It
 * holds for processes of one network namespace.
 *
 * @param use of the folder: others do not hinder it
 * @returns nothing where another process has it
 * @throws whatever the disk throws where the folder cannot be looked at
 */
export async function lockFolder(directory: string, use: string): Promise<FolderLock | undefined> {
  const { dev, ino } = statSync(directory);
  const server = createServer((client) => client.destroy());
  server.unref();
  try {
    server.listen(`\0cspcam-${use}-${dev}-${ino}`);
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return undefined;
  }
  return { release: () => server.close() };
}
