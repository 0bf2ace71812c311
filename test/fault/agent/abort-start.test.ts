// SIGTERM at a random moment of the start -> an orderly end, and nothing is left: no process, file, socket or `online`.
// All hundred moments with CSPCAM_ABORT_MOMENTS=100; CSPCAM_ABORT_SEED tries others.

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seededRandom } from '../../../models/networks/random.js';
import { writeConfig } from '../../support/cspcam.js';
import { freePort, type Mosquitto, startMosquitto } from '../../support/mosquitto.js';
import { h264, type RtspServer, startRtspServer } from '../../support/rtsp-server.js';
import { NOTHING, retainedStates, startTraced } from '../../support/traces.js';

const MOMENTS = Number(process.env.CSPCAM_ABORT_MOMENTS ?? 12);
const SEED = Number(process.env.CSPCAM_ABORT_SEED ?? 13);
const LATEST_MS = 5000;
const clip = resolve(import.meta.dirname, '../../../agent/demo/street.mp4');

let broker: Mosquitto;
let camera: RtspServer;
let keptNetworks: string;
beforeAll(async () => {
  broker = await startMosquitto();
  camera = await startRtspServer({ '/s': h264('ball') });
  keptNetworks = await mkdtemp(join(tmpdir(), 'cache-'));
});
afterAll(async () => {
  await camera?.close();
  await broker?.close();
});

const random = seededRandom(SEED);
const moments = Array.from({ length: MOMENTS }, (_, i) => [i, Math.round(LATEST_MS * random())] as const);
/** What the runs came to, by how far they were. */
const outcomes = new Map<string, number>();

test.each(moments)('moment %i, after %i ms', async (i, afterMs) => {
  const device = `porch-${i}`;
  const file = await writeConfig({
    device,
    mqtt: { url: broker.url, clientId: device },
    cameras: { street: { source: clip, loop: true }, yard: { source: camera.url('/s') } },
    stats: { intervalSeconds: 1, prometheus: { port: await freePort() } },
    page: { port: await freePort() },
    log: { format: 'json' },
  });
  // Half of the starts find the network that an earlier one has kept.
  const { agent, left } = startTraced(['run', '--config', file], {}, i % 2 === 0 ? keptNetworks : undefined);
  try {
    await wait(afterMs);
    agent.child.kill('SIGTERM');
    const { code, err } = await agent.finished();
    const end = code ?? (agent.child.signalCode === 'SIGTERM' ? 143 : agent.child.signalCode);
    const state = (await retainedStates(broker.port))[device] ?? 'never published';
    const reached = err.includes('"msg":"running"') ? 'running' : 'starting';
    const forced = err.includes('expected an end within') ? ', cut off' : '';
    const outcome = `${reached}, ${state}: ${end}${forced}`;
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    expect([0, 143], err).toContain(end);
    expect(['never published', 'offline']).toContain(state);
    expect(left()).toEqual(NOTHING);
  } finally {
    await agent.close();
  }
});

test('the moments in sum', () => {
  process.stdout.write(`SIGTERM at ${MOMENTS} moments: ${JSON.stringify(Object.fromEntries(outcomes))}\n`);
  expect([...outcomes.values()].reduce((sum, count) => sum + count, 0)).toBe(MOMENTS);
});
