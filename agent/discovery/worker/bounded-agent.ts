// -> an HTTP agent that reads so many bytes of a connection and no more.

import { Agent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import type { Duplex } from 'node:stream';

/** The profiles of a recorder with 16 cameras take 100 KB. */
export const MOST_ANSWER_BYTES = 256 * 1024;

interface Connecting {
  createConnection(...given: unknown[]): Duplex & { readonly bytesRead: number };
}

/**
 * One answer comes on each connection.
 *
 * @param onExcess told once the connection has been closed for what came: nobody else is
 */
export function boundedAgent(isEncrypted: boolean, onExcess: () => void): Agent {
  // A login is a digest over http as well: a certificate that nobody signed, as cameras have, makes it no worse.
  const agent = isEncrypted ? new SecureAgent({ rejectUnauthorized: false }) : new Agent();
  const connecting = agent as unknown as Connecting;
  const connect = connecting.createConnection.bind(agent);
  connecting.createConnection = (...given) => {
    const socket = connect(...given);
    socket.on('data', () => {
      if (socket.bytesRead <= MOST_ANSWER_BYTES || socket.destroyed) return;
      socket.destroy();
      onExcess();
    });
    return socket;
  };
  return agent;
}
