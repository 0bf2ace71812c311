// SIGTERM at a random moment of a reload -> an orderly end, and nothing is left of the old or the new: no process, file,
// socket or `online`. All hundred moments with CSPCAM_ABORT_MOMENTS=100; CSPCAM_ABORT_SEED tries others.

import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { seededRandom } from '../../../models/networks/random.js';
import { brightModel } from '../../support/bright-model.js';
import { writeConfig } from '../../support/cspcam.js';
import { freePort, type Mosquitto, startMosquitto } from '../../support/mosquitto.js';
import { NOTHING, retainedStates, startTraced } from '../../support/traces.js';

const MOMENTS = Number(process.env.CSPCAM_ABORT_MOMENTS ?? 4);
const SEED = Number(process.env.CSPCAM_ABORT_SEED ?? 18);
const LATEST_MS = 1500;

let broker: Mosquitto;
let keptNetworks: string;
beforeAll(async () => {
  broker = await startMosquitto();
  keptNetworks = await mkdtemp(join(tmpdir(), 'cache-'));
});
afterAll(() => broker?.close());

const random = seededRandom(SEED);
const moments = Array.from({ length: MOMENTS }, (_, i) => [i, Math.round(LATEST_MS * random())] as const);

test.each(moments)('moment %i, after %i ms', async (i, afterMs) => {
  const before = `porch-${i}`;
  const after = `barn-${i}`;
  const ball = { source: 'test:ball?width=160&height=160&fps=5' };
  const config = {
    device: before,
    mqtt: { url: broker.url },
    model: await brightModel(),
    cameras: { ball, yard: ball },
    log: { format: 'json' },
  };
  const file = await writeConfig(config);
  const { agent, left } = startTraced(['run', '--config', file], {}, keptNetworks);
  try {
    await vi.waitFor(() => expect(agent.err).toContain('"msg":"running"'), 120_000);
    // Whatever can be opened anew is.
    const other = {
      ...config,
      device: after,
      model: await brightModel({ kind: 'stretch' }),
      cameras: { ball, shed: ball },
      stats: { prometheus: { port: await freePort() } },
    };
    await writeFile(file, stringify(other));
    agent.child.kill('SIGHUP');
    await wait(afterMs);
    agent.child.kill('SIGTERM');
    const { code, err } = await agent.finished();
    // A machine that is too busy for an end in order within 2.8 s ends it by the signal.
    expect([0, 'SIGTERM'], err).toContain(code ?? agent.child.signalCode);
    expect(err).not.toMatch(/"level":"(error|fatal)"/);
    const states = await retainedStates(broker.port);
    expect([undefined, 'offline']).toContain(states[before]);
    expect([undefined, 'offline']).toContain(states[after]);
    expect(left()).toEqual(NOTHING);
  } finally {
    await agent.close();
  }
});
