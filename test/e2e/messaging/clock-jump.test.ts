// The time of day is set back by days -> the log goes on as before. A broker that refuses what it is told to.

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, expect, test, vi } from 'vitest';
import { complete, configFile } from '../../../agent/config/schema.js';
import { Messaging } from '../../../agent/messaging/messaging.js';
import type { ModelDescription } from '../../../models/folder/description.js';
import { closeAfterEach, never } from '../../support/ending.js';
import { eventMessage } from '../../support/messages.js';
import { startScriptedBroker } from '../../support/scripted-broker.js';

const closeLater = closeAfterEach();
afterEach(() => {
  vi.useRealTimers();
});

const FIVE_DAYS_MS = 5 * 86_400_000;
const TEN_MINUTES_MS = 600_000;
const NOT_AUTHORIZED = 135;

test('what is refused again is told again ten minutes later', async () => {
  vi.useFakeTimers({ toFake: ['Date', 'hrtime'] });
  const broker = closeLater(
    await startScriptedBroker({ publish: ({ topic }) => (topic.endsWith('/events') ? NOT_AUTHORIZED : 0) }),
  );
  const directory = await mkdtemp(join(tmpdir(), 'clock-jump-'));
  const mqtt = { url: broker.url, outbox: { directory } };
  const config = complete(
    configFile.parse({ device: 'porch', mqtt, cameras: { door: { source: 'test:ball' } } }),
  );
  const model = { name: 'tiny', labels: ['person'] } as unknown as ModelDescription;
  const lines: string[] = [];
  const log = pino({}, { write: (line) => lines.push(line) });
  const messaging = closeLater(new Messaging({ config, model, bootId: 'boot', log }));
  await messaging.start(never);
  const refused = async (times: number) => {
    messaging.publisher.publish(eventMessage(times));
    await vi.waitFor(() => expect(messaging.outbox.report.refused).toBe(times), 60_000);
    return lines.filter((line) => line.includes('a broker that takes the message')).length;
  };
  expect(await refused(1)).toBe(1);
  vi.setSystemTime(Date.now() - FIVE_DAYS_MS);
  expect(await refused(2)).toBe(1);
  vi.advanceTimersByTime(TEN_MINUTES_MS);
  expect(await refused(3)).toBe(2);
});
