// A disk that is really full -> events wait in memory, those on the disk are safe, and it goes on later in their order.

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Outbox } from '../../../../agent/messaging/outbox/outbox.js';
import { never } from '../../../support/ending.js';
import { smallDisk } from '../../../support/small-disk.js';

const { path: disk, isMounted } = smallDisk('1m');

test('what the disk does not take waits in memory, and is on the disk as soon as there is room', async ({
  skip,
}) => {
  if (!isMounted) skip();
  const failures: (string | undefined)[] = [];
  const received: string[] = [];
  let monotonicMs = 0;
  const open = async () => {
    const outbox = new Outbox({
      directory: join(disk, 'outbox'),
      where: 'mqtt.outbox.directory',
      maxBytes: 1 << 20,
      send: (_topic, payload, done) => {
        received.push(payload);
        done({ kind: 'delivered' });
      },
      now: () => ({ bootId: 'one', monotonicMs }),
      maxAgeMs: 60_000,
      replayPerSecond: 1e9,
      onDisk: (failure) => failures.push(failure && (failure as NodeJS.ErrnoException).code),
    });
    await outbox.start(never);
    return outbox;
  };
  const first = await open();
  writeFileSync(join(disk, 'other'), Buffer.alloc(900_000));
  for (let i = 0; i < 2000; i++) first.put('t', `${i} ${'x'.repeat(200)}`);
  expect(failures).toEqual(['ENOSPC']);
  expect(first.report).toMatchObject({ produced: 2000, pending: 2000 });
  expect(first.report.inMemory).toBeGreaterThan(500);

  rmSync(join(disk, 'other'));
  monotonicMs += 2000;
  await expect.poll(() => first.report.inMemory, { timeout: 30_000 }).toBe(0);
  first.put('t', '2000 after');
  await first.stop();

  const again = await open();
  expect(again.report.pending).toBe(2001);
  again.connected();
  const sent = () => {
    monotonicMs += 50;
    return again.report.delivered;
  };
  await expect.poll(sent, { timeout: 30_000 }).toBe(2001);
  const numbers = received.map((payload) => Number(payload.split(' ')[0]));
  expect(numbers).toEqual(Array.from({ length: 2001 }, (_, i) => i));
  expect(again.report).toMatchObject({ produced: 2001, delivered: 2001 });
  await again.stop();
});
