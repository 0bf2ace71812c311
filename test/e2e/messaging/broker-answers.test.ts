// A broker that does what each case says -> what arrives, what is parked, and what the log says; kinds of messages, codes, limits.

import type { IConnectPacket } from 'mqtt-packet';
import { describe, expect, test, vi } from 'vitest';
import type { Incoming } from '../../../agent/messaging/broker/client.js';
import type { RefusalReason } from '../../../agent/messaging/outcome.js';
import type { PublisherOptions } from '../../../agent/messaging/publisher.js';
import { closeAfterEach, never } from '../../support/ending.js';
import { detectionsMessage } from '../../support/messages.js';
import {
  type HangUp,
  type Script,
  type ScriptedBroker,
  startScriptedBroker,
} from '../../support/scripted-broker.js';
import { kinds, talkative } from '../../support/talkative.js';

const closeLater = closeAfterEach();
const protocols = ['3.1.1', '5'] as const;
type Protocol = (typeof protocols)[number];

const LARGE_BYTES = 30_000;
const topics = Object.values(kinds).map(({ topic }) => topic);
const acknowledged = Object.keys(kinds).filter((kind) => kinds[kind]!.qos === 1);

async function agent(
  script: Script,
  protocol: Protocol = '5',
  filters: readonly string[] = [],
  extra: Partial<PublisherOptions> = {},
  onMessage: (message: Incoming) => void = () => {},
  pictureBytes?: number,
) {
  const broker: ScriptedBroker = closeLater(await startScriptedBroker(script));
  const made = talkative(broker.url, {
    protocol,
    extra,
    ...(pictureBytes !== undefined && { pictureBytes }),
  });
  closeLater(made.publisher);
  /** Every topic has arrived that is not left out. */
  const arrived = (but: readonly string[] = []) =>
    topics.every((topic) => but.includes(topic) || broker.taken.some((seen) => seen.topic === topic));
  made.publisher.listen(filters, onMessage);
  await made.publisher.start(never);
  return { ...made, broker, arrived };
}

/** There is a wait before each connection but the first, and one that MQTT 3.1.1 is tried with. */
function expectWaits({ broker, events }: Awaited<ReturnType<typeof agent>>, atOnce = 0): void {
  const waits = events.filter(({ status }) => status === 'retrying').length;
  expect(broker.connects.length).toBeLessThanOrEqual(1 + waits + atOnce);
}

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

describe('limits of the CONNACK', () => {
  test.each([1, 2, 10])('Receive Maximum %d', async (receiveMaximum) => {
    const made = await agent({ limits: { receiveMaximum }, answersAfterMs: 2 });
    await made.until(() => made.broker.taken.length > 100, 'a hundred messages');
    await made.until(() => made.arrived(), 'all');
    expect(made.broker.hangUps).toEqual([]);
    expect(made.broker.peak).toBeLessThanOrEqual(receiveMaximum);
    expect(made.refusals).toEqual([]);
  });

  test.each([0, 1] as const)('Maximum QoS %d', async (maximumQoS) => {
    const made = await agent({
      limits: { maximumQoS },
      connect: refusesWill((will) => (will.qos ?? 0) > maximumQoS, 155),
    });
    await made.until(() => made.arrived(), 'all');
    for (const { topic, retain, qos } of Object.values(kinds))
      expect(made.broker.taken.find((seen) => seen.topic === topic)).toMatchObject({
        retain,
        qos: Math.min(qos, maximumQoS),
      });
    await made.until(() => made.outcomes.length > 0, 'an event that is settled');
    expect(made.outcomes[0]).toEqual({ kind: 'delivered' });
    expect([made.broker.hangUps, made.refusals]).toEqual([[], []]);
    expectWaits(made);
  });

  test('no retained messages', async () => {
    const limits = { retainAvailable: false } as const;
    const made = await agent({ limits, connect: refusesWill((will) => will.retain === true, 154) });
    await made.until(() => made.arrived(), 'all');
    made.publisher.clearRetained(kinds.status!.topic);
    await made.until(() => made.broker.taken.length > 60, 'more');
    for (const { topic, qos } of Object.values(kinds))
      expect(made.broker.taken.find((seen) => seen.topic === topic)).toMatchObject({ retain: false, qos });
    expect(made.broker.taken.filter(({ bytes, payload }) => bytes > 0 && payload === '')).toEqual([]);
    expect([made.broker.hangUps, made.refusals]).toEqual([[], []]);
  });

  test.each([false, true])(
    'Maximum Packet Size, of a picture as well; kept to itself: %s',
    async (isMute) => {
      const script = { limits: { maximumPacketSize: 20_000 }, isMute };
      const made = await agent(script, '5', [], {}, undefined, LARGE_BYTES);
      await made.until(() => made.arrived(), 'all, the picture in a smaller form');
      const pictures = made.broker.taken.filter(({ topic }) => topic === kinds.snapshot!.topic);
      expect(pictures.every(({ bytes }) => bytes <= 20_000)).toBe(true);
      made.publisher.publish(detectionsMessage(0, 400));
      if (!isMute) expect(made.broker.hangUps).toEqual([]);
      const { length: hung } = made.broker.hangUps;
      await made.until(() => made.broker.taken.length > 60, 'more');
      expect(hung).toBeLessThanOrEqual(4);
      if (!isMute)
        expect(made.refusals).toContainEqual(
          expect.objectContaining({ topic: kinds.detections!.topic, reason: 'too-large' }),
        );
      expectWaits(made);
    },
  );

  test('Server Keep Alive', async () => {
    const made = await agent({ limits: { serverKeepAlive: 1 } });
    await made.event(({ status }) => status === 'connected');
    const before = made.broker.pings;
    await vi.waitFor(() => expect(made.broker.pings).toBeGreaterThan(before + 1), 60_000);
    expect(made.broker.connects[0]!.keepalive).toBe(30);
  });

  test('no wildcards: those filters are named, the others asked for', async () => {
    const made = await agent({ limits: { wildcardSubscriptionAvailable: false } }, '5', [
      'a',
      'b/#',
      'c/+/d',
    ]);
    await made.until(() => made.arrived(), 'all');
    expect(made.broker.filters).toEqual(['a']);
    expect(made.refusals.map(({ of, topic }) => [of, topic])).toEqual([
      ['subscription', 'b/#'],
      ['subscription', 'c/+/d'],
    ]);
  });
});

