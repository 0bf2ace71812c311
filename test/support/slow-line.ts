// A port -> another one that leads to it, at the pace of a good line or of a very bad one.

import { once } from 'node:events';
import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net';

export interface SlowLine {
  readonly port: number;
  isSlow: boolean;
  /** Where it leads to. */
  target: number;
  /** Ends the connections that there are. */
  cut(): void;
  close(): Promise<void>;
}

const LOOK_MS = 100;
/** While it is slow: 4 kB a second each way, half a second late. */
const SLOW_BYTES = 400;
const SLOW_LATE_MS = 500;

export async function slowLineTo(target: number): Promise<SlowLine> {
  const sockets = new Set<Socket>();
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const line = { isSlow: false, target, cut };
  const carry = (from: Socket, to: Socket) => {
    let waiting: { readonly atMs: number; bytes: Buffer }[] = [];
    from.on('data', (bytes) => {
      if (!line.isSlow && waiting.length === 0) to.write(bytes);
      else waiting.push({ atMs: performance.now(), bytes });
      // As a full buffer of the kernel would.
      if (waiting.length > 64) from.pause();
    });
    const timer = setInterval(() => {
      let budget = line.isSlow ? SLOW_BYTES : Number.POSITIVE_INFINITY;
      const dueMs = performance.now() - (line.isSlow ? SLOW_LATE_MS : 0);
      while (budget > 0 && waiting[0] !== undefined && waiting[0].atMs <= dueMs) {
        const part = waiting[0].bytes.subarray(0, budget);
        to.write(part);
        budget -= part.length;
        if (part.length === waiting[0].bytes.length) waiting = waiting.slice(1);
        else waiting[0].bytes = waiting[0].bytes.subarray(part.length);
      }
      if (waiting.length <= 64) from.resume();
    }, LOOK_MS);
    from
      .on('error', () => {})
      .on('close', () => {
        clearInterval(timer);
        sockets.delete(from);
        to.destroy();
      });
    sockets.add(from);
  };
  const server = createServer((client) => {
    const broker = dial(line.target, '127.0.0.1');
    carry(client, broker);
    carry(broker, client);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(line, {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      cut();
      await closed;
    },
  });
}
