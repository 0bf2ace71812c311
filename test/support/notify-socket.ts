// -> A service manager's socket (of Python's, not ours) and every line that it was told.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Condition } from '#common/condition.js';

const RECEIVE = `
import json, socket, sys
receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind(sys.argv[1])
print(json.dumps('bound'), flush=True)
while True: print(json.dumps(receiver.recv(65536).decode()), flush=True)
`;

export interface NotifySocket {
  readonly path: string;
  /** Lines of all datagrams, in the order in which they came. */
  readonly told: readonly string[];
  /** The first line, come or to come, that fits. */
  next(fits: (line: string) => boolean): Promise<string>;
  close(): Promise<void>;
}

export async function openNotifySocket(): Promise<NotifySocket> {
  const path = join(await mkdtemp(join(tmpdir(), 'notify-')), 'socket');
  const child = spawn('python3', ['-c', RECEIVE, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  await once(lines, 'line');
  const told: string[] = [];
  const more = new Condition();
  lines.on('line', (line) => {
    told.push(...(JSON.parse(line) as string).split('\n'));
    more.notify();
  });
  return {
    path,
    told,
    next: async (fits) => {
      for (;;) {
        const line = told.find(fits);
        if (line !== undefined) return line;
        await more.wait();
      }
    },
    close: async () => {
      child.kill('SIGKILL');
      await once(child, 'close');
    },
  };
}