/** A broker with a limit refuses a CONNECT whose will is beyond it. */
function refusesWill(isRefused: (will: NonNullable<IConnectPacket['will']>) => boolean, code: number) {
  return ({ will }: IConnectPacket) => (will !== undefined && isRefused(will) ? code : 0);
}

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

test('a broker that closes right after its CONNACK, many times: nothing is held for the cause', async () => {
  const made = await agent({ isBusy: true }, '3.1.1', ['a/#']);
  await made.until(() => made.broker.connects.length > 20, 'many connections');
  made.broker.script = {};
  await made.until(() => made.arrived(), 'all');
  expect(made.refusals).toEqual([]);
  expect(made.broker.filters).toContain('a/#');
  expectWaits(made);
});

test('a proxy that closes while the broker is away does not make it one of MQTT 3.1.1', async () => {
  const made = await agent({ connect: (_, nth) => (nth <= 5 ? 'close' : 0) });
  await made.until(() => made.broker.connects.length > 5 && made.publisher.connected, 'a connection');
  made.broker.cut();
  await made.until(() => made.arrived() && made.broker.connects.length > 6, 'all');
  expect(made.broker.connects.at(-1)?.protocolVersion).toBe(5);
  expectWaits(made, 1);
});

test('what is too long for the agent is passed over, acknowledged and named; the connection stays', async () => {
  const heard: string[] = [];
  for (const protocol of protocols) {
    const made = await agent({}, protocol, ['a/#'], {}, ({ topic }) => heard.push(topic));
    await made.until(() => made.arrived(), 'all');
    made.broker.send('a/short', Buffer.from('1'));
    made.broker.send('a/long', Buffer.alloc(3_000_000), 1);
    made.broker.send('a/long', Buffer.alloc(5_000_000), 0);
    made.broker.send('a/last', Buffer.from('2'), 1);
    await made.until(() => heard.includes('a/last'), 'the last one');
    await made.until(() => made.broker.acknowledged.length === 2, 'acknowledgements');
    expect(heard.splice(0)).toEqual(['a/short', 'a/last']);
    // Fixed header, topic, packet id and, with MQTT 5, the length of no properties.
    const bytes = 1 + 4 + 2 + 6 + 2 + (protocol === '5' ? 1 : 0) + 3_000_000;
    expect(made.lines).toEqual([
      `expected a shorter message for a/long, received ${bytes} bytes: it is passed over`,
    ]);
    expect(made.broker.connects).toHaveLength(1);
    if (protocol === '5') expect(made.broker.connects[0]?.properties?.maximumPacketSize).toBe(1_048_576);
  }
});
