// A topic filter -> what an independent subscriber (a mosquitto_sub process) sees, in order.

import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface Seen {
  /** When it came, milliseconds since 1970. */
  readonly atMs: number;
  readonly topic: string;
  readonly retained: boolean;
  readonly qos: number;
  /** User properties of MQTT 5; subscribe with `-V mqttv5` to see them. */
  readonly properties: Readonly<Record<string, string>>;
  // biome-ignore lint/suspicious/noExplicitAny: whatever JSON came
  readonly payload: any;
}

export interface Subscriber {
  readonly seen: readonly Seen[];
  /** The first message that fits, seen already or still to come. */
  next(fits: (message: Seen) => boolean, timeoutMs?: number): Promise<Seen>;
  /** What has been seen, which is then forgotten: for tests of hours. */
  take(): Seen[];
  /** SIGKILL: on SIGTERM, a mosquitto_sub whose broker is gone goes on trying to reach it. */
  close(): void;
}

/**
 * Comes back once the broker has accepted the subscription.
 *
 * @param within a command that runs another one in its place
 */
export async function subscribe(
  port: number,
  filter: string,
  extra: readonly string[] = [],
  within: readonly string[] = [],
): Promise<Subscriber> {
  // stdbuf: into a pipe, mosquitto_sub keeps its lines until a block is full.
  const [program, ...before] = [...within, 'stdbuf', '-oL', 'mosquitto_sub'] as const;
  const child: ChildProcess = spawn(program!, [
    ...before,
    ...['-h', '127.0.0.1', '-p', String(port), '-t', filter, '-q', '1', '-d', '-F', '%j', ...extra],
  ]);
  const seen: Seen[] = [];
  const waiting = new Set<() => void>();
  let subscribed = false;
  const lines = createInterface({ input: child.stdout! });
  lines.on('line', (line) => {
    if (line.includes('SUBACK') || line.startsWith('Subscribed')) subscribed = true;
    if (line.startsWith('{"tst"')) {
      const { topic, retain, qos, payload, properties } = JSON.parse(line);
      const userProperties = properties?.['user-properties'] ?? {};
      seen.push({
        atMs: Date.now(),
        topic,
        retained: retain === 1,
        qos,
        properties: userProperties,
        payload: parsed(payload),
      });
    }
    for (const check of waiting) check();
  });
  const until = <Value>(what: () => Value | undefined, timeoutMs: number, name: string) =>
    new Promise<Value>((resolve, reject) => {
      const check = () => {
        const value = what();
        if (value === undefined) return;
        clearTimeout(timer);
        waiting.delete(check);
        resolve(value);
      };
      const timer = setTimeout(() => {
        waiting.delete(check);
        reject(new Error(`no ${name} within ${timeoutMs} ms; seen: ${JSON.stringify(seen.slice(-5))}`));
      }, timeoutMs);
      waiting.add(check);
      check();
    });
  await until(() => subscribed || undefined, 60_000, `subscription to ${filter}`).catch((error) => {
    child.kill('SIGKILL');
    throw error;
  });
  return {
    seen,
    next: (fits, timeoutMs = 60_000) =>
      until(() => seen.find(fits), timeoutMs, `message that fits on ${filter}`),
    take: () => seen.splice(0),
    close: () => child.kill('SIGKILL'),
  };
}

function parsed(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    return payload;
  }
}
