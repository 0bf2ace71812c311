// A client with write access to everything -> settings as they were, memory flat, detections at their rate. Seconds here, CSPCAM_HOSTILE_SECONDS=600 by hand.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import mqtt, { type MqttClient } from 'mqtt';
import { expect, test } from 'vitest';
import { median } from '../../../agent/bench/figures.js';
import { REQUESTS } from '../../../agent/config/requests.js';
import { brightModel } from '../../support/bright-model.js';
import { Cspcam, writeConfig } from '../../support/cspcam.js';
import { closeAfterEach } from '../../support/ending.js';
import { freePort, startMosquitto } from '../../support/mosquitto.js';
import { residentBytes } from '../../support/processes.js';

const SECONDS = Number(process.env['CSPCAM_HOSTILE_SECONDS'] ?? 8);
/** A few seconds say little of a rate on a busy machine, and nothing of what grows slowly. */
const IS_LONG = SECONDS > 60;
const TURN_MS = 1500;
const WARM_UP_SECONDS = 5;
const LOGIN = { username: 'porch', password: 'opensesame' };
const ATTACKS = ['requests', 'overwrites', 'keeps', 'deaf', 'sessions', 'halves'];
/** What an agent fills once, by then or later: caches, and what it may keep for others. */
const ONCE_BYTES = 48e6;

const closeLater = closeAfterEach();

test.each(['Mosquitto', 'the embedded broker'])(`${SECONDS} s at %s`, async (name) => {
  const isEmbedded = name !== 'Mosquitto';
  const port = isEmbedded ? await freePort() : closeLater(await startMosquitto()).port;
  const login = isEmbedded ? LOGIN : {};
  const directory = await mkdtemp(join(tmpdir(), 'outbox-'));
  const agent = closeLater(
    new Cspcam([
      'run',
      '--config',
      await writeConfig({
        device: 'porch',
        mqtt: {
          ...(isEmbedded ? { embeddedBroker: { port, ...LOGIN } } : { url: `mqtt://127.0.0.1:${port}` }),
          outbox: { directory },
        },
        model: await brightModel(),
        cameras: { door: { source: 'test:ball?width=320&height=240&fps=10' } },
        stats: { intervalSeconds: 1 },
      }),
    ]),
  );
  const watcher = await watch(port, login);
  while (watcher.frames === 0) await wait(50);
  await wait(1000 * WARM_UP_SECONDS);
  const bytesBefore = await residentBytes(agent.child.pid!);
  const on = { port, login, base: 'cspcam', prefix: 'homeassistant' };
  const here = await attack({ ...on, device: 'porch' });
  // The same work for the machine and the broker, which the agent does not see; the broker inside sees all of it.
  const elsewhere = isEmbedded ? undefined : await attack({ ...on, device: 'barn' });
  const [attacked, left] = [
    { frames: 0, ms: 0 },
    { frames: 0, ms: 0 },
  ];
  const bytes: number[] = [];
  while (attacked.ms < 1000 * SECONDS) {
    for (const [counts, going, resting] of [
      [attacked, here, elsewhere],
      [left, elsewhere, here],
    ] as const) {
      resting?.kill('SIGSTOP');
      going?.kill('SIGCONT');
      // What is on its way belongs to the turn before.
      await wait(500);
      const [first, begunAtMs] = [watcher.frames, performance.now()];
      await wait(TURN_MS);
      counts.frames += watcher.frames - first;
      counts.ms += performance.now() - begunAtMs;
    }
    bytes.push(await residentBytes(agent.child.pid!));
  }
  const rateOf = ({ frames, ms }: typeof left) => (1000 * frames) / ms;
  const early = median(bytes.slice(0, Math.ceil(bytes.length / 3)));
  const late = median(bytes.slice(-Math.ceil(bytes.length / 3)));
  const said = `${rateOf(left).toFixed(2)} to ${rateOf(attacked).toFixed(2)} detections a second, ${[bytesBefore, early, late].map((of) => (of / 1e6).toFixed(0)).join(' to ')} MB`;
  process.stdout.write(`${name}: ${said}\n`);
  expect(rateOf(attacked), said).toBeGreaterThan((IS_LONG ? 0.9 : 0.75) * rateOf(left));
  expect(late, said).toBeLessThan(1.2 * early);
  expect(late, said).toBeLessThan(1.2 * bytesBefore + ONCE_BYTES);
  expect(agent.child.exitCode).toBeNull();
  // Nothing but reading is allowed, and nothing else was done.
  const { ok = new Set(), error = new Set() } = watcher.answered;
  expect([...error]).toContain('thresholds');
  expect([...ok].filter((request) => request !== 'config')).toEqual([]);
  expect(watcher.settings).toEqual([
    { cameras: { door: { enabled: true, minScore: 0.3 } }, logLevel: 'info' },
  ]);
});

interface Watcher {
  /** Detections seen. */
  readonly frames: number;
  /** Names of requests, by the status of their answers. */
  readonly answered: Readonly<Record<string, ReadonlySet<string>>>;
  /** What the agent itself has said its settings are. */
  readonly settings: readonly object[];
}

/** Sees what the agent says: what others say under its topics has not the boot id of the agent. */
async function watch(port: number, login: object): Promise<Watcher> {
  const answered: Record<string, Set<string>> = {};
  const settings: object[] = [];
  let bootId: string | undefined;
  let frames = 0;
  let client: MqttClient | undefined;
  const onMessage = (topic: string, payload: Buffer) => {
    const message = parsed(payload);
    if (topic.endsWith('/info')) bootId ??= message.bootId;
    if (message.bootId === undefined || message.bootId !== bootId) return;
    if (topic.endsWith('/detections')) frames++;
    const { status, request } = message;
    if (topic.includes('/response/') && status !== undefined && request !== undefined)
      answered[status] = (answered[status] ?? new Set()).add(request);
    if (topic.endsWith('/settings')) settings.push({ cameras: message.cameras, logLevel: message.logLevel });
  };
  for (let tries = 0; client === undefined; tries++) {
    const options = { ...login, reconnectPeriod: 0, protocolVersion: 4 } as const;
    client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, options, false).catch(() => undefined);
    if (tries > 600) throw new Error(`no broker on port ${port}`);
    await wait(100);
  }
  const { endAsync } = client;
  closeLater({ close: endAsync.bind(client, true) });
  client.on('message', onMessage);
  const own = (...paths: string[]) => paths.map((path) => `cspcam/porch/${path}`);
  await client.subscribeAsync(own('info'), { qos: 1 });
  while (bootId === undefined) await wait(50);
  await client.subscribeAsync(own('settings', 'camera/door/detections', 'response/#'), { qos: 1 });
  return {
    answered,
    settings,
    get frames() {
      return frames;
    },
  };
}

interface Said {
  readonly bootId?: string;
  readonly status?: string;
  readonly request?: string;
  readonly cameras?: object;
  readonly logLevel?: string;
}

function parsed(payload: Buffer): Said {
  try {
    return (JSON.parse(payload.toString()) ?? {}) as Said;
  } catch {
    return {};
  }
}

async function attack(on: object): Promise<ChildProcess> {
  const options = JSON.stringify({
    ...on,
    attacks: ATTACKS,
    requests: [...REQUESTS, 'nothing'],
    longestBytes: 900_000,
  });
  const program = resolve(import.meta.dirname, '../../support/hostile-client.mjs');
  const child = spawn('nice', ['-n', '19', process.execPath, program, options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  closeLater({ close: () => child.kill('SIGKILL') });
  await once(child.stdout!, 'data');
  return child;
}
