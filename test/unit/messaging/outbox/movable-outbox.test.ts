// An outbox that waits, and another folder -> it goes on there with all that waits, or stays where it is.

import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';
import { MovableOutbox } from '../../../../agent/messaging/outbox/movable-outbox.js';
import { never } from '../../../support/ending.js';
import { numbered } from '../../../support/hand-driven-outbox.js';

const started: MovableOutbox[] = [];
afterEach(async () => {
  for (const outbox of started.splice(0)) await outbox.stop();
});

/** With events that wait for a broker. */
async function setUp() {
  const parent = mkdtempSync(join(tmpdir(), 'movable-'));
  const lines: string[] = [];
  const outbox = new MovableOutbox({
    folder: join(parent, 'before'),
    limits: () => ({ maxMegabytes: 16, maxAgeHours: 48, replayPerSecond: 1e6 }),
    send: () => {},
    now: () => ({ bootId: 'one', monotonicMs: 0 }),
    log: pino({}, { write: (line) => lines.push(line) }),
  });
  started.push(outbox);
  await outbox.start(never);
  for (const word of numbered(0, 100)) outbox.put('t', word);
  return { outbox, lines, parent };
}

test('what waits goes along, and the folder before goes', async () => {
  const { outbox, lines, parent } = await setUp();
  const after = join(parent, 'after');
  await outbox.moveTo(after, (await outbox.openIn(after, never))!);
  expect(existsSync(join(parent, 'before', 'outbox'))).toBe(false);
  expect(outbox.report).toMatchObject({ pending: 100, inMemory: 0 });
  expect(lines).toEqual([]);
});

test('a folder that cannot be written is refused without a word of lost events; all goes on', async () => {
  const { outbox, lines, parent } = await setUp();
  writeFileSync(join(parent, 'file'), '');
  await expect(outbox.openIn(join(parent, 'file', 'after'), never)).rejects.toThrow(
    /^expected a folder that can be written for mqtt\.outbox\.directory, received ENOTDIR/,
  );
  expect(outbox.report).toMatchObject({ pending: 100, inMemory: 0 });
  expect(lines).toEqual([]);
});
