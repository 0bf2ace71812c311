// This machine, through systeminformation -> memory, and who listens on which port. Its only owner.

import { mem, networkConnections } from 'systeminformation';

export interface MemoryState {
  readonly totalBytes: number;
  /** What could be had without swapping. */
  readonly availableBytes: number;
  readonly swapBytes: number;
}

/** Reads the kernel's files itself, where the package's other functions run a shell. */
export async function readMemory(): Promise<MemoryState> {
  const { total, available, swaptotal } = await mem();
  return { totalBytes: total, availableBytes: available, swapBytes: swaptotal };
}

export interface Listener {
  readonly host: string;
  readonly port: number;
  /** Nothing where it is another user's. */
  readonly pid?: number;
  readonly program?: string;
}

/** TCP. Runs `ss` or `netstat`: a few milliseconds of another process, and nothing where neither is installed. */
export async function readListeners(): Promise<Listener[]> {
  const connections = await networkConnections();
  return connections
    .filter(({ protocol, state }) => protocol.startsWith('tcp') && state === 'LISTEN')
    .map(({ localAddress, localPort, pid, process }) => ({
      host: localAddress,
      port: Number(localPort),
      ...(pid ? { pid, ...(process && { program: process }) } : {}),
    }));
}
