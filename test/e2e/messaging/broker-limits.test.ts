// Limits of a broker, and the agent's own -> what arrives in which form, and what is passed over.

import type { IConnectPacket } from 'mqtt-packet';
import { describe, expect, test, vi } from 'vitest';
import { closeAfterEach } from '../../support/ending.js';
import { detectionsMessage } from '../../support/messages.js';
import { expectWaits, protocols, startScriptedAgent } from '../../support/scripted-agent.js';
import { kinds } from '../../support/talkative.js';

const closeLater = closeAfterEach();
const agent = async (...options: Parameters<typeof startScriptedAgent>) =>
  closeLater(await startScriptedAgent(...options));

const LARGE_BYTES = 30_000;

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
