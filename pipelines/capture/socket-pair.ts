// A listener -> two connected sockets, one for a child process, one whose bytes go to the listener.

import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expected } from '#common/errors.js';

export interface SocketPair {
  readonly ours: Socket;
  /** Inherited by the child as a descriptor; to be destroyed here then. */
  readonly theirs: Socket;
}

/** Of a socket that is open. */
export function socketDescriptor(socket: Socket): number {
  return (socket as Socket & { _handle: { fd: number } })._handle.fd;
}

/** More than the kernel holds back of a frame by default, 208 KiB. */
const BUFFER_BYTES = 1 << 18;
/** Bytes of sockaddr_un, with its end. */
const LONGEST_PATH = 107;

/**
 * Unlike the pipes of child processes, which allocate a buffer for each read: with some hundred kilobytes per
 * frame they have the garbage collector mark the whole heap twice a second, and drop compiled code.
 *
 * @param places the first that can hold a socket is taken, for a moment
 * @param onBytes gets each read in the same memory, valid until it returns
 * @throws CspcamError where no folder for temporary files can hold a socket
 */
export async function socketPair(
  onBytes: (bytes: Buffer) => void,
  places = temporaryFolders(),
): Promise<SocketPair> {
  let failure: unknown;
  for (const place of places) {
    try {
      return await pairIn(place, onBytes);
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}

/** A disk that is full, of bytes or of files, must not blind a camera: the others are in memory. */
function temporaryFolders(): readonly string[] {
  const all = [tmpdir(), process.env['XDG_RUNTIME_DIR'], '/dev/shm'];
  return [...new Set(all.filter((place) => place !== undefined && place !== ''))] as string[];
}

async function pairIn(place: string, onBytes: (bytes: Buffer) => void): Promise<SocketPair> {
  const cannot = (cause: unknown) => expected('a folder that can hold a socket', 'TMPDIR', place, cause);
  // Only the user can connect to what is in there.
  const folder = await mkdtemp(join(place, 'cspcam-')).catch((cause: unknown) => {
    throw cannot(cause);
  });
  const server = createServer({ pauseOnConnect: true });
  const path = join(folder, 'frames');
  let ours: Socket | undefined;
  try {
    // A longer one would be cut off, and lie somewhere else.
    if (Buffer.byteLength(path) > LONGEST_PATH)
      throw expected(`at most ${LONGEST_PATH} bytes`, 'the path of a socket', path);
    await once(server.listen(path), 'listening');
    const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
    const callback = (count: number) => {
      onBytes(buffer.subarray(0, count));
      return true;
    };
    ours = connect({ path, onread: { buffer, callback } });
    const [[theirs]] = await Promise.all([once(server, 'connection'), once(ours, 'connect')]);
    return { ours, theirs };
  } catch (cause) {
    ours?.destroy();
    throw cannot(cause);
  } finally {
    server.close();
    await rm(folder, { recursive: true, force: true });
  }
}
