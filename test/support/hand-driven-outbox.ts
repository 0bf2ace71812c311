// Options -> an outbox on a real folder, with a broker made by hand and time that a test lets pass.

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, vi } from 'vitest';
import type { Moment } from '../../agent/messaging/outbox/age.js';
import { Outbox } from '../../agent/messaging/outbox/outbox.js';
import type { OutboxLosses } from '../../agent/messaging/outbox/record-store.js';
import type { Done } from '../../agent/messaging/outcome.js';
import { never } from './ending.js';

const TWO_HOURS_MS = 7_200_000;

export interface HandDrivenOptions {
  readonly maxBytes?: number;
  readonly maxAgeMs?: number;
  readonly replayPerSecond?: number;
  readonly directory?: string;
  readonly now?: () => Moment;
}

const opened: Outbox[] = [];

/** Called once at the top of a file, after what must end before. */
export function stopOutboxes(): void {
  afterEach(async () => {
    vi.useRealTimers();
    for (const outbox of opened.splice(0)) await outbox.stop();
  });
}

/** An outbox on a real folder, with a fake broker and fake time. */
export async function startOutbox({
  maxBytes = 1 << 20,
  maxAgeMs = TWO_HOURS_MS,
  replayPerSecond = 1e6,
  directory,
  now = () => ({ bootId: 'one', monotonicMs: Date.now() }),
}: HandDrivenOptions = {}) {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
  const folder = directory ?? mkdtempSync(join(tmpdir(), 'outbox-'));
  const waiting: { payload: string; done: Done }[] = [];
  const disk: (string | undefined)[] = [];
  const losses: OutboxLosses[] = [];
  const outbox = new Outbox({
    directory: folder,
    where: 'mqtt.outbox.directory',
    maxBytes,
    send: (_topic, payload, done) => waiting.push({ payload, done }),
    now,
    maxAgeMs,
    replayPerSecond,
    onDisk: (failure) => disk.push(failure?.message),
    onLoss: (loss) => losses.push(loss),
  });
  opened.push(outbox);
  await outbox.start(never);
  const received: string[] = [];
  const acknowledge = (count = Number.POSITIVE_INFINITY) => {
    for (const { payload, done } of waiting.splice(0, count)) {
      received.push(payload);
      done({ kind: 'delivered' });
    }
  };
  /** Loses the connection: the broker has the first so many of what was on its way, and nobody hears of it. */
  const lose = (arrived = 0) => {
    outbox.disconnected();
    for (const [at, { payload, done }] of waiting.splice(0).entries()) {
      if (at < arrived) received.push(payload);
      done({ kind: 'pending' });
    }
  };
  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
  const drain = async () => {
    for (let i = 0; i < 200 && outbox.report.pending > 0; i++) {
      await pass(50);
      acknowledge();
    }
  };
  const put = (from: number, to: number) => {
    for (const word of numbered(from, to)) outbox.put('t', word);
  };
  return { outbox, waiting, received, acknowledge, lose, drain, put, pass, disk, losses, folder };
}

/** Numbers as text. */
export const numbered = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => String(from + i));
