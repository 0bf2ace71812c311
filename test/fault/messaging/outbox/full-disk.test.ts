// A disk that is really full -> events are refused and counted, those taken before are safe, and it goes on later.

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Outbox } from '../../../../agent/messaging/outbox/outbox.js';
import { SegmentLog } from '../../../../agent/messaging/outbox/segment-log.js';
import { never } from '../../../support/ending.js';
import { smallDisk } from '../../../support/small-disk.js';

const { path: disk, isMounted } = smallDisk('256k');

test('nothing half-written, everything counted', async ({ skip }) => {
  if (!isMounted) skip();
  const failures: (string | undefined)[] = [];
  const received: string[] = [];
  const open = () => {
    const outbox = new Outbox({
      log: new SegmentLog({ directory: join(disk, 'outbox'), maxBytes: 1 << 20 }),
      send: (_topic, payload, done) => {
        received.push(payload);
        done(true);
      },
      now: Date.now,
      maxAgeMs: 60_000,
      replayPerSecond: 1e9,
      onDisk: (failure) => failures.push(failure && (failure as NodeJS.ErrnoException).code),
    });
    void outbox.start(never);
    return outbox;
  };
  const first = open();
  writeFileSync(join(disk, 'other'), Buffer.alloc(100_000));
  for (let i = 0; i < 2000; i++) first.put('t', `${i} ${'x'.repeat(200)}`);
  const { droppedDisk } = first.counters;
  expect(failures).toEqual(['ENOSPC']);
  expect(droppedDisk).toBeGreaterThan(500);
  expect(first.pending + droppedDisk).toBe(2000);

  rmSync(join(disk, 'other'));
  first.put('t', 'after');
  expect(failures).toEqual(['ENOSPC', undefined]);
  await first.stop();

  const again = open();
  expect(again.counters.restored).toBe(2001 - droppedDisk);
  again.connected();
  // Nothing of the first 2000 that was taken is missing or damaged, and their order is kept.
  const numbers = received.slice(0, -1).map((payload) => Number(payload.split(' ')[0]));
  expect(numbers).toEqual(Array.from({ length: 2000 - droppedDisk }, (_, i) => i));
  expect(received.at(-1)).toBe('after');
  expect([again.pending, again.counters.droppedDisk]).toEqual([0, 0]);
  await again.stop();
});
