// Folder -> it is ours until the process ends, or an error: another one has it.

import { once } from 'node:events';
import { statSync } from 'node:fs';
import { createServer } from 'node:net';
import { expected } from '#common/errors.js';
import { makeFolderSync } from '#common/make-folder.js';

export interface FolderLock {
  release(): void;
}

/**
 * A name in the kernel (an abstract socket) that is made of the folder's device and inode: two paths to one folder
 * lock each other out, the kernel takes the name back however a process ends, and it needs no room on the disk. It
 * holds for processes of one network namespace; `StateFile` notices an agent of another one.
 *
 * @throws CspcamError where another process has it; whatever the disk throws where the folder cannot be made
 */
export async function lockFolder(directory: string, where: string): Promise<FolderLock> {
  makeFolderSync(directory, { mode: 0o700 });
  const { dev, ino } = statSync(directory);
  const server = createServer((client) => client.destroy());
  server.unref();
  try {
    server.listen(`\0cspcam-outbox-${dev}-${ino}`);
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    const received = `${directory}, which another cspcam uses`;
    throw expected('a folder that no other agent uses', where, received, error);
  }
  return { release: () => server.close() };
}
