// Errors that nobody expected, in a running agent -> it closes everything and ends with exit code 70 and one line.

import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { brightModel } from '../../support/bright-model.js';
import { writeConfig } from '../../support/cspcam.js';
import { type Mosquitto, mosquittoPub, startMosquitto } from '../../support/mosquitto.js';
import { type Subscriber, subscribe } from '../../support/subscriber.js';
import { NOTHING, retainedStates, startTraced } from '../../support/traces.js';

const injection = pathToFileURL(resolve(import.meta.dirname, '../../support/crash.mjs')).href;

let broker: Mosquitto | undefined;
let subscriber: Subscriber | undefined;
const agents: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.close();
  subscriber?.close();
  await broker?.close();
});

async function startCrashing(where: string, level = 'info', ...more: string[]) {
  broker = await startMosquitto();
  subscriber = await subscribe(broker.port, 'cspcam/porch/state');
  const file = await writeConfig({
    device: 'porch',
    mqtt: { url: broker.url },
    model: await brightModel(),
    cameras: { ball: { source: 'test:ball?width=160&height=160&fps=20' } },
    stats: { intervalSeconds: 1 },
    log: { level, format: 'json' },
  });
  const traced = startTraced(['run', '--config', file, ...more], {
    CRASH: where,
    NODE_OPTIONS: `--import=${injection}`,
  });
  agents.push(traced.agent);
  await subscriber.next(({ payload }) => payload.state === 'online', 60_000);
  return traced;
}

const linesOf = (err: string) =>
  err
    .trim()
    .split('\n')
    .filter((line) => !line.startsWith('{'));
const LINE = 'cspcam: expected no error here, received boom (--verbose shows where)';

test.each([
  ['frame path', 'a message of detections'],
  ['promise', 'statistics, after the load of the machine has been read'],
  ['everywhere', 'each message from one of detections on, the last ones as well'],
  ['timer', 'an interval'],
  ['listener', 'the arrival of a message from the broker'],
  ['status', 'the first frame of a camera, told by the socket of its capture'],
])('%s: an error at %s', async (where) => {
  const { agent, left } = await startCrashing(where);
  if (where === 'listener') await mosquittoPub(broker!.port, 'cspcam/porch/request/log', '{"level": "info"}');
  const { code, err } = await agent.finished();
  expect([code, linesOf(err)]).toEqual([70, [LINE]]);
  await subscriber!.next(({ payload }) => payload.state === 'offline');
  expect(await retainedStates(broker!.port)).toEqual({ porch: 'offline' });
  expect(left()).toEqual(NOTHING);
});

test('the stack is shown with --verbose, and logged at level debug', async () => {
  const shown = await (await startCrashing('timer', 'info', '--verbose')).agent.finished();
  expect(shown.err).toMatch(/^cspcam: expected no error here, received boom.*\n[\s\S]*crash\.mjs:\d+:\d+/m);
  await broker!.close();
  subscriber!.close();
  const logged = await (await startCrashing('timer', 'debug')).agent.finished();
  expect([logged.code, linesOf(logged.err)]).toEqual([70, [LINE]]);
  expect(logged.err).toMatch(/^\{"level":"debug".*crash\.mjs/m);
});
