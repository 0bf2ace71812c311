// A broker that hangs up on one kind of message, with a reason or without -> it is found, parked and named, and all others arrive.

import { describe, expect, test } from 'vitest';
import type { RefusalReason } from '../../../agent/messaging/outcome.js';
import { closeAfterEach } from '../../support/ending.js';
import { expectWaits, type Protocol, startScriptedAgent } from '../../support/scripted-agent.js';
import type { HangUp, Script } from '../../support/scripted-broker.js';
import { kinds } from '../../support/talkative.js';

const closeLater = closeAfterEach();
const agent = async (...options: Parameters<typeof startScriptedAgent>) =>
  closeLater(await startScriptedAgent(...options));

const LARGE_BYTES = 30_000;

const hangUps: [string, Protocol, HangUp, RefusalReason][] = [
  ['MQTT 3.1.1: closes', '3.1.1', 'close', 'hang-up'],
  ['MQTT 5: closes', '5', 'close', 'hang-up'],
  ['DISCONNECT 130', '5', 130, 'hang-up'],
  ['DISCONNECT 135', '5', 135, 'not-authorized'],
  ['DISCONNECT 149', '5', 149, 'too-large'],
  ['DISCONNECT 153', '5', 153, 'payload-format'],
];

describe.each(hangUps)('%s', (_, protocol, hangUp, reason) => {
  test.each(Object.keys(kinds))('on %s: found, not sent again, and all others arrive', async (kind) => {
    const { topic } = kinds[kind]!;
    const publish: Script['publish'] = (packet) => (packet.topic === topic ? { hangUp } : 0);
    const made = await agent({ publish }, protocol);
    await made.until(() => made.refusals.length > 0, 'what the broker hangs up on');
    const { length: hung } = made.broker.hangUps;
    made.broker.taken.length = 0;
    await made.until(() => made.arrived([topic]), 'all others');
    for (let again = 0; again < 5; again++) made.publish();
    await made.until(() => made.broker.taken.length > 60, 'many others');
    expect(made.broker.hangUps).toHaveLength(hung);
    // Twice with others on its way, twice alone; MQTT 5 may say it at once.
    expect(hung).toBeLessThanOrEqual(4);
    for (const refusal of made.refusals) expect(refusal).toMatchObject({ topic, reason });
    expect(made.lines).toEqual([
      expect.stringContaining(`expected a broker that takes the message for ${topic}, received `),
    ]);
    expect(made.told.report.topics).toMatchObject([{ topic, reason }]);
    expectWaits(made);
    expect(made.events.some((at) => at.status === 'retrying' && at.failure.kind === 'taken-over')).toBe(
      false,
    );
  });
});

test('a large picture on a topic that is not allowed is tried in half its size, and so on, and then not at all', async () => {
  const { topic } = kinds.snapshot!;
  const publish: Script['publish'] = (packet) => (packet.topic === topic ? { hangUp: 'close' } : 0);
  const made = await agent({ publish }, '3.1.1', [], {}, undefined, LARGE_BYTES);
  const sizes = () =>
    new Set(made.broker.received.filter((seen) => seen.topic === topic).map(({ bytes }) => bytes));
  await made.until(() => sizes().size === 4, 'four sizes');
  await made.until(() => made.refusals.filter(({ bytes }) => bytes < 4096).length > 0, 'the last one');
  const { length: hung } = made.broker.hangUps;
  made.broker.taken.length = 0;
  await made.until(() => made.broker.taken.length > 60, 'many others');
  expect(made.broker.hangUps).toHaveLength(hung);
  expect([...sizes()].every((bytes, at, all) => at === 0 || bytes <= all[at - 1]! / 2)).toBe(true);
  expectWaits(made);
});

test.each(hangUps)('%s on a subscription: the others are asked for', async (_, protocol, hangUp, reason) => {
  const subscribe: Script['subscribe'] = (filter) => (filter === 'b/#' ? { hangUp } : 1);
  const made = await agent({ subscribe }, protocol, ['a/#', 'b/#', 'c/#']);
  await made.until(() => made.refusals.length > 0, 'a refusal');
  expect(made.refusals).toMatchObject([{ of: 'subscription', topic: 'b/#', reason }]);
  await made.until(() => made.arrived(), 'all');
  expect(made.broker.filters.slice(-2)).toEqual(['a/#', 'c/#']);
  expectWaits(made);
});

test('a broker that closes right after its CONNACK, many times: nothing is held for the cause', async () => {
  const made = await agent({ isBusy: true }, '3.1.1', ['a/#']);
  await made.until(() => made.broker.connects.length > 20, 'many connections');
  made.broker.script = {};
  await made.until(() => made.arrived(), 'all');
  expect(made.refusals).toEqual([]);
  expect(made.broker.filters).toContain('a/#');
  expectWaits(made);
});
