// A reader of standard error that takes nothing -> the agent watches its cameras, and says later what it dropped.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdtempSync, openSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from 'vitest';
import { brightModel } from '../../support/bright-model.js';
import { writeConfig } from '../../support/cspcam.js';
import { startMosquitto } from '../../support/mosquitto.js';
import { subscribe } from '../../support/subscriber.js';

const root = resolve(import.meta.dirname, '../../..');
const { O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } = constants;

const giveBack: (() => unknown)[] = [];
afterEach(async () => {
  for (const act of giveBack.splice(0).reverse()) await act();
});

/** A pipe that is full, with a reader that reads nothing. */
function fullPipe(): number {
  const path = join(mkdtempSync(join(tmpdir(), 'pipe-')), 'pipe');
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, O_RDONLY | O_NONBLOCK);
  const filler = openSync(path, O_WRONLY | O_NONBLOCK);
  try {
    for (;;) writeSync(filler, 'x'.repeat(100));
  } catch {
    // It takes no more.
  }
  const writer = openSync(path, O_RDWR);
  giveBack.push(() => [reader, filler, writer].map(closeSync));
  return writer;
}

function start(args: readonly string[], stderr: number | 'pipe'): ChildProcess {
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', stderr] });
  giveBack.push(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'close');
  });
  return child;
}

test('an agent that starts with a pipe that is full is online, sees, and ends in order', async () => {
  const broker = await startMosquitto();
  giveBack.push(() => broker.close());
  const subscriber = await subscribe(broker.port, 'cspcam/porch/#');
  giveBack.push(() => subscriber.close());
  const file = await writeConfig({
    device: 'porch',
    mqtt: { url: broker.url },
    model: await brightModel(),
    cameras: { ball: { source: 'test:ball?width=160&height=160&fps=20' } },
    log: { level: 'debug', format: 'json' },
  });
  const agent = start([join(root, 'dist/agent/cli/main.js'), 'run', '--config', file], fullPipe());
  for (let sequence = 0; sequence <= 40; sequence += 20)
    await subscriber.next(
      ({ topic, payload }) => topic.endsWith('/detections') && payload.sequence >= sequence,
      120_000,
    );
  agent.kill('SIGTERM');
  await subscriber.next(({ payload }) => payload.state === 'offline');
  const [code] = agent.exitCode === null ? await once(agent, 'close') : [agent.exitCode];
  expect(code).toBe(0);
});

test.each(['json', 'pretty'])(
  'a reader that goes on later gets whole lines, and how many are missing (%s)',
  async (format) => {
    const lines = 20_000;
    const child = start([join(root, 'test/support/log-for-ever.mjs'), String(lines), format], 'pipe');
    const counted = createInterface({ input: child.stdout! });
    // Nothing of standard error is read before all is written.
    for await (const count of counted) if (Number(count) === lines) break;
    let text = '';
    child.stderr!.on('data', (chunk) => (text += chunk));
    await expect.poll(() => text, { timeout: 30_000 }).toMatch('lines of the log were dropped here');
    child.stdin!.end();
    await once(child, 'close');
    const dropped = Number(/(\d+) lines of the log were dropped here/.exec(text)![1]);
    const seen = [...text.matchAll(/"?line"?: ?(\d+)/g)].map(([, number]) => Number(number));
    expect(seen.length + dropped).toBe(lines);
    expect(seen).toEqual(Array.from({ length: seen.length }, (_, at) => at));
    expect(text.split('\n').filter((line) => /^\{.*[^}]$/.test(line))).toEqual([]);
  },
);
