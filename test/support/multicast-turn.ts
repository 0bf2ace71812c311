// Tests that call for cameras on the loopback -> one at a time, in whatever process: each would hear the devices of the other.

import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** As the calls themselves have it, over UDP. */
const PORT = 3702;

/** Runs the work when nobody else calls; waits for that as long as it takes. */
export async function inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
  const turn = createServer();
  for (;;) {
    turn.listen(PORT, '127.0.0.1');
    const isMine = await once(turn, 'listening').then(
      () => true,
      () => false,
    );
    if (isMine) break;
    await wait(200);
  }
  try {
    return await work();
  } finally {
    turn.close();
  }
}
