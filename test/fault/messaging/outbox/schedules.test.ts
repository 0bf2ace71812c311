// Random schedules of faults -> every message has one end that the counts agree with, in order, none twice by its number.
// CSPCAM_SCHEDULES says how many (a few by default), CSPCAM_SEED which is the first: the name of a test is its seed.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import type { OutboxReport } from '../../../../agent/messaging/outbox/outbox.js';
import { Ledger } from '../../../support/outbox-ledger.js';
import { type Script, startScriptedBroker } from '../../../support/scripted-broker.js';
import { random } from '../../../support/small-networks.js';
import { proxyTo } from '../../../support/tcp-proxy.js';

const FEW = 3;
const schedules = Number(process.env['CSPCAM_SCHEDULES'] ?? FEW);
const firstSeed = Number(process.env['CSPCAM_SEED'] ?? 1);
const seeds = Array.from({ length: schedules }, (_, at) => firstSeed + at);

const program = resolve(import.meta.dirname, '../../../support/outbox-under-faults.mjs');
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const STEP_MS = 10 * DAY_MS;
const MAX_AGE_MS = 48 * HOUR_MS;
const RUNS = 5;
const STEPS = 14;
const cameras = ['door', 'yard', 'gate'];

const scripts: readonly Script[] = [
  {},
  { publish: ({ topic }) => (topic.includes('yard') ? 135 : 0) },
  { publish: ({ payload }) => (JSON.parse(payload.toString()).number % 7 === 3 ? 151 : 0) },
  { limits: { receiveMaximum: 3 } },
  { limits: { maximumPacketSize: 500 } },
  { answersAfterMs: 20 },
  { connect: () => 136 },
  { publish: () => 'silent' },
];

/** What became of the messages of all schedules: faults that never come would be no test. */
const all: Record<string, number> = {};
afterAll(() => {
  console.log('ends of all messages:', JSON.stringify(all));
});

class Child {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #isOver = false;
  trueMs = 0;
  report: OutboxReport | undefined;

  constructor(plan: object, ledger: Ledger) {
    this.#child = spawn(process.execPath, [program, JSON.stringify(plan)], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    createInterface({ input: this.#child.stdout! }).on('line', (line) => ledger.read(line));
    this.#ended = once(this.#child, 'close').then(() => {
      this.#isOver = true;
    });
    this.#child.on('error', () => {});
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Resolves when the step is done, or the process has ended over it. */
  async step(name?: string, given: unknown = null): Promise<void> {
    if (this.#isOver) return;
    const answered = new Promise<void>((resolve) => {
      this.#child.once('message', (message) => {
        [, this.trueMs, this.report] = message as [string, number, OutboxReport];
        resolve();
      });
    });
    if (name !== undefined) this.#child.send([name, given], () => {});
    await Promise.race([answered, this.#ended]);
  }

  async end(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.#child.kill(signal);
    await this.#ended;
  }
}

/** Flips a bit at a random place of what the disk holds. @returns in which file; nothing where there is none to flip */
function damage(directory: string, next: () => number, isStateSpared: boolean): string | undefined {
  const files = readdirSync(directory)
    .filter((name) => name.endsWith('.events') || (!isStateSpared && name === 'state'))
    .map((name) => join(directory, name));
  const file = files[Math.floor(next() * files.length)];
  const descriptor = file === undefined ? undefined : opened(file);
  if (descriptor === undefined) return undefined;
  const { size } = fstatSync(descriptor);
  const at = Math.floor(next() * size);
  if (size > 0) {
    const byte = Buffer.alloc(1);
    readSync(descriptor, byte, 0, 1, at);
    byte[0]! ^= 1 << Math.floor(next() * 8);
    writeSync(descriptor, byte, 0, 1, at);
  }
  closeSync(descriptor);
  return size > 0 ? file : undefined;
}

