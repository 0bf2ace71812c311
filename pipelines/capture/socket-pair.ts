// A listener -> two connected sockets, one for a child process, one whose bytes go to the listener.

import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SocketPair {
  readonly ours: Socket;
  /** Inherited by the child as a descriptor; to be destroyed here then. */
  readonly theirs: Socket;
}

/** More than the kernel holds back of a frame by default, 208 KiB. */
const BUFFER_BYTES = 1 << 18;

/**
 * Unlike the pipes of child processes, which allocate a buffer for each read: with some hundred kilobytes per
 * frame they have the garbage collector mark the whole heap several times a second, and drop compiled code.
 *
 * @param onBytes gets each read in the same memory, valid until it returns
 */
export async function socketPair(onBytes: (bytes: Buffer) => void): Promise<SocketPair> {
  // Only the user can connect to what is in there.
  const folder = await mkdtemp(join(tmpdir(), 'cspcam-'));
  const path = join(folder, 'frames');
  const server = createServer({ pauseOnConnect: true });
  try {
    server.listen(path);
    await once(server, 'listening');
    const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
    const callback = (count: number) => {
      onBytes(buffer.subarray(0, count));
      return true;
    };
    const ours = connect({ path, onread: { buffer, callback } });
    const [[theirs]] = await Promise.all([once(server, 'connection'), once(ours, 'connect')]);
    return { ours, theirs };
  } finally {
    server.close();
    await rm(folder, { recursive: true, force: true });
  }
}
