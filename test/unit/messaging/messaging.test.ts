// The parts of messaging together -> nothing is left of a start that is aborted or never was.

import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { complete, configFile } from '../../../agent/config/schema.js';
import { Messaging } from '../../../agent/messaging/messaging.js';
import type { RequestHandlers } from '../../../agent/messaging/requests/table.js';
import type { Log } from '../../../agent/telemetry/log.js';
import type { ModelDescription } from '../../../models/folder/description.js';
import { never } from '../../support/ending.js';

function makeMessaging(directory: string, log: Log = pino({ level: 'silent' })): Messaging {
  const mqtt = {
    // Nobody listens on the discard port.
    url: 'mqtt://127.0.0.1:9',
    outbox: { directory },
    encodings: { sparkplug: {} },
  };
  const config = complete(
    configFile.parse({ device: 'porch', mqtt, cameras: { door: { source: 'test:ball' } } }),
  );
  const model = { name: 'tiny', labels: ['person'] } as unknown as ModelDescription;
  return new Messaging({ config, model, bootId: 'boot', log });
}

const handlers = {} as RequestHandlers;
const folder = () => join(mkdtempSync(join(tmpdir(), 'messaging-')), 'state');

test('an aborted start rejects with the reason and opens no outbox', async () => {
  const directory = folder();
  const messaging = makeMessaging(directory);
  messaging.answerRequests(handlers);
  await expect(messaging.start(AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  await messaging.stop();
  expect(existsSync(directory)).toBe(false);
});

test('stopped twice, or without a start, it does no harm; and then it does not start', async () => {
  const messaging = makeMessaging(folder());
  await Promise.all([messaging.stop(), messaging.stop()]);
  await expect(messaging.start(never)).rejects.toThrow();
  const started = makeMessaging(folder());
  await started.start(never);
  await Promise.all([started.stop(), started.stop()]);
});

test('requests are answered from the beginning or not at all', async () => {
  const messaging = makeMessaging(folder());
  await messaging.start(never);
  expect(() => messaging.answerRequests(handlers)).toThrow('expected a call before start() for listen');
  await messaging.stop();
});

test('an outbox whose folder cannot be used is said once, and the agent starts', async () => {
  const lines: string[] = [];
  const messaging = makeMessaging('/dev/null/outbox', pino({}, { write: (line) => lines.push(line) }));
  await messaging.start(never);
  await messaging.stop();
  expect(lines.filter((line) => line.includes('outbox'))).toEqual([
    expect.stringMatching(/"level":50.*ENOTDIR.*the outbox goes on without its folder/),
  ]);
});

test('the outbox of another agent is one clear line, and the agent does not start', async () => {
  const directory = folder();
  const first = makeMessaging(directory);
  await first.start(never);
  const second = makeMessaging(directory);
  await expect(second.start(never)).rejects.toThrow(
    `expected a folder that no other agent uses for mqtt.outbox.directory, received ${directory}/outbox, which another cspcam uses`,
  );
  await first.stop();
  const third = makeMessaging(directory);
  await third.start(never);
  await third.stop();
});