/** Nothing where the outbox has just removed it. */
function opened(file: string): number | undefined {
  try {
    return openSync(file, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  }
}

test.each(seeds)('schedule %i', { timeout: 300_000 }, async (seed) => {
  // The first numbers of seeds beside each other are alike.
  const next = random(seed * 7919 + 13);
  for (let i = 0; i < 10; i++) next();
  const pick = <Thing>(things: readonly Thing[]) => things[Math.floor(next() * things.length)]!;
  const directory = join(mkdtempSync(join(tmpdir(), 'outbox-')), 'outbox');
  const broker = await startScriptedBroker();
  const proxy = await proxyTo(broker.port);
  const ledger = new Ledger();
  /** Only then may a message get old. */
  const isLong = seed % 2 === 0;
  const isRebooted = seed % 4 >= 2;
  let trueMs = 1000 * DAY_MS;
  let bootedMs = trueMs - DAY_MS;
  let boot = 0;
  let wallOffsetMs: number | null = 0;
  let flips = 0;
  let kills = 0;
  let isStateHit = false;
  const flip = (isRunning: boolean) => {
    flips++;
    // With both halves spoilt the counts begin anew: one is enough.
    isStateHit ||= damage(directory, next, isRunning || isStateHit)?.endsWith('state') === true;
  };
  try {
    for (let run = 0; run <= RUNS; run++) {
      const isLast = run === RUNS;
      if (isLast) {
        broker.script = {};
        await proxy.up();
      }
      const child: Child = new Child(
        {
          ...{ port: proxy.port, directory, first: ledger.next, bootId: `boot ${boot}` },
          ...{ trueMs, bootedMs, wallOffsetMs, maxBytes: 30_000, maxAgeMs: MAX_AGE_MS },
          disk: run === 0 || isLast ? 'ok' : pick(['ok', 'ok', 'ok', 'full', 'read-only']),
          ...(!isLast && next() < 0.5 && { killAtCall: 5 + Math.floor(next() * 300) }),
        },
        ledger,
      );
      await child.step();
      const steps: readonly (() => unknown)[] = [
        ...Array.from({ length: 7 }, () => () => {
          const some = Array.from({ length: 1 + Math.floor(next() * 40) }, () => pick(cameras));
          return child.step('put', some);
        }),
        () => proxy.down(),
        () => proxy.up(),
        () => proxy.up(),
        () => proxy.cut(),
        () => {
          broker.script = pick(scripts);
          // Who is connected does not know of new limits.
          proxy.cut();
        },
        () => {
          broker.script = {};
          proxy.cut();
        },
        () => child.step('disk', pick(['full', 'read-only'])),
        ...Array.from({ length: 4 }, () => () => child.step('disk', 'ok')),
        () => {
          flip(!child.isOver);
        },
        ...Array.from(
          { length: 2 },
          () => () => child.step('clock', { advanceMs: next() * (isLong ? 60 : 0.1) * HOUR_MS }),
        ),
        () => {
          // Over a start of the machine only a clock that nobody steps may be called right.
          const steps = isRebooted
            ? [null, 0]
            : [null, 0, (2 * next() - 1) * STEP_MS, (2 * next() - 1) * STEP_MS];
          wallOffsetMs = pick(steps);
          return child.step('clock', { wallOffsetMs });
        },
        () => wait(next() * 100),
      ];
      for (let step = 0; step < STEPS && !isLast && !child.isOver; step++) await pick(steps)();
      if (isLast) {
        await child.step('drain');
        await child.step('stop');
        trueMs = child.trueMs;
        checkEnds(child.report!);
      } else if (next() < 0.3) await child.step('stop');
      await child.end();
      kills++;
      trueMs = Math.max(trueMs, child.trueMs) + 1000;
      if (isRebooted && next() < 0.4) {
        boot++;
        bootedMs = trueMs + (isLong ? HOUR_MS * next() : 1000);
        trueMs = bootedMs + 10_000;
      }
      while (!isLast && next() < 0.3) {
        flip(false);
      }
    }
  } finally {
    await proxy.close();
    await broker.close();
    rmSync(join(directory, '..'), { recursive: true, force: true });
  }

  function checkEnds(report: OutboxReport) {
    expect(ledger.failure).toBeUndefined();
    const { ends, lost } = ledger;
    const count = (end: string) => ends.get(end)?.length ?? 0;
    const byReason = (kind: string) =>
      Object.fromEntries(
        [...ends]
          .filter(([end]) => end.startsWith(`${kind} `))
          .map(([end, messages]) => [end.slice(kind.length + 1), messages.length]),
      );
    for (const [end, messages] of ends) all[end] = (all[end] ?? 0) + messages.length;
    all['lost in memory'] = (all['lost in memory'] ?? 0) + lost.length;

    // To the message: the counts are those of what became of each.
    const { produced, delivered, refused, expired, evicted, pending } = report;
    expect(delivered + refused + expired + evicted + pending).toBe(produced);
    expect(report).toMatchObject({
      ...{ produced: ledger.next - lost.length, delivered: count('delivered'), expired: count('expired') },
      ...{ pending: 0, inMemory: 0, refusedFor: byReason('refused'), evictedFor: byReason('evicted') },
    });
    expect(ledger.vanished).toEqual([]);
    if (!isLong) expect(expired).toBe(0);

    // What counts as delivered has arrived; in order for each camera, and the same each time.
    const events = broker.received
      .filter(({ topic }) => topic.endsWith('/events'))
      .map(({ topic, payload }) => ({ topic, payload, number: JSON.parse(payload).number as number }));
    const arrived = new Map(events.map(({ number, payload }) => [number, payload]));
    expect((ends.get('delivered') ?? []).filter((message) => !arrived.has(message))).toEqual([]);
    expect(events.filter(({ number, payload }) => arrived.get(number) !== payload)).toEqual([]);
    for (const camera of cameras) {
      const numbers = events.filter(({ topic }) => topic.includes(camera)).map(({ number }) => number);
      const firstTimes = [...new Set(numbers)].filter((number) => !ledger.settledUnsent.has(number));
      expect(firstTimes).toEqual(firstTimes.toSorted((a, b) => a - b));
    }
    expect(report.evictedFor.damaged ?? 0).toBeLessThanOrEqual(flips + kills + ledger.everVolatile.size);
  }
});
