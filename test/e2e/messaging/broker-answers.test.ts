// A broker that answers with each code there is -> what arrives, what is parked, what the log says, and which version is spoken.

import { describe, expect, test } from 'vitest';
import type { RefusalReason } from '../../../agent/messaging/outcome.js';
import { closeAfterEach } from '../../support/ending.js';
import { expectWaits, protocols, startScriptedAgent } from '../../support/scripted-agent.js';
import type { Script } from '../../support/scripted-broker.js';
import { kinds } from '../../support/talkative.js';

const closeLater = closeAfterEach();
const agent = async (...options: Parameters<typeof startScriptedAgent>) =>
  closeLater(await startScriptedAgent(...options));

const acknowledged = Object.keys(kinds).filter((kind) => kinds[kind]!.qos === 1);

const reasons: Record<number, RefusalReason> = {
  128: 'unspecified',
  131: 'unspecified',
  135: 'not-authorized',
  144: 'topic-name',
  145: 'unspecified',
  151: 'quota',
  153: 'payload-format',
};

describe.each(Object.entries(reasons))('PUBACK %s', (code, reason) => {
  test.each(acknowledged)('of %s: refused once, named, and all others arrive', async (kind) => {
    const { topic } = kinds[kind]!;
    const made = await agent({ publish: (packet) => (packet.topic === topic ? Number(code) : 0) });
    await made.event(({ status }) => status === 'connected');
    made.publish();
    await made.until(() => made.arrived([topic]), 'all others');
    await made.until(() => made.refusals.length > 0, 'a refusal');
    expect(made.broker.connects).toHaveLength(1);
    for (const refusal of made.refusals) expect(refusal).toMatchObject({ of: 'message', topic, reason });
    // Each message of the topic was sent once.
    const payloads = made.broker.received
      .filter((seen) => seen.topic === topic)
      .map(({ payload }) => payload);
    expect(new Set(payloads).size).toBe(payloads.length);
    expect(made.lines).toHaveLength(1);
    expect(made.lines[0]).toMatch(
      new RegExp(`^expected a broker that takes the message for ${topic}, received .+ \\(${code}\\)`),
    );
    const { refused, topics: told } = made.told.report;
    expect(refused[reason]).toBe(made.refusals.length);
    expect(told).toMatchObject([{ of: 'message', topic, reason, count: made.refusals.length }]);
    if (kind === 'events')
      expect(made.outcomes).toContainEqual(expect.objectContaining({ kind: 'refused', reason }));
  });
});

test.each([128, 135, 143, 151, 158, 161, 162])(
  'SUBACK %s is named, and changes nothing else',
  async (code) => {
    const made = await agent({ subscribe: (filter) => (filter === 'b/#' ? code : 1) }, '5', ['a/#', 'b/#']);
    await made.until(() => made.arrived(), 'all');
    expect(made.refusals).toMatchObject([{ of: 'subscription', topic: 'b/#' }]);
    expect(made.lines).toEqual([
      expect.stringMatching(
        new RegExp(`^expected a broker that takes the subscription for b/#, received .* \\(${code}\\)`),
      ),
    ]);
    expect(made.broker.connects).toHaveLength(1);
  },
);

const connacks = {
  '3.1.1': [2, 3, 4, 5],
  '5': [128, 129, 130, 131, 133, 134, 135, 136, 137, 138, 140, 144, 149, 151, 153, 156, 157, 159],
};
describe.each(protocols)('CONNACK of MQTT %s', (protocol) => {
  test.each(connacks[protocol])('%d: named with its code, tried again after a wait', async (code) => {
    const made = await agent({ connect: (_, nth) => (nth < 3 ? code : 0) }, protocol);
    await made.until(() => made.arrived(), 'all');
    const [first, second, third] = made.events;
    for (const failed of [first, second])
      expect(failed).toMatchObject({
        status: 'retrying',
        failure: { message: expect.stringMatching(new RegExp(`^expected .* \\(${code}\\)$`)) },
      });
    expect(third).toMatchObject({ status: 'connected', protocol });
    expect(made.broker.connects).toHaveLength(3);
    expect(made.refusals).toEqual([]);
  });
});

test.each([137, 139, 141, 142, 147, 150, 152, 156, 160])(
  'DISCONNECT %d says nothing of the messages: they are sent again',
  async (code) => {
    let isOver = false;
    const publish: Script['publish'] = ({ topic }) => {
      if (isOver || topic !== kinds.events!.topic) return 0;
      isOver = true;
      return { hangUp: code };
    };
    const made = await agent({ publish });
    await made.until(() => made.broker.hangUps.length > 0, 'the end of the first connection');
    await made.until(() => made.arrived(), 'all');
    await made.until(() => made.outcomes.some(({ kind }) => kind === 'delivered'), 'the event');
    expect(made.refusals).toEqual([]);
    expect(made.events.filter(({ status }) => status === 'retrying')).toMatchObject([
      { failure: { message: expect.stringContaining(`(${code})`) } },
    ]);
    expectWaits(made);
  },
);

describe('a broker of MQTT 3.1.1', () => {
  const only311 = (what: 'close' | number): Script => ({
    connect: ({ protocolVersion }) => (protocolVersion === 5 ? what : 0),
  });
  test.each(['close', 1, 132] as const)(
    'that answers MQTT 5 with %s is spoken to in its own',
    async (what) => {
      const remembered: string[] = [];
      const protocolMemory = {
        recall: () => undefined,
        remember: (_: string, protocol: string) => remembered.push(protocol),
      };
      const made = await agent(only311(what), '5', [], { protocolMemory });
      await made.until(() => made.arrived(), 'all');
      expect(made.broker.connects.map(({ protocolVersion }) => protocolVersion)).toEqual([5, 4]);
      expect([remembered, made.events.map(({ status }) => status)]).toEqual([['3.1.1'], ['connected']]);
      // After a loss it is not asked again in MQTT 5.
      made.broker.cut();
      await made.until(() => made.broker.connects.length === 3, 'another connection');
      expect(made.broker.connects[2]?.protocolVersion).toBe(4);
    },
  );

  test('is known from an earlier run', async () => {
    const protocolMemory = { recall: () => '3.1.1' as const, remember: () => {} };
    const made = await agent(only311('close'), '5', [], { protocolMemory });
    await made.until(() => made.arrived(), 'all');
    expect(made.broker.connects.map(({ protocolVersion }) => protocolVersion)).toEqual([4]);
  });
});

test('a proxy that closes while the broker is away does not make it one of MQTT 3.1.1', async () => {
  const made = await agent({ connect: (_, nth) => (nth <= 5 ? 'close' : 0) });
  await made.until(() => made.broker.connects.length > 5 && made.publisher.connected, 'a connection');
  made.broker.cut();
  await made.until(() => made.arrived() && made.broker.connects.length > 6, 'all');
  expect(made.broker.connects.at(-1)?.protocolVersion).toBe(5);
  expectWaits(made, 1);
});
