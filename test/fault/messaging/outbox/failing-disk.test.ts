// A disk that is really full or read-only -> the outbox goes on in memory, what is on the disk is safe, and it comes back.

import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Outbox } from '../../../../agent/messaging/outbox/outbox.js';
import { closeAfterEach, never } from '../../../support/ending.js';
import { smallDisk } from '../../../support/small-disk.js';

const { path: disk, isMounted } = smallDisk('1m');
const closeLater = closeAfterEach();

let monotonicMs = 0;
/** So long after a failure the disk is said to work again. */
const STEADY_MS = 10_000;

async function open(directory: string) {
  const told: (string | undefined)[] = [];
  const received: number[] = [];
  const outbox = closeLater(
    new Outbox({
      directory: join(disk, directory),
      where: 'mqtt.outbox.directory',
      maxBytes: 1 << 20,
      send: (_topic, payload, done) => {
        received.push(Number(payload.split(' ')[0]));
        done({ kind: 'delivered' });
      },
      now: () => ({ bootId: 'one', monotonicMs }),
      maxAgeMs: 3_600_000,
      replayPerSecond: 1e9,
      onDisk: (failure) => told.push(failure && (failure as NodeJS.ErrnoException).code),
      onLoss: () => {},
    }),
  );
  await outbox.start(never);
  const put = (from: number, to: number) => {
    for (let number = from; number < to; number++) outbox.put('t', `${number} ${'x'.repeat(200)}`);
  };
  /** Lets its own time pass until something is so. */
  const until = (figure: 'inMemory' | 'pending', value: number) =>
    expect
      .poll(
        () => {
          monotonicMs += 50;
          return outbox.report[figure];
        },
        { timeout: 60_000 },
      )
      .toBe(value);
  const untilTold = (words: unknown[]) => {
    monotonicMs += STEADY_MS;
    return expect.poll(() => told, { timeout: 60_000 }).toEqual(words);
  };
  return { outbox, told, received, put, until, untilTold };
}

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

test('full: what it does not take waits in memory, and is on the disk as soon as there is room', async ({
  skip,
}) => {
  if (!isMounted) skip();
  const first = await open('full');
  writeFileSync(join(disk, 'other'), Buffer.alloc(900_000));
  first.put(0, 2000);
  expect(first.told).toEqual(['ENOSPC']);
  expect(first.outbox.report).toMatchObject({ produced: 2000, pending: 2000 });
  expect(first.outbox.report.inMemory).toBeGreaterThan(500);
  rmSync(join(disk, 'other'));
  await first.until('inMemory', 0);
  await first.untilTold(['ENOSPC', undefined]);
  first.put(2000, 2001);
  await first.outbox.stop();

  const again = await open('full');
  expect(again.outbox.report.pending).toBe(2001);
  again.outbox.connected();
  await again.until('pending', 0);
  expect(again.received).toEqual(numbers(0, 2001));
  expect(again.outbox.report).toMatchObject({ produced: 2001, delivered: 2001 });
  rmSync(join(disk, 'full'), { recursive: true });
});

test('read-only from the start: what it holds is sent, new ones wait in memory until it can be written', async ({
  skip,
}) => {
  if (!isMounted) skip();
  const before = await open('read-only');
  before.put(0, 10);
  await before.outbox.stop();
  const remount = (mode: 'ro' | 'rw') => execFileSync('mount', ['-o', `remount,${mode}`, disk]);
  remount('ro');
  try {
    const first = await open('read-only');
    first.put(10, 15);
    first.outbox.connected();
    await first.until('pending', 0);
    first.outbox.disconnected();
    first.put(15, 20);
    expect(first.received).toEqual(numbers(0, 15));
    expect([first.told, first.outbox.report.inMemory]).toEqual([['EROFS'], 5]);
    remount('rw');
    await first.until('inMemory', 0);
    await first.untilTold(['EROFS', undefined]);
    await first.outbox.stop();
  } finally {
    remount('rw');
  }
  const again = await open('read-only');
  again.outbox.connected();
  await again.until('pending', 0);
  expect(again.received).toEqual(numbers(15, 20));
  expect(again.outbox.report).toMatchObject({ produced: 20, delivered: 20 });
});
